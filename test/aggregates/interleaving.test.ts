/**
 * Handlers with and without memory, every table call of theirs interleaved at random, with keys that several callers share, answers that are
 * lost, transactions that collide, stale reads, and others who append to the same stream. Whatever happens is what some serial order of
 * the accepted commands makes.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Commit, recordedEvents, stateAfter } from '../../lib/events/stored-commit.ts';
import {
  CommandRejected,
  type CommandResult,
  commandHandler,
  createEventStore,
  memoryTables,
  type Tables,
  Unavailable,
} from '../../lib/index.ts';
import type { TransactionOutcome } from '../../lib/tables/tables.ts';
import { logSeed, seed } from '../seed.ts';
import { losingAnswers, withCalls } from '../support/faulty-tables.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { soundStream } from '../support/stored-stream.ts';
import { type AccountEvents, account, accountEvents, close, deposit, withdraw } from './account.ts';
import { type AccountCommand, isDecidedOnOneOf, statesOf } from './account-model.ts';
import { accounts } from './accounts.ts';
import { expectDecided } from './expect-decided.ts';

logSeed();

const STREAM = 'Account-1';
const OTHER_STREAM = 'Account-2';

type Step =
  | { readonly kind: 'command'; readonly command: AccountCommand; readonly key: number | undefined }
  | { readonly kind: 'append' | 'many' | 'load' };

/** Who has a key asks for the same each time. */
const KEYED: readonly AccountCommand[] = [deposit(2), withdraw(1), withdraw(3), close];

const command: fc.Arbitrary<AccountCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }).map((cents) => withdraw(cents)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .map(([cents, times]) => deposit(cents, times)),
  },
  { weight: 1, arbitrary: fc.constant(close) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('command'), command, key: fc.constant(undefined) }) },
  {
    weight: 4,
    arbitrary: fc.nat(KEYED.length - 1).map((key) => ({ kind: 'command' as const, command: KEYED[key] ?? close, key })),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('append', 'many', 'load') }) },
);

/** One process: a handler, and what it does. */
const process = fc.record({
  cachedStatesMax: fc.nat(1),
  snapshotEvery: fc.nat(3),
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
});

/** What a call has come to. The stream had so many commits when it began, and so many when it ended. */
interface Claim {
  readonly call: string;
  readonly step: Step;
  readonly result: unknown;
  readonly begin: number;
  readonly end: number;
}

/** How often things have happened: a property that never meets what it is about proves nothing. */
const met = { accepted: 0, duplicate: 0, rejected: 0, nothing: 0, lost: 0, conflict: 0, snapshot: 0, contended: 0 };

test('what happens is what some serial order of the accepted commands makes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(process, { minLength: 2, maxLength: 5 }),
      fc.infiniteStream(fc.nat(19)),
      async (scheduler, processes, chance) => {
        const random = () => chance.next().value ?? 1;
        const turn = () => scheduler.schedule(Promise.resolve());
        const memory = memoryTables({ lag: (writes) => (random() < 6 ? Math.min(writes, random()) : 0) });
        const counted = counting(memory);
        const tables = interleaved(faulty(counted.tables, random), turn);
        const runs = processes.map(({ steps, ...options }, index) =>
          runProcess({ tables, turn, commits: counted.commits, options, steps, name: `${index}` }),
        );
        const claims = (await scheduler.waitFor(Promise.all(runs))).flat();
        await checkClaims(memory, claims);
      },
    ),
    { seed, numRuns: 400, endOnFailure: true },
  );
  console.log('commands that were', met);
  for (const [what, times] of Object.entries(met)) {
    expect(times, what).toBeGreaterThan(0);
  }
}, 120_000);

/** Counts the commits of the stream when they are written. */
function counting(tables: Tables): { readonly tables: Tables; readonly commits: () => number } {
  let commits = 0;
  const isOne = ({ item }: { readonly item: { readonly PK: string } }) => item.PK === `STREAM#${STREAM}`;
  return {
    commits: () => commits,
    tables: withCalls(tables, {
      put: async (put) => {
        const answer = await tables.put(put);
        commits += answer.outcome === 'written' && isOne(put) ? 1 : 0;
        return answer;
      },
      transact: async (puts) => {
        const answer = await tables.transact(puts);
        commits += answer.outcome === 'written' ? puts.filter(isOne).length : 0;
        return answer;
      },
    }),
  };
}

/** Answers that the SDK loses and asks for again, or that are lost for good, and transactions that collide. */
function faulty(tables: Tables, random: () => number): Tables {
  const losing = losingAnswers(tables, () => {
    const chance = random();
    return chance === 0 ? 'fail' : chance === 1 ? 'repeat' : 'no';
  });
  const collides = () => random() === 2;
  const isFirstOnly = () => random() < 6;
  return withCalls(losing, {
    put: async (put) => {
      if (collides()) {
        met.contended += 1;
        return { outcome: 'contended' };
      }
      return losing.put(put);
    },
    transact: async (puts) => {
      if (collides()) {
        met.contended += 1;
        return { outcome: 'cancelled', puts: puts.map(() => ({ outcome: 'contended' })) };
      }
      return isFirstOnly() ? firstReasonOnly(await losing.transact(puts)) : losing.transact(puts);
    },
  });
}

/** It is not documented that a cancelled transaction gives each of its reasons. */
function firstReasonOnly(result: TransactionOutcome): TransactionOutcome {
  if (result.outcome === 'written') {
    return result;
  }
  const first = result.puts.findIndex(({ outcome }) => outcome !== 'written');
  return { ...result, puts: result.puts.map((put, index) => (index === first ? put : { outcome: 'written' })) };
}

interface Process {
  readonly tables: Tables;
  readonly turn: () => Promise<unknown>;
  readonly commits: () => number;
  readonly options: { readonly cachedStatesMax: number; readonly snapshotEvery: number };
  readonly steps: readonly Step[];
  readonly name: string;
}

async function runProcess({ tables, turn, commits, options, steps, name }: Process): Promise<Claim[]> {
  const delay = async () => {
    await turn();
  };
  const handler = commandHandler({
    tables,
    decider: account,
    events: accountEvents,
    delay,
    observe: ({ kind }) => {
      met.conflict += kind === 'conflict' ? 1 : 0;
      met.snapshot += kind === 'snapshot-written' ? 1 : 0;
    },
    ...options,
  });
  const store = createEventStore({ tables, delay });
  const claims: Claim[] = [];
  for (const [index, one] of steps.entries()) {
    const call = `${name}.${index}`;
    const begin = commits();
    const result = await runStep(handler, store, one, call).catch((error: unknown) => error);
    claims.push({ call, step: one, result, begin, end: commits() });
    const isRepeated = one.kind === 'command' && one.key !== undefined && result instanceof Unavailable;
    if (isRepeated) {
      const begunAgain = commits();
      const again = await handler.handle(STREAM, commandOf(one, call), keyOf(one)).catch((error: unknown) => error);
      claims.push({ call, step: one, result: again, begin: begunAgain, end: commits() });
    }
  }
  return claims;
}

function runStep(
  handler: ReturnType<typeof accounts>['accounts'],
  store: ReturnType<typeof createEventStore>,
  one: Step,
  call: string,
): Promise<unknown> {
  const old = { type: 'Deposited', data: { cents: 1 } };
  switch (one.kind) {
    case 'command':
      return handler.handle(STREAM, commandOf(one, call), keyOf(one));
    case 'append':
      return store.append(STREAM, [old]);
    case 'many':
      return store.appendMany([STREAM, OTHER_STREAM].map((streamId) => ({ streamId, events: [old, old] })));
    case 'load':
      return handler.load(STREAM);
    default:
      throw one satisfies never;
  }
}

function commandOf(one: Extract<Step, { kind: 'command' }>, call: string): AccountCommand {
  return { ...one.command, metadata: { call, ...(one.key === undefined ? {} : { key: one.key }) } };
}

function keyOf({ key }: Extract<Step, { kind: 'command' }>) {
  return key === undefined ? {} : { idempotencyKey: `key ${key}` };
}

/** What is stored, and what was said of it. */
interface History {
  readonly commits: readonly Commit[];
  readonly states: ReturnType<typeof statesOf>;
  readonly calls: readonly (string | undefined)[];
  readonly keys: readonly (number | undefined)[];
}

async function checkClaims(memory: Tables, claims: readonly Claim[]): Promise<void> {
  const commits = await soundStream(memory, STREAM);
  const states = statesOf(commits);
  const metadata = commits.map((commit) => recordedEvents(commit)[0]?.metadata ?? { timestamp: '' });
  const calls = metadata.map(({ call }) => (call === undefined ? undefined : String(call)));
  const keys = metadata.map(({ key }) => (key === undefined ? undefined : Number(key)));
  expectOnce(calls, 'each call');
  expectOnce(keys, 'each key');
  const commands = new Map(claims.map(({ call, step: one }) => [call, one]));
  for (const [index, commit] of commits.entries()) {
    const one = commands.get(calls[index] ?? '');
    if (one?.kind === 'command') {
      expectDecided(commit, states[index] ?? account.initialState, one.command);
    } else {
      expect(calls[index], 'all others are not of commands').toBeUndefined();
    }
  }
  const history = { commits, states, calls, keys };
  for (const claim of claims) {
    checkClaim(history, claim);
  }
  const head = { state: states.at(-1), version: commits.at(-1) === undefined ? 0 : headOf(commits) };
  for (const snapshotEvery of [0, 1]) {
    expect(await accounts({ tables: memory, snapshotEvery }).accounts.load(STREAM)).toEqual(head);
  }
}

function headOf(commits: readonly Commit[]): number {
  const last = commits.at(-1);
  return last === undefined ? 0 : stateAfter(last).version;
}

function expectOnce(values: readonly unknown[], what: string): void {
  const given = values.filter((value) => value !== undefined);
  expect(new Set(given).size, `${what} has one commit at most`).toBe(given.length);
}

function checkClaim(history: History, claim: Claim): void {
  const { step: one, result } = claim;
  if (result instanceof Unavailable) {
    met.lost += 1;
  } else if (one.kind === 'load') {
    checkLoaded(history, claim);
  } else if (one.kind === 'command') {
    checkCommand(history, claim, one);
  } else {
    expect(result).not.toBeInstanceOf(Error);
  }
}

/** A state that the stream had while it was loaded. */
function checkLoaded({ commits, states }: History, { result, begin, end }: Claim): void {
  const seen = states.map((state, index) => ({ state, version: headOf(commits.slice(0, index)) }));
  expect(seen.slice(begin, end + 1)).toContainEqual(result);
}

function checkCommand(history: History, claim: Claim, one: Extract<Step, { kind: 'command' }>): void {
  const { commits, states, calls, keys } = history;
  const { call, result, begin, end } = claim;
  const during = states.slice(begin, end + 1);
  if (result instanceof CommandRejected) {
    met.rejected += 1;
    expect(isDecidedOnOneOf(during, one.command, result.reason), `${call} was rejected for a reason of then`).toBe(
      true,
    );
    expect(calls, 'what was rejected has no effect').not.toContain(call);
    const before = keys.slice(0, begin);
    expect(before.includes(one.key ?? -1), 'a repeat is not rejected').toBe(false);
    return;
  }
  if (!isResult(result)) {
    throw result;
  }
  if (result.events.length === 0) {
    met.nothing += 1;
    const isRight = result.duplicate || isDecidedOnOneOf(during, one.command, []);
    expect(isRight, `${call} had nothing to do then`).toBe(true);
    expect(one.key === undefined ? calls : keys, 'it has changed nothing').not.toContain(one.key ?? call);
    return;
  }
  met[result.duplicate ? 'duplicate' : 'accepted'] += 1;
  const made = result.duplicate ? keys.indexOf(one.key) : calls.indexOf(call);
  const commit = commits[made];
  expect(commit, `${call} is there`).toBeDefined();
  expect(result.version).toBe(headOf(commits.slice(0, made + 1)));
  expect(result.events).toEqual(commit === undefined ? [] : recordedEvents(commit));
  expect(result.duplicate && one.key === undefined, 'without a key nothing is a repeat').toBe(false);
}

function isResult(result: unknown): result is CommandResult<AccountEvents> {
  return typeof result === 'object' && result !== null && 'duplicate' in result && 'events' in result;
}
