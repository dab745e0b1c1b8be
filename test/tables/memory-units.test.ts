/** What requests to tables in memory cost, by the rules that AWS publishes. */
import { describe, expect, test } from 'vitest';
import { type Item, itemSizeBytes } from '../../lib/events/item.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { memoryTables } from '../../lib/tables/memory-tables.ts';
import type { ConditionalPut, ScanOptions, TableRequest, Tables } from '../../lib/tables/tables.ts';
import { itemOfSize, putAll } from '../../lib/testing/tables-contract/items.ts';

const PK = 'P';

describe('the observer is told of each request and of the units that AWS would charge', () => {
  const KB = 1024;

  async function unitsOf(
    call: (tables: Tables) => Promise<unknown>,
    items: readonly Item[] = [],
    table: Table = 'events',
  ): Promise<TableRequest[]> {
    const requests: TableRequest[] = [];
    const tables = memoryTables({ observer: (request) => requests.push(request) });
    await putAll(tables, items, table);
    requests.length = 0;
    await call(tables);
    return requests;
  }

  const item = (bytes: number, SK = 'a') => itemOfSize({ PK, SK }, bytes);
  const read = (operation: TableRequest['operation'], readUnits: number) => [{ operation, readUnits, writeUnits: 0 }];
  const written = (operation: TableRequest['operation'], writeUnits: number) => [
    { operation, readUnits: 0, writeUnits },
  ];

  test.each([
    [1, 4 * KB],
    [2, 4 * KB + 1],
    [100, 400 * KB],
  ])('a get costs %d units for %d bytes, and half of it where it is eventual', async (units, bytes) => {
    const key = { PK, SK: 'a' };
    expect(await unitsOf((tables) => tables.get('events', key, 'strong'), [item(bytes)])).toEqual(read('get', units));
    expect(await unitsOf((tables) => tables.get('events', key, 'eventual'), [item(bytes)])).toEqual(
      read('get', units / 2),
    );
  });

  test('a read of nothing costs the least there is', async () => {
    const key = { PK, SK: 'a' };
    const query = { direction: 'forward' } as const;
    expect(await unitsOf((tables) => tables.get('events', key, 'strong'))).toEqual(read('get', 1));
    expect(await unitsOf((tables) => tables.batchGet('events', [key], 'eventual'))).toEqual(read('batchGet', 0.5));
    expect(
      await unitsOf((tables) => tables.query('events', { partition: PK }, { ...query, consistency: 'eventual' })),
    ).toEqual(read('query', 0.5));
  });

  test('a query costs its items added up, whichever attributes are asked for; a batch costs each by itself', async () => {
    const items = Array.from({ length: 10 }, (_, index) => item(1_000, String(index)));
    const query = { consistency: 'strong', direction: 'forward', attributes: [] } as const;
    expect(await unitsOf((tables) => tables.query('events', { partition: PK }, query), items)).toEqual(
      read('query', 3),
    );
    expect(await unitsOf((tables) => tables.query('events', { partition: PK }, { ...query, limit: 4 }), items)).toEqual(
      read('query', 1),
    );
    expect(await unitsOf((tables) => tables.batchGet('events', items, 'strong'), items)).toEqual(read('batchGet', 10));
    expect(await unitsOf((tables) => tables.batchGet('events', items, 'eventual'), items)).toEqual(read('batchGet', 5));
  });

  test('a scan costs the items of all partitions added up, whichever attributes are asked for', async () => {
    const items = Array.from({ length: 10 }, (_, index) => itemOfSize({ PK: `P${index}`, SK: 'a' }, 1_000));
    const scanning = (options: ScanOptions) => unitsOf((tables) => tables.scan('events', options), items);
    expect(await scanning({ consistency: 'strong', attributes: [] })).toEqual(read('scan', 3));
    expect(await scanning({ consistency: 'eventual' })).toEqual(read('scan', 1.5));
    expect(await scanning({ consistency: 'strong', limit: 4 })).toEqual(read('scan', 1));
    expect(await unitsOf((tables) => tables.scan('events', { consistency: 'eventual' }))).toEqual(read('scan', 0.5));
  });

  test('keys that are left unprocessed cost nothing', async () => {
    const requests: TableRequest[] = [];
    const tables = memoryTables({ unprocessed: () => 7, observer: (request) => requests.push(request) });
    const keys = Array.from({ length: 10 }, (_, index) => ({ PK, SK: String(index) }));
    await tables.batchGet('events', keys, 'strong');
    expect(requests.at(-1)).toEqual({ operation: 'batchGet', readUnits: 3, writeUnits: 0 });
  });

  test.each([
    [1, KB],
    [2, KB + 1],
    [400, 400 * KB],
  ])(
    'a put costs %d units for %d bytes; one that is refused costs the larger of the two items',
    async (units, bytes) => {
      const put = (tables: Tables) => tables.put({ table: 'events', item: item(bytes) });
      expect(await unitsOf(put)).toEqual(written('put', units));
      expect(await unitsOf(put, [item(100)])).toEqual(written('put', units));
      expect(await unitsOf((tables) => tables.put({ table: 'events', item: item(100) }), [item(bytes)])).toEqual(
        written('put', units),
      );
    },
  );

  test.each([
    ['larger', 500, 3_500],
    ['smaller', 3_500, 500],
  ])('a put over a %s item costs the larger of the two, and twice that in a transaction', async (_, bytes, there) => {
    const key = { PK, SK: 'a', mark: 1 };
    const padded = (size: number): Item => ({ ...key, pad: 'x'.repeat(size - itemSizeBytes({ ...key, pad: '' })) });
    const costs = async (below: number, inTransaction: boolean) => {
      const put: ConditionalPut = { table: 'state', item: padded(bytes), over: { attribute: 'mark', below } };
      const write = (tables: Tables) => (inTransaction ? tables.transact([put]) : tables.put(put));
      return unitsOf(write, [padded(there)], 'state');
    };
    for (const below of [1, 2]) {
      expect(await costs(below, false)).toEqual(written('put', 4));
      expect(await costs(below, true)).toEqual(written('transact', 8));
    }
  });

  test('a transaction costs twice its puts, also where it is cancelled', async () => {
    const transact = (tables: Tables) =>
      tables.transact([
        { table: 'events', item: item(KB) },
        { table: 'state', item: item(KB + 1) },
      ]);
    expect(await unitsOf(transact)).toEqual(written('transact', 2 + 4));
    expect(await unitsOf(transact, [item(100)])).toEqual(written('transact', 2 + 4));
  });

  test('a removal costs each item that was there, and the least there is for one that was not', async () => {
    const items = [item(100, 'a'), item(KB, 'b'), item(KB + 1, 'c'), item(400 * KB, 'd')];
    const removing = (...keys: string[]) =>
      unitsOf(
        (tables) =>
          tables.remove(
            'state',
            keys.map((SK) => ({ PK, SK })),
          ),
        items,
        'state',
      );
    expect(await removing('a')).toEqual(written('remove', 1));
    expect(await removing('b')).toEqual(written('remove', 1));
    expect(await removing('c')).toEqual(written('remove', 2));
    expect(await removing('d')).toEqual(written('remove', 400));
    expect(await removing('missing')).toEqual(written('remove', 1));
    expect(await removing('a', 'c', 'missing', 'd')).toEqual(written('remove', 1 + 2 + 1 + 400));
  });

  test('what is removed no longer costs, and keys that a removal leaves unprocessed cost nothing', async () => {
    const requests: TableRequest[] = [];
    const tables = memoryTables({
      lag: () => 0,
      unprocessed: () => 1,
      observer: (request) => requests.push(request),
    });
    const items = [item(3 * KB, 'a'), item(5 * KB, 'b')];
    await putAll(tables, items, 'state');
    requests.length = 0;
    await tables.remove('state', items);
    await tables.remove('state', items);
    expect(requests).toEqual([...written('remove', 3), ...written('remove', 1)]);
  });

  test('a put over any item costs the larger of the two', async () => {
    for (const [bytes, there] of [
      [500, 3_500],
      [3_500, 500],
    ] as const) {
      const put = (tables: Tables) => tables.put({ table: 'state', item: item(bytes), over: 'any' });
      expect(await unitsOf(put, [item(there)], 'state')).toEqual(written('put', 4));
    }
  });
});
