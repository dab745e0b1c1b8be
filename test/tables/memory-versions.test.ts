/** Tables in memory whose eventually consistent reads lag behind puts that replace items: they see what was there before. */
import { describe, expect, test } from 'vitest';
import type { Item } from '../../lib/events/item.ts';
import { type MemoryTablesOptions, memoryTables } from '../../lib/tables/memory-tables.ts';
import type { ConditionalPut, Consistency, Tables } from '../../lib/tables/tables.ts';
import { putAll } from '../../lib/testing/tables-contract/items.ts';

const PK = 'P';

describe('lag behind puts over an item', () => {
  const keys = ['a', 'b', 'c'].map((SK) => ({ PK, SK }));

  /** The mark of each item, as each kind of read sees it. */
  async function marksSeen(tables: Tables, consistency: Consistency) {
    const marks = (items: readonly Item[]) => Object.fromEntries(items.map(({ SK, ['mark']: mark }) => [SK, mark]));
    const one = await Promise.all(keys.map((key) => tables.get('state', key, consistency)));
    const page = await tables.query('state', { partition: PK }, { consistency, direction: 'backward' });
    const batch = await tables.batchGet('state', keys, consistency);
    const scanned = await tables.scan('state', { consistency });
    return [one.filter((item) => item !== undefined), page.items, batch.items, scanned.items].map(marks);
  }

  const sameInAllReads = (marks: Record<string, number>) => [marks, marks, marks, marks];

  /** Puts a, b and c with the mark 1, then b with 2, a and c together with 2, and b with 3: by six writes. */
  async function moved(options: MemoryTablesOptions): Promise<Tables> {
    const tables = memoryTables(options);
    await putAll(
      tables,
      keys.map((key) => ({ ...key, mark: 1 })),
      'state',
    );
    const over = (SK: string, mark: number): ConditionalPut => ({
      table: 'state',
      item: { PK, SK, mark },
      over: { attribute: 'mark', below: mark },
    });
    await tables.put(over('b', 2));
    await tables.transact([over('a', 2), over('c', 2)]);
    await tables.put(over('b', 3));
    return tables;
  }

  test.each<[number, Record<string, number>]>([
    [0, { a: 2, b: 3, c: 2 }],
    [1, { a: 2, b: 2, c: 2 }],
    [2, { a: 1, b: 2, c: 1 }],
    [3, { a: 1, b: 1, c: 1 }],
    [4, { a: 1, b: 1 }],
    [5, { a: 1 }],
    [6, {}],
  ])('of %d writes shows the items as they were then, to eventually consistent reads alone', async (lag, marks) => {
    const tables = await moved({ lag: () => lag });
    expect(await marksSeen(tables, 'eventual')).toEqual(sameInAllReads(marks));
    expect(await marksSeen(tables, 'strong')).toEqual(sameInAllReads({ a: 2, b: 3, c: 2 }));
  });

  test('is asked once for each item, whichever version it shows', async () => {
    let asked = 0;
    const tables = await moved({
      lag: () => {
        asked += 1;
        return 3;
      },
    });
    await tables.scan('state', { consistency: 'eventual' });
    expect(asked).toBe(3);
  });

  test('does not change what a condition sees', async () => {
    const tables = await moved({ lag: (writes) => writes });
    const item = { PK, SK: 'b', mark: 4 };
    const found = { PK, SK: 'b', mark: 3 };
    const refused = { table: 'state', item, over: { attribute: 'mark', is: 1 } } as const;
    expect(await tables.put(refused)).toEqual({ outcome: 'occupied', found });
    expect(await tables.put({ ...refused, over: { attribute: 'mark', is: 3 } })).toEqual({ outcome: 'written' });
  });

  test('is none where none is asked for', async () => {
    const tables = await moved({});
    expect(await marksSeen(tables, 'eventual')).toEqual(sameInAllReads({ a: 2, b: 3, c: 2 }));
  });
});

test('a read that lags still sees what was removed, and then what was put again', async () => {
  let lag = 0;
  const tables = memoryTables({ lag: () => lag });
  const key = { PK: 'A', SK: 'a' };
  await tables.put({ table: 'state', item: { ...key, mark: 1 } });
  await tables.remove('state', [key]);
  await tables.put({ table: 'state', item: { ...key, mark: 2 } });
  const seen = [];
  for (lag = 0; lag <= 3; lag++) {
    const { items } = await tables.query(
      'state',
      { partition: 'A' },
      { consistency: 'eventual', direction: 'forward' },
    );
    seen.push([(await tables.get('state', key, 'eventual'))?.['mark'], items.length]);
  }
  expect(seen).toEqual([
    [2, 1],
    [undefined, 0],
    [1, 1],
    [undefined, 0],
  ]);
  expect(await tables.get('state', key, 'strong')).toMatchObject({ mark: 2 });
});

test('what was removed is seen by every read that lags, by no other, and is no end to any of them', async () => {
  const tables = memoryTables({ lag: () => 1 });
  const keys = ['a', 'b', 'c'].map((SK) => ({ PK, SK }));
  await putAll(tables, keys, 'state');
  await tables.remove('state', keys.slice(0, 2));
  const seen = async (consistency: Consistency) => {
    const page = await tables.query('state', { partition: PK }, { consistency, direction: 'forward' });
    const limited = await tables.query('state', { partition: PK }, { consistency, direction: 'forward', limit: 1 });
    const batch = await tables.batchGet('state', keys, consistency);
    const scanned = await tables.scan('state', { consistency });
    const resumed = await tables.scan('state', { consistency, after: { PK, SK: 'a' } });
    return [page, limited, batch, scanned, resumed].map(({ items }) => items.map(({ SK }) => SK).join(''));
  };
  expect(await seen('eventual')).toEqual(['abc', 'a', 'abc', 'abc', 'bc']);
  expect(await seen('strong')).toEqual(['c', 'c', 'c', 'c', 'c']);
  await tables.put({ table: 'log', item: { PK, SK: 'elsewhere' } });
  expect(await seen('eventual')).toEqual(['c', 'c', 'c', 'c', 'c']);
});
