import { expect, test } from 'vitest';
import { orderRoutes } from '../../examples/orders/http.ts';
import { orderSummary } from '../../examples/orders/order-summary.ts';
import { createHttpApp } from '../../lib/http/app.ts';
import { createEventStore, memoryTables, type ReadModels, Unavailable } from '../../lib/index.ts';
import { orderSystem, placed } from './order-system.ts';

/** The API with the routes of the example, as `npm start` mounts them. */
function appOf(readModels: ReadModels, reportError?: (error: unknown) => void) {
  const options = reportError === undefined ? {} : { reportError };
  return createHttpApp(createEventStore({ tables: memoryTables() }), options).route('/', orderRoutes(readModels));
}

async function appWithOrder(orderId: string) {
  const { append, project, readModels } = orderSystem();
  await append(`Order-${orderId}`, placed(orderId, 4200));
  await project(orderSummary);
  return appOf(readModels);
}

test('an order is answered with what is known of it, and nothing else', async () => {
  const app = await appWithOrder('1');
  const response = await app.request('/orders/1');
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/json');
  expect(await response.json()).toEqual({
    orderId: '1',
    customerId: 'customer-of-1',
    totalCents: 4200,
    status: 'placed',
  });
  const head = await app.request('/orders/1', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test.each(['a/b', 'a b', 'ä%', '100%25'])('an order may be called %j', async (orderId) => {
  const app = await appWithOrder(orderId);
  const response = await app.request(`/orders/${encodeURIComponent(orderId)}`);
  expect(await response.json()).toMatchObject({ orderId });
});

test('what is not there, cannot be there, or has not been looked for is a problem of the client', async () => {
  const app = await appWithOrder('1');
  for (const [path, status, code] of [
    ['/orders/2', 404, 'no-order'],
    ['/orders/%zz', 404, 'no-order'],
    ['/orders/%0A', 400, 'invalid-request'],
    ['/orders', 404, 'no-route'],
    ['/orders/', 404, 'no-route'],
  ] as const) {
    await expectProblem(await app.request(path), status, code);
  }
  await expectProblem(await appOf(orderSystem().readModels).request('/orders/1'), 404, '[a-z-]+');
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
  const response = await (await appWithOrder('1')).request('/orders/1', { method });
  expect(response.headers.get('Allow')).toBe('GET, HEAD');
  await expectProblem(response, 405, 'method-not-allowed');
});

test('a store that is away is answered as the API does', async () => {
  const { readModels } = orderSystem();
  const error = new Unavailable(new Error('away'));
  const reported: unknown[] = [];
  const away = appOf({ ...readModels, document: () => Promise.reject(error) }, (one) => reported.push(one));
  await expectProblem(await away.request('/orders/1'), 503, 'unavailable');
  expect(reported).toEqual([error]);
});

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    type: expect.stringMatching(new RegExp(`^urn:tidemark:${code}$`)),
    status,
  });
}
