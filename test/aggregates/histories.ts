/**
 * Random histories of commands, appends of others and whatever may befall snapshots, by processes of two versions of the code, with and
 * without memory: each process always finds what the events say.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { snapshotKey } from '../../lib/aggregates/stored-snapshot.ts';
import type { Item } from '../../lib/events/item.ts';
import { recordedEvents } from '../../lib/events/stored-commit.ts';
import { CommandRejected, createEventStore, type Tables } from '../../lib/index.ts';
import { seed } from '../seed.ts';
import { soundStream } from '../support/stored-stream.ts';
import { account, close, deposit, withdraw } from './account.ts';
import { type AccountCommand, decidedOn, statesOf } from './account-model.ts';
import { type AccountOptions, accounts } from './accounts.ts';
import { befallen } from './befallen-snapshots.ts';
import { louder } from './louder-account.ts';

const STREAMS = ['1', '2'];

const processes: readonly AccountOptions[] = [
  { snapshotEvery: 0 },
  { snapshotEvery: 0, cachedStatesMax: 1 },
  { snapshotEvery: 1 },
  { snapshotEvery: 3, cachedStatesMax: 1 },
  { snapshotEvery: 5 },
  { snapshotEvery: 2, decider: louder },
  { snapshotEvery: 4, decider: louder, cachedStatesMax: 2 },
];

type Step =
  | { readonly kind: 'command'; readonly process: number; readonly stream: number; readonly command: AccountCommand }
  | { readonly kind: 'load'; readonly process: number; readonly stream: number }
  | { readonly kind: 'append'; readonly stream: number; readonly events: readonly boolean[] }
  | { readonly kind: 'many'; readonly count: number }
  | { readonly kind: 'remove'; readonly stream: number }
  | { readonly kind: 'befall'; readonly stream: number; readonly what: string };

const stream = fc.nat(STREAMS.length - 1);
const process = fc.nat(processes.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('command'),
      process,
      stream,
      command: fc.oneof(
        {
          weight: 5,
          arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(4)).map(([cents, times]) => deposit(cents, times)),
        },
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }).map((cents) => withdraw(cents)) },
        { weight: 1, arbitrary: fc.constant(close) },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('load'), process, stream }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      stream,
      events: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('many'), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), stream }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('befall'), stream, what: fc.constantFrom(...Object.keys(befallen)) }),
  },
);

/** How often what this is about has happened. */
const met: Record<string, number> = {};
const meet = (what: string) => {
  met[what] = (met[what] ?? 0) + 1;
};

/** What histories run on. */
export interface Histories {
  /** @param lag how many writes a read lags behind, where the tables can do that */
  readonly tables: (lag: () => number) => Tables;
  readonly runs: number;
  readonly stepsMax: number;
  /** What must have happened in some of them. */
  readonly meets: readonly string[];
}

/** With snapshots or without, remembered or not, a stream is what its events say. Each run has streams of its own. */
export async function runHistories({ tables: makeTables, runs, stepsMax, meets }: Histories): Promise<void> {
  const name = randomUUID();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: stepsMax }),
      fc.infiniteStream(fc.nat(9)),
      async (steps, lags) => {
        count += 1;
        const tables = makeTables(() => lags.next().value ?? 0);
        const observe: AccountOptions['observe'] = (seen) =>
          meet(seen.kind === 'snapshot-ignored' ? seen.reason : seen.kind);
        const run = {
          tables,
          streamIds: STREAMS.map((id) => `Account-${name}-${count}-${id}`),
          store: createEventStore({ tables }),
          handlers: processes.map((options) => accounts({ tables, ...options, observe }).accounts),
          older: new Map<string, Item>(),
        };
        for (const one of steps) {
          await runStep(run, one);
        }
        for (const streamId of run.streamIds) {
          for (const index of processes.keys()) {
            await expectLoaded(run, index, streamId);
          }
        }
      },
    ),
    { seed, numRuns: runs },
  );
  console.log('what was met', met);
  for (const what of meets) {
    expect(met[what], what).toBeGreaterThan(0);
  }
}

interface Run {
  readonly tables: Tables;
  readonly streamIds: readonly string[];
  readonly store: ReturnType<typeof createEventStore>;
  readonly handlers: readonly ReturnType<typeof accounts>['accounts'][];
  readonly older: Map<string, Item>;
}

async function runStep(run: Run, one: Step): Promise<void> {
  const streamId = run.streamIds['stream' in one ? one.stream : 0] ?? '';
  switch (one.kind) {
    case 'command':
      return expectDone(run, one.process, streamId, one.command);
    case 'load':
      return expectLoaded(run, one.process, streamId);
    case 'append': {
      // Version 1 has no purpose.
      const old = { type: 'Deposited', data: { cents: 2 } };
      const current = { type: 'Deposited', data: { cents: 3, purpose: 'a car' }, schemaVersion: 2 };
      await run.store.append(
        streamId,
        one.events.map((isOld) => (isOld ? old : current)),
      );
      return;
    }
    case 'many': {
      const events = Array.from({ length: one.count }, () => ({ type: 'Deposited', data: { cents: 1 } }));
      await run.store.appendMany(run.streamIds.map((id) => ({ streamId: id, events })));
      return;
    }
    case 'remove':
      await run.tables.remove('state', [snapshotKey(streamId)]);
      return;
    case 'befall':
      return befall(run, streamId, one.what);
    default:
      throw one satisfies never;
  }
}

async function befall({ tables, streamIds, older }: Run, streamId: string, what: string): Promise<void> {
  const [item, other] = await Promise.all(
    [streamId, streamIds.find((id) => id !== streamId) ?? ''].map((id) =>
      tables.get('state', snapshotKey(id), 'strong'),
    ),
  );
  if (item !== undefined) {
    const changed = befallen[what]?.(item, older.get(streamId) ?? item, other ?? item) ?? {};
    await tables.put({ table: 'state', item: { ...item, ...changed }, over: 'any' });
    if (!older.has(streamId)) {
      older.set(streamId, item);
    }
  }
}

/** The command comes to what its rules say of the events that are there, and its effect is there once. */
async function expectDone(run: Run, index: number, streamId: string, command: AccountCommand): Promise<void> {
  const before = await soundStream(run.tables, streamId);
  const state = statesOf(before).at(-1) ?? account.initialState;
  const expected = decidedOn(state, command);
  const result = await run.handlers[index]?.handle(streamId, command).catch((error: unknown) => error);
  const added = (await soundStream(run.tables, streamId)).slice(before.length);
  const events = added.flatMap(recordedEvents);
  if (typeof expected === 'string') {
    meet('rejected');
    expect(result).toBeInstanceOf(CommandRejected);
    expect(result).toMatchObject({ reason: expected });
    expect(events).toEqual([]);
    return;
  }
  expect(added).toHaveLength(expected.length === 0 ? 0 : 1);
  expect(events).toMatchObject(expected);
  expect(result).toMatchObject({ events, duplicate: false });
}

async function expectLoaded(run: Run, index: number, streamId: string): Promise<void> {
  const commits = await soundStream(run.tables, streamId);
  const state = statesOf(commits, processes[index]?.decider ?? account).at(-1);
  const version = commits.reduce((sum, { count }) => sum + count, 0);
  expect(await run.handlers[index]?.load(streamId), `process ${index}`).toEqual({ state, version });
}
