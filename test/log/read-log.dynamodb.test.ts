/** The same reading on DynamoDB as on tables in memory. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createEventStore,
  dynamoDbTables,
  type LoggedEvent,
  type LogOptions,
  type NewEvent,
  type Tables,
} from '../../lib/index.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { noise } from '../support/events.ts';
import { isWanted, sequenceAll, toldLog, watched } from '../support/logged.ts';

let dynamoDb: TestDynamoDb;
let tables: Tables;
let told: readonly LoggedEvent[];

const TYPES = ['Placed', 'Paid', 'Sent'];

/** Four entries. */
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  const store = createEventStore({ tables });
  for (let round = 0; round < 4; round++) {
    for (let index = 0; index < 12; index++) {
      const events = TYPES.slice(index % 3).map((type): NewEvent => ({ type, data: { round, index } }));
      await store.append(`${index % 2 === 0 ? 'Order' : 'Cart'}-${index % 5}`, events);
    }
    await store.appendMany(
      ['Order-9', 'Cart-9'].map((streamId) => ({ streamId, events: [{ type: 'Sent', data: round }] })),
    );
    await sequenceAll(tables);
  }
  told = await toldLog(tables);
});

afterAll(() => dynamoDb.stop());

const CASES: LogOptions[] = [
  {},
  { after: 1, limit: 1 },
  { after: 2, limit: 5 },
  { after: 30, limit: 40 },
  { category: 'Order' },
  { category: 'Cart', types: ['Paid', 'Sent'], limit: 7 },
  { types: ['Sent'], after: 9 },
  { types: ['Never'] },
];

test.each(CASES)('following the pages gives every wanted event once, in order: %j', async (options) => {
  const { after = 0, limit = 1_000 } = options;
  const wanted = told.filter((event) => event.position > after && isWanted(options, event));
  const store = createEventStore({ tables });
  const first = await store.log(options);
  expect(first.events).toEqual(wanted.slice(0, limit));
  const reader = createLogReader({ tables, delay: async () => {}, random: () => 0 }, after, options);
  for (const read of [(position: number) => store.log({ ...options, after: position }), () => reader.next(limit)]) {
    const followed: LoggedEvent[] = [];
    for (let page = await read(after); ; page = await read(page.position)) {
      followed.push(...page.events);
      expect(page.head ?? told.length).toBe(told.length);
      if (page.position === page.head) {
        break;
      }
    }
    expect(followed).toEqual(wanted);
  }
});

test('behind the head there is nothing', async () => {
  const store = createEventStore({ tables });
  const head = told.length;
  expect(await store.logHead()).toBe(head);
  expect(await store.log({ after: head })).toEqual({ events: [], position: head, head });
  expect(await store.log({ after: head + 7 })).toEqual({ events: [], position: head + 7, head });
});

test('references of more than 1 MB are several Queries', async () => {
  const other = await dynamoDbForTest();
  const large = dynamoDbTables(other.client, other.names);
  const store = createEventStore({ tables: large });
  const events = (commit: number) =>
    Array.from({ length: 90 }, (_, index) => ({ type: noise(120, `${commit} ${index}`), data: index }));
  await Promise.all(Array.from({ length: 110 }, (_, commit) => store.append(`Large-${commit}`, events(commit))));
  await sequenceAll(large);
  const watch = watched(large);
  const page = await createEventStore({ tables: watch.tables }).log({ limit: 50_000 });
  expect(page.events).toEqual(await toldLog(large));
  expect(page).toMatchObject({ position: 9_900, head: 9_900 });
  const queries = watch.reads().filter(({ operation }) => operation === 'query');
  expect(queries.length).toBeGreaterThan(1);
  await other.stop();
});

test('a subscription sees an event that is appended later', async () => {
  const other = await dynamoDbForTest();
  const empty = dynamoDbTables(other.client, other.names);
  const store = createEventStore({ tables: empty });
  await store.append('Order-1', [{ type: 'Placed', data: 0 }]);
  await sequenceAll(empty);
  let waits = 0;
  // It waits at the head, and that is when the next event comes.
  const delay = async () => {
    waits += 1;
    await store.append('Order-1', [{ type: 'Placed', data: waits }]);
    await sequenceAll(empty);
  };
  const seen: unknown[] = [];
  for await (const { position, data } of createEventStore({ tables: empty, delay }).subscribe()) {
    seen.push([position, data]);
    if (position === 4) {
      break;
    }
  }
  expect(seen).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  await other.stop();
});
