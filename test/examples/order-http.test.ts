import { describe, expect, test } from 'vitest';
import { orderOperations } from '../../examples/orders/http.ts';
import { orderHandler } from '../../examples/orders/order.ts';
import { orderSummary } from '../../examples/orders/order-summary.ts';
import { createHttpApp, type HttpAppOptions } from '../../lib/http/app.ts';
import { Unavailable } from '../../lib/index.ts';
import { memorySystem } from '../../lib/testing/index.ts';

const items = [{ sku: 'SKU-1', quantity: 2, priceCents: 2_100 }];

/** The API with the requests of the example, as `npm start` serves them. */
function orderApp(options: HttpAppOptions = {}) {
  const system = memorySystem({ projections: [orderSummary] });
  const { tables, store, readModels, settle } = system;
  const app = createHttpApp(store, { readModels, more: orderOperations(orderHandler(tables)), ...options });
  const post = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await app.request(path, { method: 'POST', headers: { ...json, ...headers }, ...init });
    return { status: response.status, body: await response.json(), type: response.headers.get('Content-Type') };
  };
  const place = (orderId: string, headers: Record<string, string> = {}) =>
    post('/orders', { orderId, customerId: 'c', items }, headers);
  const get = async (path: string) => {
    await settle();
    const response = await app.request(path);
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  return { ...system, app, post, place, get };
}

test('an order is placed, read, shipped, and read again', async () => {
  const { place, post, get } = orderApp();
  expect(await place('1')).toMatchObject({ status: 201, body: { orderId: '1', version: 1 } });
  const summary = { orderId: '1', customerId: 'c', totalCents: 4_200, status: 'placed' };
  expect(await get('/orders/1')).toMatchObject({ status: 200, body: summary });
  expect(await post('/orders/1/ship')).toMatchObject({ status: 200, body: { orderId: '1', version: 2 } });
  expect((await get('/orders/1')).body).toEqual({ ...summary, status: 'shipped' });
  const events = [
    { type: 'OrderPlaced', data: { orderId: '1', customerId: 'c', items, totalCents: 4_200 } },
    { type: 'OrderShipped', data: { orderId: '1' } },
  ];
  expect(await get('/streams/Order-1')).toMatchObject({ body: { events } });
});

test('what the rules refuse is a conflict that says why, or not found', async () => {
  const { place, post, store } = orderApp();
  expect(await post('/orders/1/ship')).toMatchObject({ status: 404, body: { type: 'urn:tidemark:no-order' } });
  await place('1');
  const conflict = { type: 'urn:tidemark:command-rejected', status: 409, title: 'The command was rejected' };
  expect(await place('1')).toMatchObject({
    status: 409,
    type: 'application/problem+json',
    body: { ...conflict, reason: 'order-exists', detail: 'Order "1" has been placed already' },
  });
  await post('/orders/1/ship');
  expect(await post('/orders/1/ship')).toMatchObject({ status: 409, body: { ...conflict, reason: 'order-shipped' } });
  expect((await store.head('Order-1')).version).toBe(2);
});

describe('with an Idempotency-Key', () => {
  const key = { 'Idempotency-Key': 'k' };

  test('a repeat is answered as the first request, whatever has happened since', async () => {
    const { place, post, store } = orderApp();
    const placed = await place('1', key);
    const shipped = await post('/orders/1/ship', undefined, { 'Idempotency-Key': 's' });
    expect(await place('1', key)).toEqual({ ...placed, status: 200 });
    expect(await post('/orders/1/ship', undefined, { 'Idempotency-Key': 's' })).toEqual(shipped);
    expect((await store.head('Order-1')).version).toBe(2);
  });

  test('the same key for another command is refused', async () => {
    const { place, post } = orderApp();
    await place('1', key);
    const other = await post('/orders', { orderId: '1', customerId: 'another', items }, key);
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:tidemark:idempotency-conflict' } });
    expect(await post('/orders/1/ship', undefined, key)).toMatchObject({ status: 422 });
  });

  test.each(['', 'x'.repeat(129), 'a\tb'])('%j is no key', async (value) => {
    const { place, store } = orderApp();
    expect(await place('1', { 'Idempotency-Key': value })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'Idempotency-Key' }] },
    });
    expect((await store.head('Order-1')).version).toBe(0);
  });
});

test.each<[unknown, number, string]>([
  [{ customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: '', customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: 'a/b', customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: 'a?b', customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: 'a\nb', customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: 'x'.repeat(201), customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: 7, customerId: 'c', items }, 400, 'orderId'],
  [{ orderId: '1', customerId: '', items }, 400, 'customerId'],
  [{ orderId: '1', customerId: 'c', items: [] }, 400, 'items'],
  [{ orderId: '1', customerId: 'c', items: [{ sku: 'a', quantity: 0, priceCents: 1 }] }, 400, 'items[0].quantity'],
  [{ orderId: '1', customerId: 'c', items: [{ sku: 'a', quantity: 1, priceCents: -1 }] }, 400, 'items[0].priceCents'],
  [{ orderId: '1', customerId: 'c', items: [{ sku: 'a', quantity: 1.5, priceCents: 1 }] }, 400, 'items[0].quantity'],
  [{ orderId: '1', customerId: 'c', items: [{ quantity: 1, priceCents: 1 }] }, 400, 'items[0].sku'],
  [{ orderId: '1', customerId: 'c', items, more: 1 }, 400, 'more'],
  ['[]', 400, ''],
  ['{', 400, ''],
])('an order that does not fit is refused, and says where: %j', async (body, status, path) => {
  const { post, store } = orderApp();
  const answer = await post('/orders', body);
  expect(answer).toMatchObject({ status, body: { type: 'urn:tidemark:invalid-request', errors: [{ path }] } });
  expect((await store.log()).events).toEqual([]);
});

test('a total past what a number holds is refused', async () => {
  const { post } = orderApp();
  const large = [{ sku: 'a', quantity: Number.MAX_SAFE_INTEGER, priceCents: 1_000 }];
  expect(await post('/orders', { orderId: '1', customerId: 'c', items: large })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'items', message: 'must have a total of at most 2^53 - 1 cents' }] },
  });
});

test('a body that is not JSON is refused', async () => {
  const { app } = orderApp();
  const response = await app.request('/orders', { method: 'POST', body: 'orderId=1' });
  expect(response.status).toBe(415);
});

test.each(['a b', 'ä%', '100%25', 'Ünï😀'])('an order may be called %j', async (orderId) => {
  const { place, post, get } = orderApp();
  expect(await place(orderId)).toMatchObject({ status: 201 });
  expect(await post(`/orders/${encodeURIComponent(orderId)}/ship`)).toMatchObject({ status: 200, body: { orderId } });
  expect((await get(`/orders/${encodeURIComponent(orderId)}`)).body).toMatchObject({ orderId, status: 'shipped' });
});

test('orders that were appended to the store directly are read and shipped too', async () => {
  const { store, post, get } = orderApp();
  await store.append('Order-a/b', [{ type: 'OrderPlaced', data: { totalCents: 1 } }]);
  expect((await get('/orders/a%2Fb')).body).toMatchObject({ orderId: 'a/b', totalCents: 1, status: 'placed' });
  expect(await post('/orders/a%2Fb/ship')).toMatchObject({ status: 200 });
});

test.each<[string, string, number, string, string?]>([
  ['GET', '/orders/2', 404, 'no-order'],
  ['GET', '/orders/%0A', 400, 'invalid-request'],
  ['GET', '/orders/%zz', 400, 'invalid-request'],
  ['GET', '/orders/', 404, 'no-route'],
  ['GET', '/orders', 405, 'method-not-allowed', 'POST'],
  ['PUT', '/orders/1', 405, 'method-not-allowed', 'GET, HEAD'],
  ['POST', '/orders/1', 405, 'method-not-allowed', 'GET, HEAD'],
  ['DELETE', '/orders/1/ship', 405, 'method-not-allowed', 'POST, GET, HEAD'],
])('%s %s is %s', async (method, path, status, code, allow) => {
  const { app, settle } = orderApp();
  await settle();
  const response = await app.request(path, { method });
  expect(await response.json()).toMatchObject({ type: `urn:tidemark:${code}`, status });
  expect(response.headers.get('Allow') ?? undefined).toBe(allow);
});

test.each<[string, string, string]>([
  ['GET', '/orders/%0A', 'orderId'],
  ['POST', '/orders/%0A/ship', 'orderId'],
  ['POST', '/orders/%3F/ship', 'orderId'],
  ['GET', `/orders/${'x'.repeat(251)}`, 'orderId'],
  ['POST', `/orders/${'x'.repeat(251)}/ship`, 'orderId'],
  ['GET', '/orders/1?limit=1', 'limit'],
  ['POST', '/orders/1/ship?limit=1', 'limit'],
])('what is wrong with %s %s is told in the words of the request', async (method, path, where) => {
  const { app } = orderApp();
  const response = await app.request(path, { method });
  expect(await response.json()).toMatchObject({ status: 400, errors: [{ path: where }] });
});

test('a store that is away is answered as the API does', async () => {
  const reported: unknown[] = [];
  const error = new Unavailable(new Error('away'));
  const { tables } = memorySystem();
  const away = orderHandler({ ...tables, query: () => Promise.reject(error) });
  const { post } = orderApp({ more: orderOperations(away), reportError: (one) => reported.push(one) });
  expect(await post('/orders/1/ship')).toMatchObject({ status: 503, body: { type: 'urn:tidemark:unavailable' } });
  expect(reported).toEqual([error]);
});
