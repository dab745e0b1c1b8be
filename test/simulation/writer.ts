/** A process that appends to few hot streams, in all the ways there are, and repeats what it got no answer to. */

import type { Expectation, NewEvent, StreamAppend } from '../../lib/index.ts';
import { createEventStore, type EventStore, Throttled, Unavailable, WrongExpectedVersion } from '../../lib/index.ts';
import { attemptOf, type Claims } from './claims.ts';
import { mayPass } from './may-pass.ts';
import { processTables } from './process-tables.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

const EVENTS_MAX = 4;
const GROUP_MAX = 3;
const REPEATS_MAX = 3;

/** One append, as often as it is tried. */
interface Operation {
  readonly label: string;
  readonly parts: readonly StreamAppend[];
  readonly isMany: boolean;
  /** Empty where no repeat is told from a new append. */
  readonly id: { readonly idempotencyKey?: string; readonly commitId?: string };
  tries: number;
}

export function runWriter(world: World, claims: Claims, name: string, operations: number): void {
  let started = 0;
  let current: Operation | undefined;
  world.run(name, async (process) => {
    const store = storeOf(world, process);
    while (started < operations || current !== undefined) {
      await world.scheduler.turn(process);
      if (current === undefined || !isTriedAgain(world, current)) {
        current = undefined;
        if (started === operations) {
          return;
        }
        started += 1;
        current = await drawn(world, process, store, `${name}.${started}`);
      }
      if (current !== undefined && (await isDone(world, process, store, claims, current))) {
        current = undefined;
      }
    }
  });
}

function storeOf(world: World, process: Process): EventStore {
  const tables = processTables(world, process);
  return createEventStore(world.context(process, world.plant.writer?.(tables, world.memory) ?? tables));
}

function isTriedAgain({ prng }: World, { id, tries }: Operation): boolean {
  return tries === 0 || (Object.keys(id).length > 0 && tries <= REPEATS_MAX && prng.chance(0.8));
}

async function drawn(world: World, process: Process, store: EventStore, label: string): Promise<Operation | undefined> {
  const { prng, parameters } = world;
  const isMany = prng.chance(0.4);
  const streams = prng.some(parameters.streams, isMany ? prng.between(2, GROUP_MAX) : 1);
  const parts: StreamAppend[] = [];
  try {
    for (const streamId of streams) {
      const expect = await expectation(world, store, streamId);
      parts.push({ streamId, events: events(world, streamId, label), expect });
    }
  } catch (error) {
    mayPass(world, process, error);
    return undefined;
  }
  const id = prng.pick([{}, {}, { idempotencyKey: `key ${label}` }, { commitId: `commit ${label}` }]);
  return { label, parts, isMany, id, tries: 0 };
}

function events(world: World, streamId: string, label: string): NewEvent[] {
  const count = world.prng.between(1, EVENTS_MAX);
  return Array.from({ length: count }, (_, index) => world.newEvent(world, streamId, { label, index }));
}

/** Also versions that are off by one: such as lie inside of a commit. */
async function expectation({ prng }: World, store: EventStore, streamId: string): Promise<Expectation> {
  const kind = prng.pick(['any', 'any', 'any', 'exists', 'no-stream', 'version', 'state'] as const);
  if (kind !== 'version' && kind !== 'state') {
    return kind;
  }
  const state = await store.head(streamId, { consistency: 'eventual' });
  return kind === 'state' ? state : Math.max(0, state.version + prng.pick([0, 0, 0, -1, 1]));
}

/** Whether its outcome is known, and nobody wants to know it again. */
async function isDone(
  world: World,
  process: Process,
  store: EventStore,
  claims: Claims,
  operation: Operation,
): Promise<boolean> {
  const { label, parts, isMany, id } = operation;
  operation.tries += 1;
  const attempt = attemptOf(world.model, label, parts);
  claims.begin(label, attempt);
  world.note(process, () => `appends ${label}: ${partsText(parts)} ${JSON.stringify(id)}`);
  try {
    const [only] = parts;
    const results =
      isMany || only === undefined
        ? await store.appendMany(parts, id)
        : [await store.append(only.streamId, only.events, { expect: only.expect ?? 'any', ...id })];
    world.note(
      process,
      () => `has appended ${label} at ${results.map((one) => `${one.streamId}@${one.firstVersion}`)}`,
    );
    attempt.outcome = { kind: 'stored', results };
    claims.checkStored(label, attempt, results);
    // A repeat of what has succeeded.
    return Object.keys(id).length === 0 || !world.prng.chance(0.2);
  } catch (error) {
    world.note(process, () => `has not appended ${label}: ${String(error)}`);
    if (error instanceof WrongExpectedVersion) {
      attempt.outcome = { kind: 'refused' };
      claims.checkRefused(label, attempt, error.streamId);
      return true;
    }
    mayPass(world, process, error);
    return !(error instanceof Throttled || error instanceof Unavailable);
  }
}

function partsText(parts: readonly StreamAppend[]): string {
  const texts = parts.map(({ streamId, events: { length }, expect }) => {
    return `${streamId}×${length} after ${typeof expect === 'object' ? `state ${expect.version}` : expect}`;
  });
  return texts.join(', ');
}
