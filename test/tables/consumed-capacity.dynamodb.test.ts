/**
 * Sizes and units as this code reckons them, against what DynamoDB reports that it consumed. Where DynamoDB Local differs
 * from the rules that AWS publishes, the test says so and holds both.
 */
import {
  BatchGetItemCommand,
  type ConsumedCapacity,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Item, type ItemKey, type ItemValue, itemSizeBytes } from '../../lib/events/item.ts';
import { toAttributes } from '../../lib/tables/attributes.ts';
import { getUnits, pageUnits, putUnits, removeUnits, transactionUnits } from '../../lib/tables/capacity.ts';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import type { Consistency, TableRequest } from '../../lib/tables/tables.ts';
import { itemOfSize, newPartition, putAll } from '../../lib/testing/tables-contract/items.ts';
import { logSeed, seed } from '../seed.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';

logSeed();

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

const TOTAL = { ReturnConsumedCapacity: 'TOTAL' } as const;
const CONSISTENCIES: readonly Consistency[] = ['strong', 'eventual'];

function total(consumed: ConsumedCapacity | readonly ConsumedCapacity[] | undefined): number {
  return [consumed ?? []].flat().reduce((units, { CapacityUnits = 0 }) => units + CapacityUnits, 0);
}

const keyOf = ({ PK, SK }: ItemKey) => ({ PK: { S: PK }, SK: { S: SK } });

async function consumedByPut(item: Item): Promise<number> {
  const put = {
    TableName: dynamoDb.names.events,
    Item: toAttributes(item),
    ConditionExpression: 'attribute_not_exists(PK)',
  };
  return total((await dynamoDb.client.send(new PutItemCommand({ ...put, ...TOTAL }))).ConsumedCapacity);
}

async function consumedByGet(key: ItemKey, consistency: Consistency): Promise<number> {
  const get = { TableName: dynamoDb.names.events, Key: keyOf(key), ConsistentRead: consistency === 'strong' };
  return total((await dynamoDb.client.send(new GetItemCommand({ ...get, ...TOTAL }))).ConsumedCapacity);
}

async function consumedByQuery(partition: string, consistency: Consistency): Promise<number> {
  const query = {
    TableName: dynamoDb.names.events,
    KeyConditionExpression: 'PK = :partition',
    ExpressionAttributeValues: { ':partition': { S: partition } },
    ConsistentRead: consistency === 'strong',
  };
  return total((await dynamoDb.client.send(new QueryCommand({ ...query, ...TOTAL }))).ConsumedCapacity);
}

async function consumedByBatchGet(keys: readonly ItemKey[], consistency: Consistency): Promise<number> {
  const batch = { Keys: keys.map(keyOf), ConsistentRead: consistency === 'strong' };
  const command = new BatchGetItemCommand({ RequestItems: { [dynamoDb.names.events]: batch }, ...TOTAL });
  return total((await dynamoDb.client.send(command)).ConsumedCapacity);
}

async function consumedByTransaction(items: readonly Item[]): Promise<number> {
  const puts = items.map((item) => ({ Put: { TableName: dynamoDb.names.events, Item: toAttributes(item) } }));
  const command = new TransactWriteItemsCommand({ TransactItems: puts, ...TOTAL });
  return total((await dynamoDb.client.send(command)).ConsumedCapacity);
}

/** An item that has so many bytes by our rules, one attribute of which is given. */
function paddedTo(bytes: number, held: ItemValue): Item {
  const item: Item = { PK: newPartition(), SK: 'a', held, pad: '' };
  return { ...item, pad: 'x'.repeat(bytes - itemSizeBytes(item)) };
}

/** Whether DynamoDB finds exactly the size that we do: at 1 KB it charges one unit, and at one byte more another. */
async function expectSameSize(held: ItemValue): Promise<void> {
  const units = [await consumedByPut(paddedTo(2048, held)), await consumedByPut(paddedTo(2049, held))];
  expect(units, `itemSizeBytes of ${JSON.stringify(held)}`).toEqual([2, 3]);
}

describe('DynamoDB finds the size that we do, to the byte', () => {
  test.each<[string, ItemValue]>([
    ['text of 1 to 4 bytes a character', 'aé漢😀'],
    ['bytes', new Uint8Array(100)],
    ['true', true],
    ['null', null],
    ['0', 0],
    ['1', 1],
    ['-1', -1],
    ['100', 100],
    ['120', 120],
    ['123', 123],
    ['12345', 12_345],
    ['-12345', -12_345],
    ['1.5', 1.5],
    ['12.3', 12.3],
    ['0.01', 0.01],
    ['0.001234', 0.001_234],
    ['the largest whole number', Number.MAX_SAFE_INTEGER],
    ['a number with all of its digits', 0.1 + 0.2],
    ['an empty list', []],
    ['a list', ['a', 1, true, null, new Uint8Array(3)]],
    ['lists in lists', [[], [[1], []]]],
    ['an empty map', {}],
    ['a map', { a: 1, bc: 'def', 漢: null }],
    [
      'a group of commits',
      [
        { streamId: 'Order-1', version: 1 },
        { streamId: 'Order-2', version: 120 },
      ],
    ],
  ])('%s', async (_, held) => {
    await expectSameSize(held);
  });

  test('any number', async () => {
    const number = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -100_000, max: 100_000 }),
      fc
        .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -30, max: 8 }))
        .map(([digits, exponent]) => Number(`${digits}e${exponent}`)),
    );
    await fc.assert(
      fc.asyncProperty(
        number.map((value) => (value === 0 ? 0 : value)),
        (value) => expectSameSize(value),
      ),
      { seed, numRuns: 100 },
    );
  });
});

describe('DynamoDB consumes the units that we reckon', () => {
  const KB = 1024;

  test.each([100, KB - 1, KB, KB + 1, 4 * KB, 4 * KB + 1, 8 * KB, 8 * KB + 1, 400 * KB])(
    'for %d bytes',
    async (bytes) => {
      const item = itemOfSize({ PK: newPartition(), SK: 'a' }, bytes);
      expect(await consumedByPut(item)).toBe(putUnits({ table: 'events', item }, undefined));
      for (const consistency of CONSISTENCIES) {
        expect(await consumedByGet(item, consistency)).toBe(getUnits(item, consistency));
        expect(await consumedByQuery(item.PK, consistency)).toBe(pageUnits([item], consistency));
        expect(await consumedByBatchGet([item], consistency)).toBe(getUnits(item, consistency));
      }
      const inTransaction = { ...item, PK: newPartition(), pad: `${item['pad']}` };
      expect(await consumedByTransaction([inTransaction])).toBe(
        transactionUnits([{ table: 'events', item: inTransaction }], []),
      );
    },
  );

  test('for several items: a query adds them up, a batch rounds each', async () => {
    const partition = newPartition();
    const items = [1_000, 2_000, 3_000, 4_096, 4_097, 50].map((bytes, index) =>
      itemOfSize({ PK: partition, SK: String(index) }, bytes),
    );
    await putAll(dynamoDbTables(dynamoDb.client, dynamoDb.names), items);
    for (const consistency of CONSISTENCIES) {
      expect(await consumedByQuery(partition, consistency)).toBe(pageUnits(items, consistency));
      const each = items.map((item) => getUnits(item, consistency));
      expect(await consumedByBatchGet(items, consistency)).toBe(each.reduce((sum, units) => sum + units));
    }
  });

  test('for a scan, which adds up the items of all partitions', async () => {
    const items = [1_000, 2_000, 3_000, 4_096, 4_097, 50].map((bytes) =>
      itemOfSize({ PK: newPartition(), SK: 'a' }, bytes),
    );
    const requests: TableRequest[] = [];
    const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names, (request) => requests.push(request));
    await putAll(tables, items, 'readModels');
    for (const consistency of CONSISTENCIES) {
      await tables.scan('readModels', { consistency, attributes: [] });
      expect(requests.at(-1)).toEqual({
        operation: 'scan',
        readUnits: pageUnits(items, consistency),
        writeUnits: 0,
      });
    }
  });

  test.each([
    [500, 3_500],
    [3_500, 500],
  ])('for a put of %d bytes over %d bytes: those of the larger', async (bytes, bytesThere) => {
    const key = { PK: newPartition(), SK: 'a' };
    const there = itemOfSize(key, bytesThere);
    const item = itemOfSize(key, bytes);
    await putAll(dynamoDbTables(dynamoDb.client, dynamoDb.names), [there], 'state');
    const put = { TableName: dynamoDb.names.state, Item: toAttributes(item) };
    const answer = await dynamoDb.client.send(new PutItemCommand({ ...put, ...TOTAL }));
    expect(total(answer.ConsumedCapacity)).toBe(putUnits({ table: 'state', item }, there));
  });

  test('for removals, each by the item that was there', async () => {
    const PK = newPartition();
    const items = [100, KB, KB + 1, 3_500].map((bytes, index) => itemOfSize({ PK, SK: String(index) }, bytes));
    const requests: TableRequest[] = [];
    const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names, (request) => requests.push(request));
    await putAll(tables, items, 'state');
    await tables.remove('state', items);
    const writeUnits = items.reduce((units, item) => units + removeUnits(item), 0);
    expect(requests.at(-1)).toEqual({ operation: 'remove', readUnits: 0, writeUnits });
  });

  test('for an item that is not there', async () => {
    const key = { PK: newPartition(), SK: 'a' };
    for (const consistency of CONSISTENCIES) {
      expect(await consumedByGet(key, consistency)).toBe(getUnits(undefined, consistency));
    }
  });
});

describe('where DynamoDB Local charges otherwise than AWS does by its published rules', () => {
  test('a missing item of a removal: two writes, where AWS charges one ("BatchWriteItem", API reference)', async () => {
    const requests: TableRequest[] = [];
    const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names, (request) => requests.push(request));
    await tables.remove('state', [{ PK: newPartition(), SK: 'a' }]);
    expect(requests).toEqual([{ operation: 'remove', readUnits: 0, writeUnits: 2 }]);
    expect(removeUnits(undefined)).toBe(1);
  });

  test('a query that finds nothing: nothing, where AWS charges the smallest read', async () => {
    expect(await consumedByQuery(newPartition(), 'strong')).toBe(0);
    expect(pageUnits([], 'strong')).toBe(1);
    expect(pageUnits([], 'eventual')).toBe(0.5);
  });

  test('a missing item of a batch: nothing, where AWS charges the smallest read', async () => {
    const keys = [
      { PK: newPartition(), SK: 'a' },
      { PK: newPartition(), SK: 'a' },
    ];
    expect(await consumedByBatchGet(keys, 'strong')).toBe(0);
    expect(getUnits(undefined, 'strong')).toBe(1);
  });

  test('a transaction: items of one table that cost the same are charged once, where AWS charges each', async () => {
    const ofSizes = (...sizes: number[]) => {
      const PK = newPartition();
      return sizes.map((bytes, index) => itemOfSize({ PK, SK: String(index) }, bytes));
    };
    const reckoned = (items: readonly Item[]) =>
      transactionUnits(
        items.map((item) => ({ table: 'events', item })),
        [],
      );
    const alike = ofSizes(1_500, 1_600, 1_700);
    expect(await consumedByTransaction(alike)).toBe(4);
    expect(reckoned(alike)).toBe(12);
    const different = ofSizes(100, 1_500, 2_500);
    expect(await consumedByTransaction(different)).toBe(12);
    expect(reckoned(different)).toBe(12);
  });
});

test('the observer of DynamoDB tables is told what each request consumed', async () => {
  const requests: TableRequest[] = [];
  const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names, (request) => requests.push(request));
  const [first, second] = ['a', 'b'].map((SK) => itemOfSize({ PK: 'observed', SK }, 5_000));
  expect.assert(first !== undefined && second !== undefined);
  await tables.put({ table: 'events', item: first });
  await tables.put({ table: 'events', item: { PK: first.PK, SK: first.SK } });
  await tables.transact([{ table: 'events', item: second }]);
  await tables.transact([{ table: 'events', item: second }]);
  await tables.get('events', first, 'strong');
  await tables.query(
    'events',
    { partition: first.PK },
    { consistency: 'eventual', direction: 'forward', attributes: [] },
  );
  await tables.batchGet('events', [first, second], 'strong');
  expect(requests).toEqual([
    { operation: 'put', readUnits: 0, writeUnits: 5 },
    { operation: 'put', readUnits: 0, writeUnits: 5 },
    { operation: 'transact', readUnits: 0, writeUnits: 10 },
    { operation: 'transact', readUnits: 0, writeUnits: 10 },
    { operation: 'get', readUnits: 2, writeUnits: 0 },
    { operation: 'query', readUnits: 1.5, writeUnits: 0 },
    { operation: 'batchGet', readUnits: 4, writeUnits: 0 },
  ]);
});
