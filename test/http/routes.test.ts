import { describe, expect, test } from 'vitest';
import { APPEND_OPERATIONS, createHttpApp, READ_OPERATIONS } from '../../lib/http/app.ts';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { createApi } from './api.ts';

test('/health says ok and asks nothing of the tables', async () => {
  const requests: unknown[] = [];
  const api = createApi(memoryTables({ observer: (request) => requests.push(request) }));
  expect(await api.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(requests).toEqual([]);
});

test.each([
  '/',
  '//',
  '/streams',
  '/streams/',
  '/Streams/Order-1',
  '/stream/Order-1',
  '/events/',
  '/events/1',
  '/Events',
  '/health/',
  '/healthy',
  '/health/x',
  '/Health',
  '/health%20',
  '/openapi',
  '/openapi.json/',
  '/openapiXjson',
  '/favicon.ico',
  '/*',
  '/:streamId',
  '/streams%2FOrder-1',
  '/%73treams/Order-1',
  '/prod/streams/Order-1',
  '/__proto__',
  '/%',
  '/%00',
])('%s is 404 with every method', async (path) => {
  const api = createApi();
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']) {
    const reply = await api.send(method, path);
    expect(reply.status).toBe(404);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
  }
  expect(await api.get(path)).toMatchObject({ body: { type: 'urn:tidemark:no-route' } });
});

describe('a method that is not served is 405 and says which are', () => {
  test.each([
    ['/streams/Order-1', 'POST, GET, HEAD', ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE']],
    ['/streams/Order-%', 'POST, GET, HEAD', ['PUT']],
    ['/streams/a/b-%0A', 'POST, GET, HEAD', ['DELETE']],
    ['/events', 'GET, HEAD', ['POST', 'PUT', 'DELETE', 'OPTIONS']],
    ['/projections', 'GET, HEAD', ['POST', 'PUT', 'DELETE']],
    ['/read-models/orders/a/b-%0A', 'GET, HEAD', ['POST', 'PUT', 'DELETE']],
    ['/health', 'GET, HEAD', ['POST', 'PUT', 'DELETE']],
    ['/openapi.json', 'GET, HEAD', ['POST', 'PUT', 'DELETE']],
  ])('%s', async (path, allow, methods) => {
    const api = createApi();
    for (const method of methods) {
      const reply = await api.send(method, path);
      expect(reply).toMatchObject({ status: 405, body: { type: 'urn:tidemark:method-not-allowed' } });
      expect(reply.headers.get('Allow')).toBe(allow);
    }
  });
});

describe('an app that serves a part of the API', () => {
  const store = createEventStore({ tables: memoryTables() });
  const append = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"events":[{"type":"A","data":1}]}',
  };

  test('serves appends and nothing that reads', async () => {
    const app = createHttpApp(store, { operations: APPEND_OPERATIONS });
    expect((await app.request('/streams/Order-1', append)).status).toBe(201);
    for (const path of ['/streams/Order-1', '/events', '/health', '/openapi.json']) {
      expect((await app.request(path)).status).toBe(405);
    }
  });

  test('serves what reads and no appends, and its OpenAPI document is that of the whole API', async () => {
    const app = createHttpApp(store, { operations: READ_OPERATIONS });
    const before = await store.head('Order-1');
    expect((await app.request('/streams/Order-1', append)).status).toBe(405);
    expect(await store.head('Order-1')).toEqual(before);
    expect((await app.request('/health')).status).toBe(200);
    expect((await app.request('/events')).status).toBe(200);
    const whole = await createHttpApp(store).request('/openapi.json');
    expect(await (await app.request('/openapi.json')).text()).toBe(await whole.text());
  });
});
