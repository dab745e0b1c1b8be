/** The verification that goes on by itself: part by part, from where it ended, with all that a part can see. */
import { beforeAll, describe, expect, test } from 'vitest';
import { commitKey } from '../../lib/events/stored-commit.ts';
import {
  createEventStore,
  createSequencer,
  InvalidArgument,
  memoryTables,
  type Tables,
  UnreadableItem,
} from '../../lib/index.ts';
import { type CommitReference, encodeEntry, entryKey } from '../../lib/log/log-entry.ts';
import { readLogHead } from '../../lib/log/read-log.ts';
import type { Damage } from '../../lib/verify/damage.ts';
import { type VerifiedOn, verifyOn } from '../../lib/verify/verify-on.ts';
import { readVerifyPlace, VERIFY_PLACE_KEY } from '../../lib/verify/verify-place.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { sequenceAll } from '../support/logged.ts';
import {
  Altered,
  allHeads,
  allItems,
  contextOf,
  type Items,
  nameOf,
  randomStore,
  short,
  tablesOf,
} from './stored-items.ts';

logSeed();

const NOW = new Date('2026-11-25T12:00:00Z');
const COMMITS = 1_100;

let items: Items;

/** More than two waves of 400 commits: streams that go on from one part to the next, in entries of 90. */
beforeAll(async () => {
  const tables = memoryTables();
  const context = contextOf(tables);
  const store = createEventStore({ tables, delay: context.delay });
  const sequencer = createSequencer(context);
  for (let commit = 0; commit < COMMITS; commit++) {
    await store.append(`Order-${commit % 70}`, numbered(1 + (commit % 2)));
    if (commit % 90 === 89) {
      await sequencer.sequence(await allHeads(tables));
    }
  }
  await sequencer.sequence(await allHeads(tables));
  items = await allItems(tables);
});

function copy(): Altered {
  const { events, log, state, readModels } = items;
  return new Altered({
    events: new Map(events),
    log: new Map(log),
    state: new Map(state),
    readModels: new Map(readModels),
  });
}

interface Seen extends VerifiedOn {
  readonly named: readonly string[];
}

async function on(
  tables: Tables,
  options: { from?: unknown; mayGoOn?: () => boolean; commitsMax?: number } = {},
): Promise<Seen> {
  const named: Damage[] = [];
  const result = await verifyOn(contextOf(tables), {
    mayGoOn: () => false,
    commitsMax: 1,
    now: () => NOW,
    onDamage: (damage) => named.push(damage),
    ...options,
  });
  return { ...result, named: named.map(short) };
}

function headOf(tables: Tables): Promise<number> {
  return readLogHead(contextOf(tables), 'strong');
}

/** All parts to the end. */
async function onToTheEnd(tables: Tables): Promise<Seen[]> {
  const parts: Seen[] = [];
  while (parts.at(-1)?.outcome !== 'caught-up' && parts.length < 20) {
    parts.push(await on(tables));
  }
  return parts;
}

test('a log is verified in parts, each commit once, and then what is new', async () => {
  const tables = await tablesOf(items);
  const parts = await onToTheEnd(tables);
  expect(parts.map(({ outcome }) => outcome)).toEqual(['more', 'more', 'caught-up']);
  expect(parts.map(({ commits }) => commits)).toEqual([400, 400, 300]);
  expect(parts.flatMap(({ named }) => named)).toEqual([]);
  const { position } = parts.at(-1) ?? { position: 0 };
  expect(await on(tables)).toEqual({
    outcome: 'caught-up',
    position,
    commits: 0,
    events: 0,
    found: 0,
    damages: 0,
    named: [],
  });
  await createEventStore({ tables }).append('Order-1', numbered(3));
  await sequenceAll(tables);
  expect(await on(tables)).toMatchObject({
    outcome: 'caught-up',
    position: position + 3,
    commits: 1,
    events: 3,
    named: [],
  });
  expect(await readVerifyPlace(tables)).toMatchObject({ revision: 5, position: position + 3, damages: 0 });
});

test('with time for it, it goes on to the end at once', async () => {
  const tables = await tablesOf(items);
  expect(await on(tables, { mayGoOn: () => true })).toMatchObject({ outcome: 'caught-up', commits: COMMITS, found: 0 });
});

test('any sound store is sound in parts, from anywhere', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 20; round++) {
    const tables = memoryTables();
    await randomStore(tables, seed + round);
    const head = await headOf(tables);
    for (const from of [undefined, 1 + ((seed + round) % head), head + 1]) {
      const result = await on(tables, { from });
      expect(result).toMatchObject({ outcome: 'caught-up', position: head, named: [] });
    }
  }
});

/** Of the store of many parts: what is planted in each, and what it must be called. */
const plants: { readonly [name: string]: readonly [(store: Altered) => void, readonly string[]] } = {
  'a changed event in a later part': [
    (store) =>
      store.setCommit('Order-9', 13, (commit) => ({
        ...commit,
        eventsJson: commit.eventsJson.replace('event', 'other'),
      })),
    [`changed-commit ${nameOf(commitKey('Order-9', 13))}`],
  ],
  'a deleted commit': [
    (store) => store.delete('events', commitKey('Order-8', 9)),
    [`missing-commit ${nameOf(commitKey('Order-8', 9))}`],
  ],
  'a mark ahead of the log': [
    (store) => store.setMark({ ...store.mark('Order-5'), version: 99, position: 99_999 }),
    ['mark-ahead SEQUENCED#Order-5 / MARK'],
  ],
  'a mark that is missing': [
    (store) => store.items.state.delete('SEQUENCED#Order-6 / MARK'),
    ['mark-missing SEQUENCED#Order-6 / MARK'],
  ],
  'a mark behind the log': [
    (store) => store.setMark({ streamId: 'Order-5', version: 2, position: 10 }),
    ['mark-behind SEQUENCED#Order-5 / MARK'],
  ],
};

describe.each(Object.entries(plants))('%s', (_, [plant, expected]) => {
  test('is found, named and counted until it begins anew', async () => {
    const altered = copy();
    plant(altered);
    const tables = await tablesOf(altered.items);
    const parts = await onToTheEnd(tables);
    expect([...new Set(parts.flatMap(({ named }) => named))]).toEqual(expected);
    const { damages } = await on(tables);
    expect(damages).toBe(parts.reduce((sum, { found }) => sum + found, 0));
    expect(damages).toBeGreaterThan(0);
    expect(await on(tables, { from: (await headOf(tables)) + 1 })).toMatchObject({ damages: 0, found: 0 });
  });
});

test('an entry that is missing, and one that was changed, are named in the part that has them', async () => {
  const altered = copy();
  const entries = altered.entries();
  const [missing, changed] = [entries[2], entries[9]];
  if (missing === undefined || changed === undefined) {
    throw new Error('there are so many');
  }
  altered.delete('log', entryKey(missing.position));
  altered.set('log', encodeEntry({ ...changed, hash: missing.hash }));
  const parts = await onToTheEnd(await tablesOf(altered.items));
  expect(parts[0]?.named).toContain(`hole-in-log ${nameOf(entryKey(missing.position))}`);
  expect(parts[0]?.named).not.toContain(`wrong-entry-hash ${nameOf(entryKey(changed.position))}`);
  expect(parts.flatMap(({ named }) => named)).toContain(`wrong-entry-hash ${nameOf(entryKey(changed.position))}`);
});

test('that the end of the log is gone, with its marks and commits, is seen by who has verified it', async () => {
  const tables = await tablesOf(items);
  const [last] = (await onToTheEnd(tables)).slice(-1);
  const altered = new Altered(await allItems(tables));
  const entries = altered.entries();
  altered.setLog(entries.slice(0, -1).map(({ commits }) => commits));
  const cut = await tablesOf(altered.items);
  const found = await on(cut);
  expect(found.named).toContain(`hole-in-log ${nameOf(entryKey(entries.at(-1)?.position ?? 0))}`);
  expect(found.position).toBe(last?.position);
});

test('a log that was made anew, with hashes and marks that are right, is seen by who has verified it', async () => {
  const tables = await tablesOf(items);
  await onToTheEnd(tables);
  const altered = new Altered(await allItems(tables));
  const references: CommitReference[][] = altered.entries().map(({ commits }) => [...commits]);
  const [first = [], second = [], ...others] = references;
  const [moved] = first.slice(-1);
  altered.setLog([first.slice(0, -1), [...(moved === undefined ? [] : [moved]), ...second], ...others]);
  const last = altered.entries().at(-1);
  expect((await on(await tablesOf(altered.items))).named).toEqual([
    `wrong-entry-hash ${nameOf(entryKey(last?.position ?? 0))}`,
  ]);
});

test('a crash before the place has moved costs the part, of which all is found again', async () => {
  const altered = copy();
  altered.delete('events', commitKey('Order-8', 9));
  const tables = await tablesOf(altered.items);
  const crashing = withCalls(tables, {
    put: async () => {
      throw new Error('crashed');
    },
  });
  await expect(on(crashing)).rejects.toThrow('crashed');
  const parts = await onToTheEnd(tables);
  expect(parts.flatMap(({ named }) => named)).toHaveLength(1);
  expect(parts.at(-1)?.damages).toBe(1);
});

test('of two at once the slower one stops', async () => {
  const tables = await tablesOf(items);
  const overtaken = withCalls(tables, {
    put: async (put) => {
      await on(tables);
      return tables.put(put);
    },
  });
  expect(await on(overtaken, { mayGoOn: () => true })).toMatchObject({ outcome: 'overtaken', commits: 400 });
  expect((await readVerifyPlace(tables))?.revision).toBe(1);
});

test('it may be told where to begin, within the log', async () => {
  const tables = await tablesOf(items);
  await onToTheEnd(tables);
  const head = await headOf(tables);
  expect(await on(tables, { from: 1, mayGoOn: () => true })).toMatchObject({ commits: COMMITS, position: head });
  expect((await on(tables, { from: head })).events).toBeLessThanOrEqual(2);
  const before = await readVerifyPlace(tables);
  for (const from of [0, -1, 1.5, head + 2, '1', null]) {
    await expect(on(tables, { from })).rejects.toThrow(InvalidArgument);
  }
  expect(await readVerifyPlace(tables)).toEqual(before);
});

test('a log that is empty is verified', async () => {
  expect(await on(memoryTables())).toMatchObject({ outcome: 'caught-up', position: 0, found: 0 });
});

test('a place that cannot be read is not taken for none', async () => {
  const tables = await tablesOf(items);
  await tables.put({ table: 'state', item: { ...VERIFY_PLACE_KEY, format: 2 } });
  await expect(on(tables)).rejects.toThrow(UnreadableItem);
});
