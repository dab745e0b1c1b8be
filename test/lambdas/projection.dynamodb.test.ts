/** The function of a projection, on real tables, with each kind of event that wakes it. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  createEventStore,
  createProjectionContext,
  createReadModels,
  defineProjection,
  dynamoDbTables,
  type EventStore,
  resetProjection,
  type Tables,
} from '../../lib/index.ts';
import { placed } from '../examples/order-system.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { sequenceAll } from '../support/logged.ts';
import { insertRecord } from '../support/stream-records.ts';
import { type CapturedOutput, captureOutput } from './captured-output.ts';
import { stubFunctionEnvironment } from './function-environment.ts';
import { lambdaContext } from './lambda-context.ts';

let dynamoDb: TestDynamoDb;
let tables: Tables;
let store: EventStore;
let output: CapturedOutput;
beforeEach(async () => {
  dynamoDb = await dynamoDbForTest();
  stubFunctionEnvironment(dynamoDb);
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  store = createEventStore({ tables });
  output = captureOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await dynamoDb.stop();
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const MUCH_TIME = lambdaContext();
const NO_TIME = lambdaContext(1);

const SCHEDULE = { version: '0', id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };

function queueEvent(...ids: readonly string[]) {
  return { Records: ids.map((messageId) => ({ messageId, eventSource: 'aws:sqs', body: 'anything', attributes: {} })) };
}

/** Of the Log table. */
async function streamEvent() {
  const { items } = await tables.scan('log', { consistency: 'strong' });
  return { Records: items.map((item, index) => insertRecord(item, String(100 + index))) };
}

async function place(orderId: string): Promise<void> {
  const [type, data] = placed(orderId, 4200);
  await store.append(`Order-${orderId}`, [{ type, data }]);
  await sequenceAll(tables);
}

/** So many that one transaction does not take them all: each is a document. */
async function placeMany(): Promise<number> {
  for (let index = 1; index <= 150; index++) {
    await store.append(`Order-${index}`, [{ type: 'OrderPlaced', data: { totalCents: index } }]);
  }
  await sequenceAll(tables);
  return 150;
}

async function importExample() {
  const { handler } = await import('../../examples/orders/lambda-order-summary.ts');
  return handler;
}

async function orderOf(orderId: string): Promise<unknown> {
  const found = await createReadModels(createProjectionContext(tables)).document('order-summary', orderId);
  return found?.document;
}

test.each([
  ['a stream', streamEvent],
  ['a queue', async () => queueEvent('m-1')],
  ['a schedule', async () => SCHEDULE],
  ['somebody by hand', async () => undefined],
])('%s wakes it, and it works until it has caught up', async (_, eventOf) => {
  const handler = await importExample();
  for (const [round, orderId] of ['a', 'b'].entries()) {
    await place(orderId);
    const answer = await handler(await eventOf(), MUCH_TIME);
    expect(answer).toEqual({
      outcome: 'caught-up',
      build: '1.1',
      position: round + 1,
      events: 1,
      parked: 0,
      batchItemFailures: [],
    });
    expect(await orderOf(orderId)).toMatchObject({ orderId, totalCents: 4200 });
  }
  expect(await handler(await eventOf(), MUCH_TIME)).toMatchObject({ outcome: 'caught-up', events: 0 });
});

test('with little time it does a part, and a stream comes back for the rest with its last record', async () => {
  const handler = await importExample();
  const count = await placeMany();
  const event = await streamEvent();
  const last = { itemIdentifier: event.Records.at(-1)?.dynamodb?.SequenceNumber };
  const first = await handler(event, NO_TIME);
  expect(first).toMatchObject({ outcome: 'more', batchItemFailures: [last] });
  expect(first.position).toBeLessThan(count);
  const again = await handler({ Records: event.Records.slice(-1) }, NO_TIME);
  expect(again).toMatchObject({ outcome: 'caught-up', position: count, batchItemFailures: [] });
  expect(await orderOf(String(count))).toMatchObject({ totalCents: count });
});

test.each([
  ['a queue', queueEvent('m-1', 'm-2')],
  ['a schedule', SCHEDULE],
  ['somebody by hand', { Records: 'odd' }],
])('with little time, %s is told that there is more', async (_, event) => {
  const handler = await importExample();
  await placeMany();
  expect(await handler(event, NO_TIME)).toMatchObject({ outcome: 'more', batchItemFailures: [] });
  expect(await handler(event, NO_TIME)).toMatchObject({ outcome: 'caught-up', batchItemFailures: [] });
});

test('a reset, and a function of an older version, are seen', async () => {
  const { projectionHandler } = await import('../../lambdas/projection.ts');
  const [old, next] = [1, 2].map((version) =>
    defineProjection<{ OrderPlaced: unknown }, { count: number }>({
      name: 'counts',
      version,
      key: () => 'all',
      initial: { count: 0 },
      evolve: { OrderPlaced: ({ count }) => ({ count: count + version }) },
    }),
  );
  if (old === undefined || next === undefined) {
    throw new Error('there are two');
  }
  await place('1');
  await place('2');
  const handler = projectionHandler(old);
  await handler(SCHEDULE, MUCH_TIME);
  await resetProjection(createProjectionContext(tables), old);
  expect(await handler(SCHEDULE, MUCH_TIME)).toMatchObject({ outcome: 'caught-up', build: '1.2', events: 2 });
  expect(await projectionHandler(next)(SCHEDULE, MUCH_TIME)).toMatchObject({ outcome: 'caught-up', build: '2.1' });
  expect(output.lines()).toEqual([]);
  expect(await handler(SCHEDULE, MUCH_TIME)).toMatchObject({ outcome: 'outdated', batchItemFailures: [] });
  expect(output.lines()).toMatchObject([{ level: 'ERROR', projection: 'counts', version: 1 }]);
});

async function failing(onError: 'halt' | 'park') {
  const { projectionHandler } = await import('../../lambdas/projection.ts');
  return projectionHandler(
    defineProjection<{ OrderPlaced: unknown }, number>({
      name: 'failing',
      version: 1,
      key: ({ streamId }) => streamId,
      initial: 0,
      onError,
      evolve: {
        OrderPlaced: (_, { data }) => {
          throw new Error(`cannot take ${JSON.stringify(data)}`);
        },
      },
    }),
  );
}

const DIMENSIONS = { service: 'shop', projection: 'failing' };

test('an event that cannot be handled halts it, is logged with its ids, and is no reason to invoke it again', async () => {
  const handler = await failing('halt');
  const events = [{ type: 'OrderPlaced', data: 'a secret', metadata: { correlationId: 'checkout-7' } }];
  await store.append('Order-1', events);
  await sequenceAll(tables);
  const answer = await handler(await streamEvent(), MUCH_TIME);
  expect(answer).toMatchObject({ outcome: 'halted', position: 0, failure: { position: 1 }, batchItemFailures: [] });
  const failed = { correlationId: 'checkout-7', streamId: 'Order-1', version: 1, position: 1, projection: 'failing' };
  expect(output.lines()).toMatchObject([
    ...[1, 2, 3, 4].map((attempts) => ({ level: 'WARN', ...failed, attempts, failure: { name: 'Error' } })),
    { level: 'ERROR', ...failed, attempts: 5, failure: { name: 'Error' } },
    { level: 'ERROR', position: 1, type: 'OrderPlaced', function_request_id: MUCH_TIME.awsRequestId },
  ]);
  expect(output.text()).not.toContain('secret');
  await store.append('Order-1', events);
  await sequenceAll(tables);
  output.clear();
  await handler(SCHEDULE, MUCH_TIME);
  expect(output.lines()).toHaveLength(1);
  const values = { ProjectionLag: 2, ProjectionHalted: 1, ProjectionParked: 0 };
  expect(output.metrics()).toEqual([{ namespace: 'Tidemark', dimensions: DIMENSIONS, values }]);
});

test('how it is, is told also where nothing has happened', async () => {
  const handler = await failing('park');
  for (let wakeUp = 0; wakeUp < 2; wakeUp++) {
    await handler(SCHEDULE, MUCH_TIME);
    const values = { ProjectionLag: 0, ProjectionHalted: 0, ProjectionParked: 0 };
    expect(output.metrics()).toEqual([{ namespace: 'Tidemark', dimensions: DIMENSIONS, values }]);
    output.clear();
  }
  await place('1');
  await place('2');
  for (let wakeUp = 0; wakeUp < 2; wakeUp++) {
    await handler(SCHEDULE, MUCH_TIME);
    const values = { ProjectionLag: 0, ProjectionHalted: 0, ProjectionParked: 2 };
    expect(output.metrics()).toEqual([{ namespace: 'Tidemark', dimensions: DIMENSIONS, values }]);
    output.clear();
  }
  expect(output.lines()).toEqual([]);
});

test('what it has not got to yet is told', async () => {
  const handler = await importExample();
  const count = await placeMany();
  const { position } = await handler(SCHEDULE, NO_TIME);
  expect(output.metrics()).toMatchObject([{ values: { ProjectionLag: count - position, ProjectionHalted: 0 } }]);
});

test('what DynamoDB refuses is thrown, so that Lambda tries again', async () => {
  vi.stubEnv('STATE_TABLE', 'no-such-table');
  const handler = await importExample();
  await expect(handler(SCHEDULE, MUCH_TIME)).rejects.toThrow();
});
