/** What a page of the log has at every kind of place, and what is said where the log is not what it should be. */
import { describe, expect, test, vi } from 'vitest';
import type { ItemKey } from '../../lib/events/item.ts';
import { commitKey, decodeCommitHead } from '../../lib/events/stored-commit.ts';
import {
  createEventStore,
  DamagedLog,
  InvalidArgument,
  type LogFilter,
  type LoggedEvent,
  type LogOptions,
  MissingCommit,
  memoryTables,
  type NewEvent,
  type Tables,
  UnreadableItem,
} from '../../lib/index.ts';
import { LOG_PAGE_BYTES_MAX, LOG_PAGE_QUERIES_MAX } from '../../lib/log/bounds.ts';
import { type CommitReference, EMPTY_LOG, encodeEntry, entryAfter, entryKey } from '../../lib/log/log-entry.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import { noise, numbered } from '../support/events.ts';
import { isWanted, putEntries, sequenceAll, toldLog, watched, without, withReplica } from '../support/logged.ts';
import { soundLog } from '../support/stored-log.ts';

// Logs of many MB take a while where other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

function typed(...types: string[]): NewEvent[] {
  return types.map((type, index) => ({ type, data: { index } }));
}

/** Three entries of two commits each: positions 1 to 5, 6 to 10, 11 and 12. */
async function threeEntries(): Promise<Tables> {
  const tables = memoryTables();
  let time = 0;
  const store = createEventStore({ tables, now: () => new Date(time++) });
  await store.append('Order-1', typed('Placed', 'Paid'));
  await store.append('Cart-1', typed('Filled', 'Filled', 'Emptied'));
  await sequenceAll(tables);
  await store.append('Order-1', typed('Sent'));
  await store.append('Order-2', typed('Placed', 'Paid', 'Sent', 'Paid'));
  await sequenceAll(tables);
  await store.append('Cart-1', typed('Filled'));
  await store.append('Order-2', typed('Sent'));
  await sequenceAll(tables);
  expect((await soundLog(tables)).map(({ position }) => position)).toEqual([1, 6, 11]);
  return tables;
}

const END = 12;

/** Every page from a position to the end of the log. */
async function follow(tables: Tables, options: LogOptions = {}) {
  const store = createEventStore({ tables, delay: async () => {} });
  const pages = [await store.log(options)];
  for (let last = pages[0]; last !== undefined && (last.head ?? Number.POSITIVE_INFINITY) > last.position; ) {
    last = await store.log({ ...options, after: last.position });
    pages.push(last);
  }
  return pages;
}

function eventsOf(pages: readonly { readonly events: readonly LoggedEvent[] }[]): LoggedEvent[] {
  return pages.flatMap(({ events }) => events);
}

function positions({ events }: { readonly events: readonly LoggedEvent[] }): number[] {
  return events.map(({ position }) => position);
}

describe('a page', () => {
  test('of an empty log has nothing and knows the head', async () => {
    const store = createEventStore({ tables: memoryTables() });
    expect(await store.log()).toEqual({ events: [], position: 0, head: 0 });
    expect(await store.log({ after: 5, category: 'Order' })).toEqual({ events: [], position: 5, head: 0 });
    expect(await store.logHead()).toBe(0);
  });

  test('has events as the stream has them, and their positions', async () => {
    const tables = await threeEntries();
    const store = createEventStore({ tables });
    const { events } = await store.log({ after: 5, limit: 2 });
    const [sent] = (await store.read('Order-1', { from: 3 })).events;
    const [placed] = (await store.read('Order-2')).events;
    expect(events).toEqual([
      { ...sent, position: 6 },
      { ...placed, position: 7 },
    ]);
  });

  test('is right behind each position, beyond the head too, with each limit and each filter', async () => {
    const tables = await threeEntries();
    const told = await toldLog(tables);
    const store = createEventStore({ tables });
    const filters: LogFilter[] = [
      {},
      { category: 'Order' },
      { category: 'Ord' },
      { types: ['Sent'] },
      { types: ['Paid', 'Filled'] },
      { category: 'Order', types: ['Filled', 'Paid'] },
    ];
    for (const filter of filters) {
      for (let after = 0; after <= END + 2; after++) {
        for (let limit = 1; limit <= END + 1; limit++) {
          const { events, position, head } = await store.log({ ...filter, after, limit });
          const wanted = told.filter((event) => event.position > after && isWanted(filter, event));
          expect(events).toEqual(wanted.slice(0, limit));
          expect(position).toBeGreaterThanOrEqual(events.at(-1)?.position ?? after);
          expect(position).toBeLessThan(wanted[limit]?.position ?? Number.POSITIVE_INFINITY);
          expect(head ?? END).toBe(END);
          expect(head ?? position).toBeLessThanOrEqual(wanted.length <= limit ? END : Number.POSITIVE_INFINITY);
        }
      }
    }
  });

  test('behind the head stays where it was asked', async () => {
    const store = createEventStore({ tables: await threeEntries() });
    expect(await store.log({ after: END })).toEqual({ events: [], position: END, head: END });
    expect(await store.log({ after: END + 30 })).toEqual({ events: [], position: END + 30, head: END });
    expect(await store.log({ after: Number.MAX_SAFE_INTEGER })).toMatchObject({ events: [], head: END });
  });

  test('begins inside of an entry, and inside of a commit', async () => {
    const store = createEventStore({ tables: await threeEntries() });
    expect(positions(await store.log({ after: 2, limit: 2 }))).toEqual([3, 4]);
    expect(positions(await store.log({ after: 8, limit: 3 }))).toEqual([9, 10, 11]);
    expect(positions(await store.log({ after: 11 }))).toEqual([12]);
  });

  test('that ends inside of a commit goes on there', async () => {
    const tables = await threeEntries();
    const first = await createEventStore({ tables }).log({ after: 6, limit: 2 });
    expect(first.position).toBe(8);
    const reader = createLogReader({ tables, delay: async () => {}, random: () => 0 }, 6, {});
    const seen = [];
    for (let page = 0; page < 6; page++) {
      const { events, position } = await reader.next(1);
      expect(position).toBe(events[0]?.position);
      seen.push(position);
    }
    expect(seen).toEqual([7, 8, 9, 10, 11, 12]);
  });

  test('of a filter passes over what comes behind its last event as far as it has looked', async () => {
    const store = createEventStore({ tables: await threeEntries() });
    expect(await store.log({ types: ['Emptied'] })).toMatchObject({
      events: [{ position: 5 }],
      position: END,
      head: END,
    });
    expect(await store.log({ types: ['Never'] })).toEqual({ events: [], position: END, head: END });
  });

  test('has a thousand events where no limit is given', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    for (let commit = 0; commit < 11; commit++) {
      await store.append('Order-1', typed(...Array.from({ length: 100 }, () => 'Counted')));
    }
    await sequenceAll(tables);
    const page = await store.log();
    expect(page.events).toHaveLength(1_000);
    expect(page.position).toBe(1_000);
    expect(await store.log({ after: 1_000 })).toMatchObject({ position: 1_100, head: 1_100 });
  });

  test('lets a page that failed be asked for again', async () => {
    const tables = await threeEntries();
    let fails = 0;
    const failing: Tables = {
      ...tables,
      batchGet: (table, keys, consistency) =>
        fails++ % 2 === 0 ? Promise.reject(new Error('lost')) : tables.batchGet(table, keys, consistency),
    };
    const reader = createLogReader({ tables: failing, delay: async () => {}, random: () => 0 }, 0, {});
    const seen: number[] = [];
    for (let page = 0; page < 4; page++) {
      await expect(reader.next(3)).rejects.toThrow('lost');
      seen.push(...positions(await reader.next(3)));
    }
    expect(seen).toEqual(Array.from({ length: END }, (_, index) => index + 1));
  });
});

describe('a large log', () => {
  test('loses nothing of a page that has failed after a part of it was read', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    for (let commit = 0; commit < 150; commit++) {
      await store.append(`Order-${commit}`, typed('Placed', 'Paid'));
    }
    await sequenceAll(tables);
    let calls = 0;
    const failing: Tables = {
      ...tables,
      batchGet: (table, keys, consistency) =>
        ++calls === 2 ? Promise.reject(new Error('lost')) : tables.batchGet(table, keys, consistency),
    };
    const reader = createLogReader({ tables: failing, delay: async () => {}, random: () => 0 }, 0, {});
    await expect(reader.next(1_000)).rejects.toThrow('lost');
    expect((await reader.next(1_000)).events).toEqual(await toldLog(tables));
  });

  test('whose references are several MB is read over the pages of the Query', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    // Types are stored once in an entry and not compressed: few commits make large entries.
    for (let commit = 0; commit < 900; commit++) {
      const types = Array.from({ length: 25 }, (_, index) => noise(120, `${commit} ${index}`));
      await store.append(`${commit % 9 === 0 ? 'Cart' : 'Order'}-${commit}`, typed(...types));
    }
    await sequenceAll(tables);
    const watch = watched(tables);
    const told = await toldLog(tables);
    const reading = createEventStore({ tables: watch.tables });
    const { events, position, head } = await reading.log({ limit: 30_000 });
    const queries = watch.reads().filter(({ operation }) => operation === 'query');
    expect(queries.length).toBeGreaterThan(2);
    expect({ position, head }).toEqual({ position: told.length, head: told.length });
    expect(events).toEqual(told);
    for (const options of [{}, { category: 'Cart', limit: 700 }, { types: [told[9_999]?.type ?? ''] }, { after: 7 }]) {
      const wanted = told.filter((event) => event.position > (options.after ?? 0) && isWanted(options, event));
      expect(eventsOf(await follow(tables, options))).toEqual(wanted);
    }
  });

  test('ends a page once it has 16 MB of events, and goes on behind it', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    const bytes = 390_000;
    for (let commit = 0; commit < 100; commit++) {
      await store.append(`Large-${commit}`, [{ type: 'Large', data: `${commit} ${'x'.repeat(bytes)}` }]);
    }
    await sequenceAll(tables);
    const pages = await follow(tables);
    const sizes = pages.map(({ events }) => events.reduce((sum, { data }) => sum + String(data).length, 0));
    for (const size of sizes.slice(0, -1)) {
      expect(size).toBeGreaterThan(LOG_PAGE_BYTES_MAX - bytes);
      expect(size).toBeLessThan(LOG_PAGE_BYTES_MAX + bytes);
    }
    expect(sizes.length).toBe(3);
    expect(eventsOf(pages)).toEqual(await toldLog(tables));
  });

  test('that has nothing for a filter is passed over in pages of 10 MB of references, without an event', async () => {
    const tables = memoryTables();
    const entries = Array.from({ length: 80 }, (_, entry) =>
      Array.from({ length: 500 }, (_unused, commit): CommitReference => {
        const types = [
          noise(120, `${entry} ${commit} a`),
          noise(120, `${entry} ${commit} b`),
          noise(120, `${entry} ${commit} c`),
        ];
        return { streamId: `Order-${entry}-${commit}`, version: 1, count: 3, types };
      }),
    );
    await putEntries(tables, entries);
    const end = 80 * 500 * 3;
    const watch = watched(tables);
    const pages = await follow(watch.tables, { category: 'Cart' });
    expect(pages.length).toBeGreaterThan(1);
    expect(eventsOf(pages)).toEqual([]);
    const ends = pages.map(({ position }) => position);
    expect(ends).toEqual([...new Set(ends)].toSorted((one, other) => one - other));
    expect(pages.at(-1)).toEqual({ events: [], position: end, head: end });
    expect(pages.slice(0, -1).every(({ head }) => head === undefined)).toBe(true);
    const reads = watch.reads();
    expect(reads.every(({ operation }) => operation === 'query')).toBe(true);
    // Each page ends at the end of an entry, so the next one begins without a second Query.
    expect(reads.length).toBeLessThanOrEqual(pages.length * LOG_PAGE_QUERIES_MAX);
    expect(reads.flatMap(({ items }) => items)).toHaveLength(80);
  });
});

describe('replicas that lack', () => {
  const lacking = async (tables: Tables, lost: ItemKey) =>
    watched(withReplica(tables, await without(tables, (_, { PK, SK }) => PK === lost.PK && SK === lost.SK)));

  test.each([1, 6])('the entry at %i are read again consistently', async (position) => {
    const tables = await threeEntries();
    const { tables: stale, reads } = await lacking(tables, entryKey(position));
    for (let after = 0; after < END; after++) {
      const page = await createEventStore({ tables: stale }).log({ after });
      expect(page).toEqual(await createEventStore({ tables }).log({ after }));
      const isNeeded = after < position + 4;
      expect(reads().some(({ consistency }) => consistency === 'strong')).toBe(isNeeded);
    }
  });

  test('the last entry only end the log earlier, without a consistent read', async () => {
    const tables = await threeEntries();
    const { tables: stale, reads } = await lacking(tables, entryKey(11));
    const store = createEventStore({ tables: stale });
    expect(await store.log({ limit: 20 })).toMatchObject({ position: 10, head: 10 });
    expect(await store.log({ after: 10 })).toEqual({ events: [], position: 10, head: 10 });
    expect(reads().every(({ consistency }) => consistency === 'eventual')).toBe(true);
    // Who has seen more than the replica is not led back by it.
    expect(await store.log({ after: 11 })).toMatchObject({ position: END, head: END });
  });

  test('a commit are asked for it again consistently, and for no other', async () => {
    const tables = await threeEntries();
    const key = commitKey('Order-2', 1);
    const { tables: stale, reads } = await lacking(tables, key);
    expect((await createEventStore({ tables: stale }).log()).events).toEqual(await toldLog(tables));
    const again = reads().filter(({ consistency }) => consistency === 'strong');
    expect(again.map(({ operation, items }) => [operation, items.length])).toEqual([['batchGet', 1]]);
    expect(again[0]?.items[0]).toMatchObject(key);
  });
});

describe('a log that is damaged', () => {
  async function outcome(tables: Tables, options: LogOptions): Promise<unknown> {
    return createEventStore({ tables, delay: async () => {} })
      .log(options)
      .catch((error: unknown) => error);
  }

  test.each([
    { missing: 1, behind: [0, 1, 4] },
    { missing: 6, behind: [0, 3, 5, 6, 9] },
  ])('has a hole at $missing, which is said behind every position before its end', async ({ missing, behind }) => {
    const tables = await without(await threeEntries(), (_, { SK }) => SK === entryKey(missing).SK);
    for (const after of behind) {
      const error = await outcome(tables, { after });
      expect(error).toBeInstanceOf(DamagedLog);
      expect(error).toMatchObject({ position: Math.max(missing, after + 1) });
    }
    // Also by pages that ask for fewer events than it had.
    for (const after of behind.filter((place) => place >= missing - 1)) {
      for (const limit of [1, 2]) {
        const error = await outcome(tables, { after, limit });
        expect(error).toBeInstanceOf(DamagedLog);
        expect(error).toMatchObject({ position: after + 1 });
        expect(await outcome(tables, { after, limit, category: 'Order' })).toBeInstanceOf(DamagedLog);
      }
    }
    expect(await outcome(tables, { after: missing + 4 })).toMatchObject({ head: END });
  });

  test('does not end at a hole, however far a page looks into it', async () => {
    const tables = await without(await threeEntries(), (_, { SK }) => SK === entryKey(6).SK);
    for (let after = 0; after < 5; after++) {
      for (let limit = 1; limit <= END + 1; limit++) {
        const page = await outcome(tables, { after, limit });
        const isWhole = after + limit <= 5;
        expect(page, `${limit} behind ${after}`).toMatchObject(
          isWhole ? { events: { length: limit }, position: after + limit } : { code: 'damaged-log', position: 6 },
        );
        expect(page).not.toHaveProperty('head');
      }
    }
  });

  test('has a hole, and what is before it can be read in smaller pages', async () => {
    const tables = await without(await threeEntries(), (_, { SK }) => SK === entryKey(6).SK);
    expect(await outcome(tables, { limit: 1 })).toMatchObject({ events: [{ position: 1 }] });
  });

  test('lacks a commit, which is named', async () => {
    const lost = commitKey('Order-2', 1);
    const tables = await without(await threeEntries(), (_, { PK, SK }) => PK === lost.PK && SK === lost.SK);
    const error = await outcome(tables, {});
    expect(error).toBeInstanceOf(MissingCommit);
    expect(error).toMatchObject({ streamId: 'Order-2', version: 1 });
    // Who does not want it does not miss it.
    expect(await outcome(tables, { category: 'Cart' })).toMatchObject({ position: END });
    expect(await outcome(tables, { limit: 6 })).toMatchObject({ position: 6 });
  });

  test.each([1, 3])('says %i events of a commit that has another number', async (count) => {
    const tables = memoryTables();
    await createEventStore({ tables }).append('Order-1', typed('Placed', 'Paid'));
    const types = ['Placed', 'Paid'].slice(0, count);
    await putEntries(tables, [[{ streamId: 'Order-1', version: 1, count, types }]]);
    const error = await outcome(tables, {});
    expect(error).toBeInstanceOf(DamagedLog);
    expect(error).toMatchObject({ position: 1, message: expect.stringContaining('Order-1 at version 1') });
  });

  test('has an item of another form, which is named', async () => {
    const tables = memoryTables();
    const item = encodeEntry(
      entryAfter({ position: 0, hash: '' }, [{ streamId: 'Order-1', version: 1, count: 1, types: ['Placed'] }]),
    );
    await tables.put({ table: 'log', item: { ...item, format: 99 } });
    const error = await outcome(tables, {});
    expect(error).toBeInstanceOf(UnreadableItem);
    expect(error).toMatchObject({ sortKey: entryKey(1).SK });
  });

  test('has commits that cannot be read, whose item is named', async () => {
    const whole = await threeEntries();
    const broken = await without(
      whole,
      (table, item) => table === 'events' && decodeCommitHead(item).streamId === 'Cart-1',
    );
    await broken.put({ table: 'events', item: { ...commitKey('Cart-1', 1), format: 1 } });
    expect(await outcome(broken, {})).toBeInstanceOf(UnreadableItem);
  });
});

describe('options that are not right', () => {
  const cases: [string, unknown][] = [
    ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null].map((after): [string, unknown] => [
      'after',
      { after },
    ]),
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null].map((limit): [string, unknown] => [
      'limit',
      { limit },
    ]),
    ...['', 'Order-1', 'Order-', '-', 'Or\u0000der', '\ud800', 'x'.repeat(257), 1, null].map(
      (category): [string, unknown] => ['category', { category }],
    ),
    ...[[], 'Placed', null, 1, {}].map((types): [string, unknown] => ['types', { types }]),
    ['types[0]', { types: [''] }],
    ['types[1]', { types: ['Placed', 1] }],
    ['types[2]', { types: ['Placed', 'Paid', 'x'.repeat(129)] }],
  ];

  test.each(cases)('%s, case %#', async (path, options) => {
    const { tables, reads } = watched(memoryTables());
    const error = await createEventStore({ tables })
      .log(options as LogOptions)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidArgument);
    expect(error).toMatchObject({ issues: [{ path }] });
    expect(reads()).toEqual([]);
  });

  test('are named all at once', async () => {
    const options = { after: -1, limit: 0, category: 'Order-1', types: ['', 'Placed', ''] };
    await expect(createEventStore({ tables: memoryTables() }).log(options)).rejects.toMatchObject({
      issues: ['after', 'limit', 'category', 'types[0]', 'types[2]'].map((path) => ({ path })),
    });
  });
});

describe('a reader', () => {
  test('answers calls one after the other, and refuses a limit that is none', async () => {
    const tables = await threeEntries();
    const reader = createEventStore({ tables }).logReader();
    const pages = await Promise.all([reader.next(2), reader.next(2)]);
    expect(pages.map(({ events }) => events.map(({ position }) => position))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(reader.next(limit)).rejects.toMatchObject({ code: 'invalid-argument', issues: [{ path: 'limit' }] });
    }
    await expect(createEventStore({ tables }).log({ limit: Number.MAX_SAFE_INTEGER })).resolves.toMatchObject({
      head: END,
    });
  });

  test('reads a log in which a commit stands twice as it is: what is wrong is for verify to say', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    await store.append('Order-1', numbered(2));
    const commit = { streamId: 'Order-1', version: 1, count: 2, types: ['Counted'] };
    const first = entryAfter(EMPTY_LOG, [commit, commit]);
    await tables.put({ table: 'log', item: encodeEntry(first) });
    expect((await store.log()).events.map(({ position, version }) => [position, version])).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 2],
    ]);
  });
});
