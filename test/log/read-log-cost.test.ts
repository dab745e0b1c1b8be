/** What reading the log costs: requests, and commits that were read, since those do not vary. */
import { expect, test, vi } from 'vitest';
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
import { createLogReader } from '../../lib/log/log-reader.ts';
import { queryAll } from '../../lib/tables/read-all.ts';
import { noise } from '../support/events.ts';
import { isWanted, type MadeRead, sequenceAll, toldLog, watched } from '../support/logged.ts';

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
        readUnits: made.reduce((sum, { readUnits }) => sum + readUnits, 0),
        commits: keysOf(read, 'batchGet'),
        entries: keysOf(read, 'query'),
      };
    },
  };
}

function keysOf(reads: readonly MadeRead[], operation: MadeRead['operation']): string[] {
  return reads
    .filter((read) => read.operation === operation)
    .flatMap(({ items }) => items.map(({ PK, SK }) => `${PK} ${SK}`));
}

async function referencesBytes(tables: Tables): Promise<number> {
  let bytes = 0;
  const options = { direction: 'forward', consistency: 'strong' } as const;
  for await (const item of queryAll(tables, 'log', { partition: 'LOG#main' }, options)) {
    bytes += itemSizeBytes(item);
  }
  return bytes;
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

test('a whole log is one Query for each started MB of references, and one BatchGetItem for each hundred commits', async () => {
  const { tables, store, cost } = countedLog();
  await fill(tables, 450, 90);
  const told = await toldLog(tables);
  cost();
  expect((await store.log({ limit: 10_000 })).events).toEqual(told);
  const { requests, commits, readUnits } = cost();
  expect(requests).toEqual(['query', ...Array.from({ length: 5 }, () => 'batchGet')]);
  expect(commits).toHaveLength(450);
  // Half a unit for each 4 KB: the commits are small, and so are all of the references.
  expect(readUnits).toBeLessThanOrEqual(450 * 0.5 + 0.5 * Math.ceil((await referencesBytes(tables)) / 4096));
});

test('references of several MB are a Query for each started one', async () => {
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
  expect(requests.filter((operation) => operation === 'query').length).toBeLessThanOrEqual(Math.ceil(bytes / MB));
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

test('behind the end of an entry it is one Query, behind another place and at the end of the log two', async () => {
  const { tables, store, cost } = countedLog();
  await store.append('Order-1', [
    { type: 'Placed', data: 1 },
    { type: 'Paid', data: 2 },
  ]);
  await sequenceAll(tables);
  await store.append('Order-1', [{ type: 'Sent', data: 3 }]);
  await sequenceAll(tables);
  for (const [after, requests] of [
    [0, ['query', 'batchGet']],
    [1, ['query', 'query', 'batchGet']],
    [2, ['query', 'batchGet']],
    [3, ['query', 'query']],
  ] as const) {
    cost();
    await store.log({ after });
    expect(cost().requests, `behind ${after}`).toEqual(requests);
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
