/** What reading the log costs: requests, and commits that were read, since those do not vary. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { itemSizeBytes } from '../../lib/events/item.ts';
import {
  createEventStore,
  type LogFilter,
  type LoggedEvent,
  memoryTables,
  type NewEvent,
  type TableRequest,
  type Tables,
} from '../../lib/index.ts';
import { LOOK_AHEAD_GROWTH_MAX, LOOK_AHEAD_GROWTH_MIN } from '../../lib/log/bounds.ts';
import { entryKey, type LogEntry } from '../../lib/log/log-entry.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import { positionsAhead } from '../../lib/log/look-ahead.ts';
import { readUnits } from '../../lib/tables/capacity.ts';
import { queryAll } from '../../lib/tables/read-all.ts';
import { logSeed, seed } from '../seed.ts';
import { noise, numbered } from '../support/events.ts';
import { isWanted, type MadeRead, putEntries, sequenceAll, toldLog, watched } from '../support/logged.ts';
import { soundLog } from '../support/stored-log.ts';

logSeed();

// Logs of many MB take a while where other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

const MB = 1024 * 1024;

/** A log, what the requests that were made of it since the last look have cost, and what they have read. */
function countedLog() {
  let requests: TableRequest[] = [];
  const { tables, reads } = watched(memoryTables({ observer: (request) => requests.push(request) }));
  return {
    tables,
    store: createEventStore({ tables, delay: async () => {} }),
    reader: (after = 0, filter: LogFilter = {}) =>
      createLogReader({ tables, delay: async () => {}, random: () => 0 }, after, filter),
    cost: () => {
      const made = requests;
      requests = [];
      const read = reads();
      return {
        requests: made.map(({ operation }) => operation),
        readUnits: unitsOf(made),
        queryUnits: unitsOf(made.filter(({ operation }) => operation === 'query')),
        commits: keysOf(read, 'batchGet'),
        entries: keysOf(read, 'query'),
      };
    },
  };
}

function unitsOf(requests: readonly TableRequest[]): number {
  return requests.reduce((sum, { readUnits }) => sum + readUnits, 0);
}

function keysOf(reads: readonly MadeRead[], operation: MadeRead['operation']): string[] {
  return reads
    .filter((read) => read.operation === operation)
    .flatMap(({ items }) => items.map(({ PK, SK }) => `${PK} ${SK}`));
}

/** Bytes of each entry of the log. */
async function entryBytes(tables: Tables): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  const options = { direction: 'forward', consistency: 'strong' } as const;
  for await (const item of queryAll(tables, 'log', { partition: 'LOG#main' }, options)) {
    bytes.set(`${item.PK} ${item.SK}`, itemSizeBytes(item));
  }
  return bytes;
}

async function referencesBytes(tables: Tables): Promise<number> {
  return [...(await entryBytes(tables)).values()].reduce((sum, bytes) => sum + bytes, 0);
}

function keyOf({ position }: LogEntry): string {
  const { PK, SK } = entryKey(position);
  return `${PK} ${SK}`;
}

/** Whether an entry has an event behind a position and up to another. */
function isBetween({ position, count }: LogEntry, after: number, through: number): boolean {
  return position <= through && position + count - 1 > after;
}

/** So many commits of one to three events, in entries of at most so many. */
async function fill(tables: Tables, commits: number, entryCommits: number): Promise<void> {
  const store = createEventStore({ tables });
  for (let index = 0; index < commits; index++) {
    const category = ['Order', 'Cart', 'Customer'][index % 3];
    const types = ['Placed', 'Paid', 'Sent'].slice(index % 2, 1 + (index % 4));
    const events: NewEvent[] = (types.length === 0 ? ['Closed'] : types).map((type) => ({ type, data: { index } }));
    await store.append(`${category}-${index % 40}`, events);
    if (index % entryCommits === entryCommits - 1) {
      await sequenceAll(tables);
    }
  }
  await sequenceAll(tables);
}

/** The commits that have events of a list. */
function commitsOf(events: readonly LoggedEvent[]): number {
  return new Set(events.map(({ id }) => id.slice(0, id.lastIndexOf('.')))).size;
}

async function readAllPages(reader: ReturnType<typeof createLogReader>, limit: number): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let isMore = true; isMore; ) {
    const page = await reader.next(limit);
    events.push(...page.events);
    isMore = page.head === undefined || page.position < page.head;
  }
  return events;
}

test('a whole log is one Query for each started MB of references, one at its end, and one BatchGetItem for each hundred commits', async () => {
  const { tables, store, cost } = countedLog();
  await fill(tables, 450, 90);
  const told = await toldLog(tables);
  cost();
  expect((await store.log({ limit: 10_000 })).events).toEqual(told);
  const { requests, commits, readUnits } = cost();
  expect(requests).toEqual(['query', 'query', ...Array.from({ length: 5 }, () => 'batchGet')]);
  expect(commits).toHaveLength(450);
  // Half a unit for each 4 KB: the commits are small, and so are all of the references.
  expect(readUnits).toBeLessThanOrEqual(450 * 0.5 + 0.5 * Math.ceil((await referencesBytes(tables)) / 4096) + 0.5);
});

test('references of several MB are a Query for each started one, and one at their end', async () => {
  const { tables, store, cost } = countedLog();
  for (let commit = 0; commit < 900; commit++) {
    const events = Array.from({ length: 25 }, (_, index) => ({ type: noise(120, `${commit} ${index}`), data: index }));
    await store.append(`Order-${commit}`, events);
  }
  await sequenceAll(tables);
  const bytes = await referencesBytes(tables);
  expect(bytes).toBeGreaterThan(2 * MB);
  cost();
  const page = await store.log({ limit: 100_000 });
  const { requests, entries, commits } = cost();
  expect(page).toMatchObject({ position: 900 * 25, head: 900 * 25 });
  expect(requests.filter((operation) => operation === 'query').length).toBeLessThanOrEqual(Math.ceil(bytes / MB) + 1);
  // A page of references ends in the middle of a hundred.
  expect(requests.filter((operation) => operation === 'batchGet').length).toBeLessThanOrEqual(
    9 + Math.ceil(bytes / MB),
  );
  expect(new Set(entries).size).toBe(entries.length);
  expect(new Set(commits).size).toBe(900);
});

test.each([1, 7, 50, 1_000])(
  'a reader that goes on in pages of %i reads no reference and no commit twice',
  async (limit) => {
    const { tables, reader, cost } = countedLog();
    await fill(tables, 200, 25);
    const told = await toldLog(tables);
    cost();
    expect(await readAllPages(reader(), limit)).toEqual(told);
    const { entries, commits } = cost();
    expect(entries.length).toBe(8);
    expect(new Set(entries).size).toBe(entries.length);
    expect(commits.length).toBe(200);
    expect(new Set(commits).size).toBe(commits.length);
  },
);

test.each([3, 40, 10_000])('a filter reads no commit of which it returns no event, in pages of %i', async (limit) => {
  const { tables, store, reader, cost } = countedLog();
  await fill(tables, 300, 60);
  const told = await toldLog(tables);
  const filters: LogFilter[] = [
    {},
    { category: 'Cart' },
    { types: ['Sent'] },
    // Of which one commit has several.
    { types: ['Paid', 'Sent'] },
    { types: ['Placed', 'Paid'] },
    { category: 'Order', types: ['Paid', 'Closed'] },
    { category: 'Nobody' },
    { types: ['Never'] },
  ];
  for (const filter of filters) {
    const wanted = told.filter((event) => isWanted(filter, event));
    cost();
    expect(await readAllPages(reader(0, filter), limit)).toEqual(wanted);
    expect(cost().commits).toHaveLength(commitsOf(wanted));
    // And each page by itself, also where the limit cuts it off.
    const page = await store.log({ ...filter, limit });
    expect(page.events).toEqual(wanted.slice(0, limit));
    expect(cost().commits).toHaveLength(commitsOf(page.events));
  }
});

/** Entries of as many commits of as many events, each of a stream of its own: every third of one category, some of a rare one. */
async function streamsLog(entries: number, commits: number, events: number) {
  const log = countedLog();
  const types = ['Counted'];
  const category = (stream: number) => (stream % 1_000 === 500 ? 'Rare' : ['Third', 'Other', 'Another'][stream % 3]);
  const references = Array.from({ length: entries * commits }, (_, stream) => ({
    streamId: `${category(stream)}-${noise(36, String(stream))}`,
    version: 1,
    count: events,
    types,
  }));
  for (const { streamId, count } of references) {
    await log.store.append(streamId, numbered(count, 'Counted'), { expect: 'no-stream' });
  }
  const entryOf = (index: number) => references.slice(index * commits, (index + 1) * commits);
  await putEntries(
    log.tables,
    Array.from({ length: entries }, (_, index) => entryOf(index)),
  );
  return log;
}

describe('a page that stands alone', () => {
  const logs = new Map<string, ReturnType<typeof countedLog>>();

  beforeAll(async () => {
    logs.set('small', await streamsLog(3_500, 1, 1));
    logs.set('busy', await streamsLog(12, 1_000, 1));
  }, 120_000);

  function logOf(name: string) {
    const log = logs.get(name);
    if (log === undefined) {
      throw new Error(`There is no ${name} log`);
    }
    return log;
  }

  test.each([
    // Entries of one commit: those that the page returns.
    ['small', 100, 10, 10],
    ['small', 100, 100, 100],
    ['small', 100, 1_000, 1_000],
    // Entries of a thousand commits: the one that the page is in, or two.
    ['busy', 3_000, 10, 1],
    ['busy', 3_456, 10, 1],
    ['busy', 3_000, 100, 1],
    ['busy', 3_456, 100, 1],
    ['busy', 3_000, 1_000, 1],
    ['busy', 3_456, 1_000, 2],
  ])(
    'of the %s log behind %i, with %i events, reads the %i entries that hold them',
    async (name, after, limit, count) => {
      const { store, tables, cost } = logOf(name);
      const bytes = await entryBytes(tables);
      const needed = (await soundLog(tables)).filter((entry) => isBetween(entry, after, after + limit));
      expect(needed).toHaveLength(count);
      cost();
      const { events, position } = await store.log({ after, limit });
      const made = cost();
      expect({ events: events.length, position }).toEqual({ events: limit, position: after + limit });
      expect(made.entries.toSorted()).toEqual(needed.map((entry) => keyOf(entry)).toSorted());
      // In one Query, and the one that the place is inside of in another.
      const [inside, following] = [true, false].map((isInside) =>
        needed.filter((one) => one.position <= after === isInside),
      );
      const queries = [following ?? [], ...(inside?.length === 0 ? [] : [inside ?? []])];
      const sizes = queries.map((entries) => entries.reduce((sum, entry) => sum + (bytes.get(keyOf(entry)) ?? 0), 0));
      expect(made.requests.filter((operation) => operation === 'query')).toHaveLength(sizes.length);
      expect(made.queryUnits).toBe(sizes.reduce((sum, size) => sum + readUnits(size, 'eventual'), 0));
    },
  );

  test.each([
    ['small', 'Third', 10, 2],
    ['small', 'Third', 100, 2],
    // To the end of the log, and one more that it is the end.
    ['small', 'Third', 1_000, 3],
    ['busy', 'Third', 10, 1],
    ['busy', 'Third', 100, 1],
    ['busy', 'Third', 1_000, 2],
    // One in a thousand, fewer than are asked for or just as many.
    ['small', 'Rare', 10, 4],
    ['busy', 'Rare', 10, 3],
    ['busy', 'Rare', 1_000, 3],
    ['small', 'Never', 10, 4],
    ['small', 'Never', 1_000, 3],
    ['busy', 'Never', 10, 3],
  ])('of the %s log with a filter for %s, and %i events, is few Queries', async (name, category, limit, queries) => {
    const { store, tables, cost } = logOf(name);
    const entries = await soundLog(tables);
    cost();
    const { position, head } = await store.log({ category, limit });
    const made = cost();
    expect(made.requests.filter((operation) => operation === 'query')).toHaveLength(queries);
    const needed = entries.filter((entry) => entry.position <= position);
    expect(new Set(made.entries).size).toBe(made.entries.length);
    expect(head === undefined || made.entries.length === entries.length).toBe(true);
    // Of what is frequent, three times what is needed, in whole entries.
    expect(made.entries.length).toBeLessThanOrEqual(category === 'Third' ? 3 * needed.length : entries.length);
  });

  test('does not know the head, unless it sees the end of the log', async () => {
    const { store } = logOf('busy');
    expect(await store.log({ after: 11_900, limit: 101 })).toMatchObject({ position: 12_000, head: 12_000 });
    expect(await store.log({ after: 12_000, limit: 1 })).toMatchObject({ position: 12_000, head: 12_000 });
    expect((await store.log({ after: 11_900, limit: 99 })).head).toBeUndefined();
    expect((await store.log({ after: 10_000, limit: 1_000 })).head).toBeUndefined();
  });

  test.each([
    ['small', 10],
    ['small', 1_000],
    ['busy', 100],
  ])('is followed by larger reads of the %s log where a reader goes on in pages of %i', async (name, limit) => {
    const { tables, reader, cost } = logOf(name);
    const bytes = await referencesBytes(tables);
    const followed = reader();
    cost();
    let queries = 0;
    let used = 0;
    for (let page = await followed.next(limit); page.events.length > 0; page = await followed.next(limit)) {
      used += page.events.length;
      const made = cost();
      queries += made.requests.filter((operation) => operation === 'query').length;
    }
    expect(used).toBe((await soundLog(tables)).reduce((sum, { count }) => sum + count, 0));
    // Five times as far with each of them, until they are cut at 1 MB; one that it is the end, and one for the empty page.
    expect(queries).toBeLessThanOrEqual(Math.ceil(Math.log(used / limit) / Math.log(5)) + Math.ceil(bytes / MB) + 2);
  });
});

test('a reader looks as far as is likely to do, and at each look further than before', () => {
  const wanted = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const positions = fc.integer({ min: 1, max: 2 ** 40 });
  fc.assert(
    fc.property(wanted, positions, fc.nat(), (events, looked, chance) => {
      const matching = chance % (looked + 1);
      expect(positionsAhead({ positions: 0, matching: 0 }, events)).toBe(events);
      const ahead = positionsAhead({ positions: looked, matching }, events);
      expect(ahead).toBeGreaterThanOrEqual(LOOK_AHEAD_GROWTH_MIN * looked);
      expect(ahead).toBeLessThanOrEqual(LOOK_AHEAD_GROWTH_MAX * looked);
      // Enough, where wanted events stand as close as before and that is not out of bounds.
      expect(ahead).toBeGreaterThanOrEqual(Math.min((events * looked) / matching, LOOK_AHEAD_GROWTH_MAX * looked));
    }),
    { seed },
  );
});

test('behind the end of an entry it is one Query, behind another place two, and one more to be sure that the log ends', async () => {
  const { tables, store, cost } = countedLog();
  await store.append('Order-1', [
    { type: 'Placed', data: 1 },
    { type: 'Paid', data: 2 },
  ]);
  await sequenceAll(tables);
  await store.append('Order-1', [{ type: 'Sent', data: 3 }]);
  await sequenceAll(tables);
  for (const [after, limit, requests] of [
    [0, 2, ['query', 'batchGet']],
    [1, 1, ['query', 'query', 'batchGet']],
    [2, 1, ['query', 'batchGet']],
    [0, 1_000, ['query', 'query', 'batchGet']],
    [1, 1_000, ['query', 'query', 'query', 'batchGet']],
    [2, 1_000, ['query', 'query', 'batchGet']],
    [3, 1_000, ['query', 'query', 'query']],
  ] as const) {
    cost();
    await store.log({ after, limit });
    expect(cost().requests, `${limit} behind ${after}`).toEqual(requests);
  }
});

test('a reader at the end of the log looks again with one Query of half a unit', async () => {
  const { tables, reader, cost } = countedLog();
  await fill(tables, 30, 10);
  for (const started of [reader(), reader(0, { types: ['Never'] }), reader((await toldLog(tables)).length)]) {
    await started.next(1_000);
    cost();
    for (let look = 0; look < 3; look++) {
      await started.next(1_000);
      expect(cost()).toMatchObject({ requests: ['query'], readUnits: 0.5 });
    }
  }
});

test('the head is one Query of one entry', async () => {
  const { tables, store, cost } = countedLog();
  await fill(tables, 30, 10);
  cost();
  await store.logHead();
  expect(cost()).toMatchObject({ requests: ['query'], readUnits: 0.5, entries: { length: 1 } });
  await store.logHead({ consistency: 'strong' });
  expect(cost()).toMatchObject({ requests: ['query'], readUnits: 1 });
});

test('large commits are read once too, although they end pages before the limit does', async () => {
  const { tables, store, reader, cost } = countedLog();
  for (let commit = 0; commit < 120; commit++) {
    await store.append(`Large-${commit}`, [{ type: 'Large', data: 'x'.repeat(390_000) }]);
  }
  await sequenceAll(tables);
  cost();
  expect(await readAllPages(reader(), 1_000)).toHaveLength(120);
  expect(cost().commits).toHaveLength(120);
  // How large they are is seen with the first hundred, of which a page that stands alone returns 16 MB.
  expect((await store.log()).events).toHaveLength(44);
  expect(cost().commits).toHaveLength(100);
});

test('large commits that follow on small ones, and were read too soon, are kept for the next pages', async () => {
  const { tables, store, reader, cost } = countedLog();
  for (let commit = 0; commit < 260; commit++) {
    const data = commit < 120 ? commit : `${commit} ${'x'.repeat(390_000)}`;
    await store.append(`Large-${commit}`, [{ type: 'Large', data }]);
  }
  await sequenceAll(tables);
  cost();
  const events: LoggedEvent[] = [];
  const mixed = reader();
  // The first page ends by its bytes, with commits in hand that the following ones take by so many.
  for (let page = await mixed.next(1_000); page.events.length > 0; page = await mixed.next(7)) {
    const bytes = page.events.reduce((sum, { data }) => sum + String(data).length, 0);
    expect(bytes).toBeLessThan(16 * MB + 400_000);
    events.push(...page.events);
  }
  expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 260 }, (_, index) => index + 1));
  expect(cost().commits).toHaveLength(260);
});
