/**
 * A store whose tables are of different ages, as restores to a point in time make it, and what "Restored tables" in docs/operations.md does
 * with it: `verify --repair`, `sequence --scan`, `verify`.
 */
import { expect, test } from 'vitest';
import type { ItemKey } from '../../lib/events/item.ts';
import { commitKey } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, memoryTables, type Tables } from '../../lib/index.ts';
import { decodeEntry } from '../../lib/log/log-entry.ts';
import { sequenceScan } from '../../lib/log/scan-events.ts';
import type { Damage } from '../../lib/verify/verify.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { expectAllSequenced, namesOf, soundLog } from '../support/stored-log.ts';
import {
  allHeads,
  allItems,
  chanceOf,
  contextOf,
  damagesOf,
  type Items,
  nameOf,
  randomStore,
  tablesOf,
  verified,
} from './stored-items.ts';

logSeed();

const HISTORIES = 5;
const RESTORES = 8;

/** Damages that the steps mend. */
const MENDED: ReadonlySet<string> = new Set(['mark-behind', 'mark-missing', 'not-in-log']);

/** The items of a store after each of its writes. */
async function historyOf(randomSeed: number): Promise<readonly Items[]> {
  const memory = memoryTables();
  const moments: Items[] = [await allItems(memory)];
  const watched = withCalls(memory, {
    put: async (put) => {
      const result = await memory.put(put);
      moments.push(await allItems(memory));
      return result;
    },
    transact: async (puts) => {
      const result = await memory.transact(puts);
      moments.push(await allItems(memory));
      return result;
    },
  });
  await randomStore(watched, randomSeed);
  return moments;
}

/** Three moments of a random history, the earliest first; many times. */
async function* restores(): AsyncGenerator<readonly [Items, Items, Items]> {
  for (let history = 0; history < HISTORIES; history++) {
    const chance = chanceOf(seed + history);
    const moments = await historyOf(seed + history);
    for (let restore = 0; restore < RESTORES; restore++) {
      const [first = 0, second = 0, third = 0] = [1, 2, 3]
        .map(() => chance(moments.length))
        .toSorted((one, other) => one - other);
      yield [momentOf(moments, first), momentOf(moments, second), momentOf(moments, third)];
    }
  }
}

function momentOf(moments: readonly Items[], index: number): Items {
  const moment = moments[index];
  if (moment === undefined) {
    throw new RangeError(`there is no moment ${index}`);
  }
  return moment;
}

function restored(ages: { readonly state: Items; readonly log: Items; readonly events: Items }): Promise<Tables> {
  const { state, log, events } = ages;
  return tablesOf({ events: events.events, log: log.log, state: state.state, readModels: new Map() });
}

/** The first step: what it has named. */
async function repair(tables: Tables): Promise<readonly Damage[]> {
  const { found } = await verified(contextOf(tables), { repair: true });
  return found;
}

/** The second step: how many commits it has put into the log. */
async function scan(tables: Tables): Promise<number> {
  const context = contextOf(tables);
  let sequenced = 0;
  for await (const progress of sequenceScan(context, createSequencer(context))) {
    sequenced = progress.sequenced;
  }
  return sequenced;
}

/** Marks of streams that are not in the log: the first step names them, and says that they are to be deleted. */
function strandedMarks(found: readonly Damage[]): readonly ItemKey[] {
  return found.filter(({ message }) => message.includes('delete this item by hand')).map(({ key }) => key);
}

async function sequenceAll(tables: Tables): Promise<number> {
  const { commits } = await createSequencer(contextOf(tables)).sequence(await allHeads(tables));
  return commits;
}

/** What is in the log, in its order. */
function entriesOf({ log }: Items): string[] {
  return namesOf([...log.values()].map(decodeEntry).toSorted((one, other) => one.position - other.position));
}

test('State older than Log, and Log older than Events: all is mended, and the log begins as it did', async () => {
  let sequenced = 0;
  let repaired = 0;
  for await (const [state, log, events] of restores()) {
    const tables = await restored({ state, log, events });
    const found = await repair(tables);
    expect(found.map(({ kind }) => kind).filter((kind) => !MENDED.has(kind))).toEqual([]);
    sequenced += await scan(tables);
    repaired += found.filter(({ table }) => table === 'state').length;
    expect(await damagesOf(contextOf(tables))).toEqual([]);
    const entries = await expectAllSequenced(tables);
    expect(namesOf(entries).slice(0, entriesOf(log).length)).toEqual(entriesOf(log));
    expect((await allItems(tables)).events).toEqual(events.events);
  }
  expect(sequenced).toBeGreaterThan(0);
  expect(repaired).toBeGreaterThan(0);
});

test('State newer than Log: all is mended once the marks are deleted that verify says to delete', async () => {
  let deleted = 0;
  for await (const [log, state, events] of restores()) {
    const tables = await restored({ state, log, events });
    const stranded = strandedMarks(await repair(tables));
    deleted += stranded.length;
    if (stranded.length > 0) {
      await tables.remove('state', stranded);
    }
    await scan(tables);
    expect(await damagesOf(contextOf(tables))).toEqual([]);
    await expectAllSequenced(tables);
  }
  expect(deleted).toBeGreaterThan(0);
});

test('where those marks are not deleted before the scan, what they cover is never in the log', async () => {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  const log = await allItems(tables);
  await store.append('Order-1', numbered(2));
  await sequenceAll(tables);
  const state = await allItems(tables);
  await store.append('Order-1', numbered(1));
  const mixed = await restored({ log, state, events: await allItems(tables) });
  await repair(mixed);
  expect(await scan(mixed)).toBe(1);
  expect(await damagesOf(contextOf(mixed))).toEqual([
    'out-of-order LOG#main / POSITION#00000000000000000001',
    'not-in-log STREAM#Order-1 / VERSION#00000000000000000001',
  ]);
});

test('Events older than Log: nothing mends it, and each commit that is lost is named; Log and State must be as old', async () => {
  let lost = 0;
  for await (const [events, state, log] of restores()) {
    const tables = await restored({ state, log, events });
    await repair(tables);
    await scan(tables);
    const missing = [...log.log.values()]
      .flatMap((item) => decodeEntry(item).commits)
      .map(({ streamId, version }) => nameOf(commitKey(streamId, version)))
      .filter((name) => !events.events.has(name));
    lost += missing.length;
    const found = await damagesOf(contextOf(tables));
    expect(found.toSorted()).toEqual(missing.map((name) => `missing-commit ${name}`).toSorted());
    const asOld = await restored({ state: events, log: events, events });
    await repair(asOld);
    await scan(asOld);
    await expectAllSequenced(asOld);
  }
  expect(lost).toBeGreaterThan(0);
});

test('on Events that are older than Log, what is appended stands where the lost commit stood: at a position that readers are past', async () => {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  await store.append('Order-1', numbered(1));
  const events = await allItems(tables);
  await store.append('Order-1', numbered(1, 'lost'));
  await sequenceAll(tables);
  const { log, state } = await allItems(tables);
  const mixed = await tablesOf({ events: events.events, log, state, readModels: new Map() });
  const again = createEventStore({ tables: mixed });
  await again.append('Order-1', numbered(1, 'new'));
  expect(await sequenceAll(mixed)).toBe(0);
  expect((await again.log()).events.at(-1)).toMatchObject({ position: 2, data: { label: 'new' } });
});

test('what an older State lacks is lost: a repeat with an idempotency key is appended again', async () => {
  const tables = memoryTables();
  const state = await allItems(tables);
  const append = (into: Tables) =>
    createEventStore({ tables: into }).append('Order-1', numbered(1), { idempotencyKey: 'checkout-7' });
  await append(tables);
  expect((await append(tables)).duplicate).toBe(true);
  const events = await allItems(tables);
  const mixed = await restored({ state, log: state, events });
  await repair(mixed);
  await scan(mixed);
  expect(await append(mixed)).toMatchObject({ duplicate: false, version: 2 });
});

test('what an older Log lacks gets positions anew, maybe in another order', async () => {
  const tables = memoryTables();
  const before = await allItems(tables);
  for (const [streamId, now] of [
    ['Order-1', '2026-11-26T12:00:01Z'],
    ['Order-2', '2026-11-26T12:00:00Z'],
  ] as const) {
    await createEventStore({ tables, now: () => new Date(now) }).append(streamId, numbered(1));
    await sequenceAll(tables);
  }
  expect(namesOf(await soundLog(tables))).toEqual(['Order-1@1', 'Order-2@1']);
  const mixed = await restored({ state: before, log: before, events: await allItems(tables) });
  await repair(mixed);
  await scan(mixed);
  expect(namesOf(await soundLog(mixed))).toEqual(['Order-2@1', 'Order-1@1']);
});
