/** The functions of the example: commands over HTTP, their projection, and a process manager. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createEventStore, dynamoDbTables } from '../../lib/index.ts';
import { sequenceAll } from '../http/sequence-all.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { stubFunctionEnvironment } from './function-environment.ts';
import { bodyOf, httpApiEvent } from './http-api-event.ts';
import { lambdaContext } from './lambda-context.ts';

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
  stubFunctionEnvironment(dynamoDb);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamoDb.stop();
});

test('an order is placed, shipped, summed up and reviewed', async () => {
  const { handler: orders } = await import('../../examples/orders/lambda-orders.ts');
  const { handler: summary } = await import('../../examples/orders/lambda-order-summary.ts');
  const { handler: reviews } = await import('../../examples/orders/lambda-order-reviews.ts');
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const all = body === undefined ? headers : { 'Content-Type': 'application/json', ...headers };
    return orders(httpApiEvent('POST', path, { headers: all, ...json }), lambdaContext());
  };
  const items = [{ sku: 'SKU-1', quantity: 1, priceCents: 1_000_000 }];
  const order = { orderId: '1', customerId: 'c', items };
  const placed = await post('/orders', order, { 'Idempotency-Key': 'k' });
  expect(placed).toMatchObject({ statusCode: 201 });
  expect(bodyOf(placed)).toEqual({ orderId: '1', version: 1 });
  expect(await post('/orders/1/ship')).toMatchObject({ statusCode: 200 });
  expect(await post('/orders', order, { 'Idempotency-Key': 'k' })).toEqual({ ...placed, statusCode: 200 });
  expect(await post('/orders', order)).toMatchObject({ statusCode: 409 });
  expect(await post('/orders/2/ship')).toMatchObject({ statusCode: 404 });

  const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  await sequenceAll(tables);
  expect(await summary({}, lambdaContext())).toMatchObject({ outcome: 'caught-up' });
  expect(await reviews({}, lambdaContext())).toMatchObject({ outcome: 'caught-up' });
  const read = await orders(httpApiEvent('GET', '/orders/1'), lambdaContext());
  expect(bodyOf(read)).toEqual({ orderId: '1', customerId: 'c', totalCents: 1_000_000, status: 'shipped' });
  const { events } = await createEventStore({ tables }).read('Review-1');
  expect(events).toMatchObject([{ type: 'ReviewOpened', data: { orderId: '1', totalCents: 1_000_000 } }]);
});
