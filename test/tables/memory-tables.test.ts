/** Tables in memory: what all tables promise, and what they do on demand as DynamoDB may: lag, and leave keys out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Item, ItemKey } from '../../lib/events/item.ts';
import { type MemoryTablesOptions, memoryTables } from '../../lib/tables/memory-tables.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { tablesContract } from '../../lib/testing/index.ts';
import { putAll, sortKeys } from '../../lib/testing/tables-contract/items.ts';
import { anyItemComesBack } from '../contracts/any-item.ts';
import { runContract } from '../contracts/run-contract.ts';
import { logSeed, seed } from '../seed.ts';

logSeed();

runContract(
  'tables in memory',
  tablesContract(() => memoryTables()),
);
anyItemComesBack(() => memoryTables());

const PK = 'P';

/** Items with the sort keys 0, 1, 2 …, each put by one write. */
async function filled(count: number, options: MemoryTablesOptions): Promise<Tables> {
  const tables = memoryTables(options);
  await putAll(tables, itemsOf(count));
  return tables;
}

function itemsOf(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ PK, SK: String(index) }));
}

/** The sort keys that each kind of read sees. */
async function seenBy(tables: Tables, consistency: 'strong' | 'eventual', keys: readonly ItemKey[]) {
  const one = await Promise.all(keys.map(({ SK }) => tables.get('events', { PK, SK }, consistency)));
  const page = await tables.query('events', { partition: PK }, { consistency, direction: 'forward' });
  const batch = await tables.batchGet('events', keys, consistency);
  return {
    get: sortKeys(one.filter((item) => item !== undefined)),
    query: sortKeys(page.items),
    batchGet: sortKeys(batch.items).toSorted(),
  };
}

const sameInAll = (keys: readonly string[]) => ({ get: keys, query: keys, batchGet: keys });

describe('lag', () => {
  test('without it every read sees every write', async () => {
    const tables = await filled(5, {});
    expect(await seenBy(tables, 'eventual', itemsOf(5))).toEqual(sameInAll(['0', '1', '2', '3', '4']));
  });

  test('hides the last writes from eventually consistent reads, and from no others', async () => {
    const tables = await filled(5, { lag: () => 2 });
    expect(await seenBy(tables, 'eventual', itemsOf(5))).toEqual(sameInAll(['0', '1', '2']));
    expect(await seenBy(tables, 'strong', itemsOf(5))).toEqual(sameInAll(['0', '1', '2', '3', '4']));
  });

  test('may hide everything, and ends as writes go on', async () => {
    const tables = await filled(3, { lag: (writes) => (writes < 5 ? writes : 1) });
    expect(await seenBy(tables, 'eventual', itemsOf(3))).toEqual(sameInAll([]));
    await tables.put({ table: 'log', item: { PK, SK: 'elsewhere' } });
    await tables.put({ table: 'log', item: { PK, SK: 'elsewhere again' } });
    expect(await seenBy(tables, 'eventual', itemsOf(3))).toEqual(sameInAll(['0', '1', '2']));
  });

  test('is asked for each item, so that one read may lack an item between two others', async () => {
    const lags = [0, 4, 0, 4, 0];
    const asked: number[] = [];
    const tables = await filled(5, {
      lag: (writes) => {
        asked.push(writes);
        return lags[(asked.length - 1) % 5] ?? 0;
      },
    });
    const page = await tables.query('events', { partition: PK }, { consistency: 'eventual', direction: 'forward' });
    expect(sortKeys(page.items)).toEqual(['0', '2', '4']);
    expect(asked).toEqual([5, 5, 5, 5, 5]);
  });

  test('leaves items of one transaction together', async () => {
    const tables = memoryTables({ lag: () => 1 });
    await tables.transact(itemsOf(3).map((item) => ({ table: 'events', item })));
    expect(await seenBy(tables, 'eventual', itemsOf(3))).toEqual(sameInAll([]));
    await tables.put({ table: 'log', item: { PK, SK: 'elsewhere' } });
    expect(await seenBy(tables, 'eventual', itemsOf(3))).toEqual(sameInAll(['0', '1', '2']));
  });

  test('counts a transaction as one write', async () => {
    const asked: number[] = [];
    const tables = await filled(1, {
      lag: (writes) => {
        asked.push(writes);
        return 0;
      },
    });
    await tables.transact([1, 2, 3].map((index) => ({ table: 'log', item: { PK, SK: String(index) } })));
    await tables.get('events', { PK, SK: '0' }, 'eventual');
    expect(asked).toEqual([2]);
  });

  test('does not change what a condition sees', async () => {
    const [item] = itemsOf(1);
    expect.assert(item !== undefined);
    const tables = await filled(1, { lag: (writes) => writes });
    expect(await tables.put({ table: 'events', item })).toEqual({ outcome: 'occupied', found: item });
    expect(await tables.transact([{ table: 'events', item }])).toMatchObject({ outcome: 'cancelled' });
  });

  test('fills a page to its limit with what is seen, and goes on behind it', async () => {
    const hidden = new Set([1, 2, 4]);
    let read = -1;
    const tables = await filled(6, {
      lag: () => {
        read += 1;
        return hidden.has(read) ? 6 : 0;
      },
    });
    const options = { consistency: 'eventual', direction: 'forward', limit: 2 } as const;
    const first = await tables.query('events', { partition: PK }, options);
    expect([sortKeys(first.items), first.resumeAfter]).toEqual([['0', '3'], '3']);
  });

  test('of any amount shows a state that has been: what was written long enough before, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.nat(15), async (count, lag) => {
        const tables = await filled(count, { lag: () => lag });
        const expected = sortKeys(itemsOf(Math.max(0, count - lag))).toSorted();
        const seen = await seenBy(tables, 'eventual', itemsOf(count));
        expect(seen.query).toEqual(expected);
        expect(seen.batchGet).toEqual(expected);
        expect(seen.get.toSorted()).toEqual(expected);
      }),
      { seed, numRuns: 100 },
    );
  });
});

describe('a scan', () => {
  test('that goes on meets what was added behind the place that it had come to', async () => {
    const tables = memoryTables();
    await putAll(tables, [
      { PK: 'P', SK: 'b' },
      { PK: 'Q', SK: 'a' },
    ]);
    const { resumeAfter } = await tables.scan('events', { consistency: 'strong', limit: 1 });
    expect.assert(resumeAfter !== undefined);
    await putAll(tables, [
      { PK: 'P', SK: 'a' },
      { PK: 'P', SK: 'c' },
      { PK: 'O', SK: 'a' },
    ]);
    const { items } = await tables.scan('events', { consistency: 'strong', after: resumeAfter });
    expect(items.map(({ PK: partition, SK }) => partition + SK)).toEqual(['Pc', 'Qa', 'Oa']);
  });

  test('does not go on after a partition that never was', async () => {
    const tables = await filled(3, {});
    const scan = tables.scan('events', { consistency: 'strong', after: { PK: 'Q', SK: 'a' } });
    await expect(scan).rejects.toThrow('cannot go on after the partition Q');
  });
});

describe('unprocessed keys', () => {
  test('are as many as asked for, and every key is in one of the lists', async () => {
    const asked: number[] = [];
    const tables = await filled(5, {
      unprocessed: (keys) => {
        asked.push(keys);
        return Math.floor(keys / 2);
      },
    });
    const found: string[] = [];
    let keys: readonly ItemKey[] = itemsOf(5);
    while (keys.length > 0) {
      const answer = await tables.batchGet('events', keys, 'strong');
      found.push(...sortKeys(answer.items));
      expect(answer.items.length + answer.unprocessed.length).toBe(keys.length);
      keys = answer.unprocessed;
    }
    expect(found.toSorted()).toEqual(['0', '1', '2', '3', '4']);
    expect(asked).toEqual([5, 2, 1]);
  });

  test('may be all of them', async () => {
    const tables = await filled(2, { unprocessed: (keys) => keys });
    expect(await tables.batchGet('events', itemsOf(2), 'strong')).toEqual({ items: [], unprocessed: itemsOf(2) });
  });

  test('of a removal are not removed', async () => {
    const asked: number[] = [];
    const tables = memoryTables({
      unprocessed: (keys) => {
        asked.push(keys);
        return 2;
      },
    });
    await putAll(tables, itemsOf(5), 'state');
    expect(await tables.remove('state', itemsOf(5))).toEqual({ unprocessed: itemsOf(5).slice(3) });
    const page = await tables.query('state', { partition: PK }, { consistency: 'strong', direction: 'forward' });
    expect(sortKeys(page.items)).toEqual(['3', '4']);
    expect(asked).toEqual([5]);
  });
});

test('what is kept is as large as the item, not as the buffer that its bytes are a part of', async () => {
  const tables = memoryTables();
  const bytes = Buffer.alloc(1_000_000).subarray(0, 32);
  await tables.put({ table: 'events', item: { PK, SK: 'a', bytes, list: [{ bytes }] } });
  const item = await tables.get('events', { PK, SK: 'a' }, 'strong');
  expect(item).toEqual({ PK, SK: 'a', bytes: new Uint8Array(32), list: [{ bytes: new Uint8Array(32) }] });
  expect(buffersOf(item)).toEqual([32, 32]);
});

/** The sizes of all buffers that a value holds on to. */
function buffersOf(value: unknown): number[] {
  if (value instanceof Uint8Array) {
    return [value.buffer.byteLength];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}
