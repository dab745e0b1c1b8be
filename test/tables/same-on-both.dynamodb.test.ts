/** Random calls on tables in memory and in DynamoDB, one after another: every answer must be the same. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item, ItemKey } from '../../lib/events/item.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import { memoryTables } from '../../lib/tables/memory-tables.ts';
import type {
  ConditionalPut,
  Consistency,
  QueryOptions,
  QueryRange,
  Replaceable,
  Tables,
} from '../../lib/tables/tables.ts';
import { comparable } from '../../lib/testing/expect.ts';
import { bySortKey, newPartition } from '../../lib/testing/tables-contract/items.ts';
import { logSeed, seed } from '../seed.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';

logSeed();

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

interface Call {
  readonly name: string;
  readonly on: (tables: Tables, prefix: string) => Promise<unknown>;
}

/** Few places, so that calls meet. */
const table: fc.Arbitrary<Table> = fc.constantFrom('events', 'state');
const partition = fc.constantFrom('1', '2');
const sortKey = fc.constantFrom('a', 'b', 'c', 'd', 'é', '\uffff', '😀');
const consistency: fc.Arbitrary<Consistency> = fc.constantFrom('strong', 'eventual');
const key = fc.record({ PK: partition, SK: sortKey });
const number = fc.integer({ min: -2, max: 3 });
const item: fc.Arbitrary<Item> = fc
  .tuple(key, number, fc.uint8Array({ maxLength: 3 }))
  .map(([{ PK, SK }, name, bytes]) => ({ PK, SK, name, bytes, list: [{ name }] }));

const within = <Key extends ItemKey>(prefix: string, here: Key): Key => ({ ...here, PK: prefix + here.PK });
const keyText = ({ PK, SK }: ItemKey) => `${PK}/${SK}`;

/** Numbers as items have them, and attributes that they have not, or that are no numbers. */
const overNumber: fc.Arbitrary<Replaceable> = fc
  .tuple(fc.constantFrom('name', 'name', 'name', 'bytes', 'missing'), number, fc.boolean())
  .map(([attribute, limit, isBelow]) => (isBelow ? { attribute, below: limit } : { attribute, is: limit }));
const over = fc.oneof({ arbitrary: overNumber, weight: 4 }, fc.constant<Replaceable>('any'));

const conditionalPut: fc.Arbitrary<ConditionalPut> = fc.oneof(
  fc.record({ table, item }),
  fc.record({ table: fc.constant<Table>('state'), item, over }),
);

const putText = (one: ConditionalPut) =>
  `${one.table} ${keyText(one.item)} ${one.item['name']} over ${JSON.stringify(one.over)}`;

const put = conditionalPut.map(
  (one): Call => ({
    name: `put ${putText(one)}`,
    on: (tables, prefix) => tables.put({ ...one, item: within(prefix, one.item) }),
  }),
);

const transact = fc
  .uniqueArray(conditionalPut, {
    minLength: 1,
    maxLength: 4,
    selector: (one) => one.table + keyText(one.item),
  })
  .map(
    (puts): Call => ({
      name: `transact ${puts.map(putText).join(', ')}`,
      on: (tables, prefix) => tables.transact(puts.map((one) => ({ ...one, item: within(prefix, one.item) }))),
    }),
  );

const remove = fc.uniqueArray(key, { minLength: 1, maxLength: 6, selector: keyText }).map(
  (keys): Call => ({
    name: `remove ${keys.map(keyText).join(', ')}`,
    on: (tables, prefix) =>
      tables.remove(
        'state',
        keys.map((one) => within(prefix, one)),
      ),
  }),
);

/** Of the whole table: in DynamoDB, the items of earlier runs are in it too. One page holds them all. */
const scan = fc.tuple(table, consistency).map(
  ([where, freshness]): Call => ({
    name: `scan ${where} ${freshness}`,
    on: async (tables, prefix) => {
      const { items, resumeAfter } = await tables.scan(where, { consistency: freshness });
      const ofThisRun = items.filter(({ PK }) => PK.startsWith(prefix));
      // Partitions have no order that is known; what is in them has one.
      const inOrder = ofThisRun.toSorted((one, other) => Number(one.PK > other.PK) - Number(one.PK < other.PK));
      return { items: inOrder, resumeAfter };
    },
  }),
);

const get = fc.tuple(table, key, consistency).map(
  ([where, what, freshness]): Call => ({
    name: `get ${where} ${keyText(what)} ${freshness}`,
    on: (tables, prefix) => tables.get(where, within(prefix, what), freshness),
  }),
);

const batchGet = fc
  .tuple(table, fc.uniqueArray(key, { minLength: 1, maxLength: 8, selector: keyText }), consistency)
  .map(
    ([where, keys, freshness]): Call => ({
      name: `batchGet ${where} ${keys.map(keyText).join(', ')} ${freshness}`,
      on: async (tables, prefix) => {
        const answer = await tables.batchGet(
          where,
          keys.map((one) => within(prefix, one)),
          freshness,
        );
        const isFirst = ({ PK }: Item) => PK.endsWith('1');
        const [one, two] = [answer.items.filter(isFirst), answer.items.filter((found) => !isFirst(found))];
        return { items: [...bySortKey(one), ...bySortKey(two)], unprocessed: answer.unprocessed };
      },
    }),
  );

const bounds = fc.record({ from: sortKey, through: sortKey }, { requiredKeys: [], noNullPrototype: true });
const options: fc.Arbitrary<QueryOptions> = fc.record(
  {
    consistency,
    direction: fc.constantFrom('forward', 'backward'),
    limit: fc.integer({ min: 1, max: 8 }),
    after: sortKey,
    attributes: fc.subarray(['PK', 'name', 'list', 'missing']),
  },
  { requiredKeys: ['consistency', 'direction'], noNullPrototype: true },
);

const query = fc
  .tuple(table, partition, bounds, options)
  .filter(([, , range, { after }]) => !isAtEdge(range, after))
  .map(
    ([where, PK, range, how]): Call => ({
      name: `query ${where} ${PK} ${JSON.stringify({ range, how })}`,
      on: async (tables, prefix) => {
        const page = await tables.query(where, { partition: prefix + PK, ...range }, how);
        // With a range, DynamoDB Local looks whether an item follows the last of a page. AWS does not, so memory does not.
        const isBounded = range.from !== undefined || range.through !== undefined;
        return isBounded ? page.items : page;
      },
    }),
  );

/**
 * DynamoDB Local refuses to go on after the far edge of a range. AWS cannot: its own `LastEvaluatedKey` is such a key where a
 * limit ends a page there.
 */
function isAtEdge({ from, through }: Omit<QueryRange, 'partition'>, after: string | undefined): boolean {
  return after !== undefined && (after === from || after === through);
}

async function answerOf(call: Call, tables: Tables, prefix: string): Promise<unknown> {
  try {
    return comparable(await call.on(tables, prefix));
  } catch (error) {
    expect(String(error)).toContain('ValidationException');
    return 'refused';
  }
}

test('memory and DynamoDB answer every sequence of calls alike', async () => {
  const inDynamoDb = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  const call = fc.oneof(
    { arbitrary: put, weight: 4 },
    { arbitrary: transact, weight: 2 },
    remove,
    get,
    batchGet,
    scan,
    {
      arbitrary: query,
      weight: 3,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 30, size: 'max' }), async (calls) => {
      const inMemory = memoryTables();
      const prefix = newPartition();
      for (const [index, one] of calls.entries()) {
        const [expected, actual] = await Promise.all([
          answerOf(one, inMemory, prefix),
          answerOf(one, inDynamoDb, prefix),
        ]);
        const history = calls.slice(0, index + 1).map(({ name }) => name);
        expect(actual, history.join('\n')).toStrictEqual(expected);
      }
    }),
    { seed, numRuns: 40 },
  );
});
