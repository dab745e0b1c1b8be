import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ItemKey } from '../../lib/events/item.ts';
import { memoryTables, Throttled } from '../../lib/index.ts';
import {
  BATCH_GET_ITEMS_MAX,
  REMOVE_ITEMS_MAX,
  UNPROCESSED_ATTEMPTS_MAX,
  UNPROCESSED_MS_MAX,
  UNPROCESSED_MS_MIN,
} from '../../lib/tables/bounds.ts';
import { getAll, queryAll, removeAll, scanAll } from '../../lib/tables/read-all.ts';
import { logSeed, seed } from '../seed.ts';
import { withCalls } from '../support/faulty-tables.ts';

logSeed();

function key(index: number): ItemKey {
  return { PK: `P#${index}`, SK: 'S' };
}

/** Tables with so many items, that leave keys unprocessed; which requests were made, and how long was waited. */
async function tablesWith(items: number, unprocessed: (keys: number) => number = () => 0) {
  const requests: (readonly ItemKey[])[] = [];
  const waits: number[] = [];
  const stored = memoryTables({ unprocessed });
  for (let index = 0; index < items; index++) {
    await stored.put({ table: 'events', item: { ...key(index), index } });
  }
  let underWay = 0;
  const most = { underWay: 0 };
  const tables = withCalls(stored, {
    batchGet: async (table, keys, consistency) => {
      requests.push(keys);
      underWay += 1;
      most.underWay = Math.max(most.underWay, underWay);
      const answer = await stored.batchGet(table, keys, consistency);
      underWay -= 1;
      return answer;
    },
  });
  const delay = async (ms: number) => {
    waits.push(ms);
  };
  return { context: { tables, delay, random: () => 0.5 }, requests, waits, most };
}

function keys(count: number): ItemKey[] {
  return Array.from({ length: count }, (_, index) => key(index));
}

test('no keys are no request', async () => {
  const { context, requests } = await tablesWith(3);
  expect(await getAll(context, 'events', [], 'strong')).toEqual([]);
  expect(requests).toEqual([]);
});

test.each([1, 100, 101, 250, 1_001])(
  '%i keys are a request for each started hundred, four at a time',
  async (count) => {
    const { context, requests, waits, most } = await tablesWith(count);
    const items = await getAll(context, 'events', keys(count), 'eventual');
    expect(items.map(({ index }) => index).toSorted((one, other) => Number(one) - Number(other))).toEqual([
      ...keys(count).keys(),
    ]);
    expect(requests).toHaveLength(Math.ceil(count / BATCH_GET_ITEMS_MAX));
    expect(requests.flat()).toEqual(keys(count));
    expect(most.underWay).toBe(Math.min(4, requests.length));
    expect(waits).toEqual([]);
  },
);

test('what is not there is left out', async () => {
  const { context } = await tablesWith(120);
  const asked = Array.from({ length: 240 }, (_, index) => key(index * 2));
  expect(await getAll(context, 'events', asked, 'strong')).toHaveLength(60);
});

test('unprocessed keys are asked for again, each item comes once, and nobody waits as long as it gets on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 230 }), fc.infiniteStream(fc.nat(120)), async (count, chances) => {
      const { context, requests, waits } = await tablesWith(count, (asked) =>
        Math.min(asked - 1, chances.next().value ?? 0),
      );
      const items = await getAll(context, 'events', keys(count), 'eventual');
      expect(items.map(({ PK }) => PK).toSorted()).toEqual(
        keys(count)
          .map(({ PK }) => PK)
          .toSorted(),
      );
      expect(requests.length).toBeGreaterThanOrEqual(Math.ceil(count / BATCH_GET_ITEMS_MAX));
      expect(waits).toEqual([]);
    }),
    { seed, numRuns: 60 },
  );
});

test('more than 16 MB are read by as many requests as it takes', async () => {
  const { context, requests, waits } = await tablesWith(0);
  for (let index = 0; index < 60; index++) {
    await context.tables.put({ table: 'events', item: { ...key(index), data: 'x'.repeat(390_000) } });
  }
  expect(await getAll(context, 'events', keys(60), 'eventual')).toHaveLength(60);
  expect(requests).toHaveLength(2);
  expect(waits).toEqual([]);
});

test('where nothing is processed it waits, longer each time, and goes on once something is', async () => {
  let idle = UNPROCESSED_ATTEMPTS_MAX - 1;
  const { context, requests, waits } = await tablesWith(5, (asked) => (idle-- > 0 ? asked : 0));
  expect(await getAll(context, 'events', keys(5), 'eventual')).toHaveLength(5);
  expect(requests).toHaveLength(UNPROCESSED_ATTEMPTS_MAX);
  expect(waits).toEqual(
    Array.from({ length: UNPROCESSED_ATTEMPTS_MAX - 1 }, (_, index) =>
      Math.min(0.5 * UNPROCESSED_MS_MAX, 0.5 * UNPROCESSED_MS_MIN * 2 ** index),
    ),
  );
});

test('the bound counts requests in a row that got nothing, not those that got something', async () => {
  let requests = 0;
  // Of every nine one gets one key.
  const { context } = await tablesWith(4, (asked) => (++requests % 9 === 0 ? asked - 1 : asked));
  expect(await getAll(context, 'events', keys(4), 'eventual')).toHaveLength(4);
  expect(requests).toBe(36);
});

test('where nothing is ever processed it gives up, without a wait that nothing follows', async () => {
  const { context, requests, waits } = await tablesWith(5, (asked) => asked);
  await expect(getAll(context, 'events', keys(5), 'eventual')).rejects.toThrow(Throttled);
  expect(requests).toHaveLength(UNPROCESSED_ATTEMPTS_MAX);
  expect(waits).toHaveLength(UNPROCESSED_ATTEMPTS_MAX - 1);
});

/** Tables with so many items, that leave keys of removals unprocessed, and what is left in them. */
async function removingFrom(items: number, unprocessed: (keys: number) => number = () => 0) {
  const requests: number[] = [];
  const waits: number[] = [];
  const stored = memoryTables({ unprocessed });
  for (const one of keys(items)) {
    await stored.put({ table: 'state', item: { ...one } });
  }
  let underWay = 0;
  const most = { underWay: 0 };
  const tables = withCalls(stored, {
    remove: async (table, removed) => {
      requests.push(removed.length);
      underWay += 1;
      most.underWay = Math.max(most.underWay, underWay);
      const answer = await stored.remove(table, removed);
      underWay -= 1;
      return answer;
    },
  });
  const delay = async (ms: number) => {
    waits.push(ms);
  };
  const left = async () => (await stored.scan('state', { consistency: 'strong' })).items;
  return { context: { tables, delay, random: () => 0.5 }, requests, waits, most, left };
}

test.each([0, 1, 25, 26, 110])(
  '%i items are removed by a request for each started 25, four at a time',
  async (count) => {
    const { context, requests, waits, most, left } = await removingFrom(count + 1);
    await removeAll(context, 'state', keys(count));
    expect(await left()).toEqual([key(count)]);
    expect(requests).toHaveLength(Math.ceil(count / REMOVE_ITEMS_MAX));
    expect(most.underWay).toBe(Math.min(4, requests.length));
    expect(waits).toEqual([]);
  },
);

test('what a removal leaves unprocessed is removed by the next', async () => {
  const { context, requests, waits, left } = await removingFrom(30, (asked) => Math.floor(asked / 2));
  await removeAll(context, 'state', keys(30));
  expect(await left()).toEqual([]);
  expect(requests.toSorted((one, other) => other - one)).toEqual([25, 12, 6, 5, 3, 2, 1, 1]);
  expect(waits).toEqual([]);
});

test('a removal that gets nowhere waits, and gives up as reading does', async () => {
  const { context, requests, waits, left } = await removingFrom(3, (asked) => asked);
  await expect(removeAll(context, 'state', keys(3))).rejects.toThrow(Throttled);
  expect(await left()).toEqual(keys(3));
  expect(requests).toHaveLength(UNPROCESSED_ATTEMPTS_MAX);
  expect(waits).toHaveLength(UNPROCESSED_ATTEMPTS_MAX - 1);
});

test('a range and a table are read to their end, page by page', async () => {
  const stored = memoryTables();
  for (let index = 0; index < 25; index++) {
    const item = { PK: 'P', SK: String(index).padStart(2, '0'), index };
    await stored.put({ table: 'events', item });
  }
  const seen: unknown[] = [];
  const range = { partition: 'P', from: '02' };
  for await (const { index } of queryAll(stored, 'events', range, {
    direction: 'forward',
    consistency: 'strong',
    limit: 4,
  })) {
    seen.push(index);
  }
  expect(seen).toEqual(Array.from({ length: 23 }, (_, index) => index + 2));
  const pages: number[] = [];
  for await (const { items } of scanAll(stored, 'events', { consistency: 'strong', limit: 10 })) {
    pages.push(items.length);
  }
  expect(pages).toEqual([10, 10, 5]);
});
