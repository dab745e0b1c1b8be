import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tableNamesFromEnvironment } from '../../lambdas/environment.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';

const TABLES = {
  EVENTS_TABLE: 'shop-events',
  LOG_TABLE: 'shop-log',
  STATE_TABLE: 'shop-state',
  READ_MODELS_TABLE: 'shop-read-models',
};

/** What Lambda sets besides; nothing answers there. */
const LAMBDA = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'dummy',
  AWS_SECRET_ACCESS_KEY: 'dummy',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
};

beforeEach(() => {
  vi.resetModules();
  for (const [name, value] of Object.entries({ ...TABLES, ...LAMBDA })) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const importFunctions = {
  append: () => import('../../lambdas/append.ts'),
  read: () => import('../../lambdas/read.ts'),
};

test('the names of the tables are those of the environment', () => {
  expect(tableNamesFromEnvironment(TABLES)).toEqual({
    events: 'shop-events',
    log: 'shop-log',
    state: 'shop-state',
    readModels: 'shop-read-models',
  });
});

describe.each(['append', 'read'] as const)('the function %s', (name) => {
  test.each(Object.keys(TABLES))('does not start without %s, and says so', async (variable) => {
    for (const value of [undefined, '']) {
      vi.resetModules();
      vi.stubEnv(variable, value);
      await expect(importFunctions[name]()).rejects.toThrow(variable);
    }
  });

  test('exports its handler and nothing else', async () => {
    const exported = await importFunctions[name]();
    expect(Object.keys(exported)).toEqual(['handler']);
    expect(exported.handler).toBeInstanceOf(Function);
  });
});

describe('each function serves its part only', () => {
  test('append serves no reads', async () => {
    const { handler } = await importFunctions.append();
    for (const path of [
      '/streams/Order-1',
      '/events',
      '/projections',
      '/read-models/orders/1',
      '/health',
      '/openapi.json',
    ]) {
      const result = await handler(httpApiEvent('GET', path));
      expect(result.statusCode).toBe(405);
      expect(bodyOf(result)).toMatchObject({ type: 'urn:tidemark:method-not-allowed' });
    }
  });

  test('append checks a request before it asks the tables', async () => {
    const { handler } = await importFunctions.append();
    expect((await handler(appendEvent('/streams/Order-1', { events: [] }))).statusCode).toBe(400);
  });

  test('read serves no appends', async () => {
    const { handler } = await importFunctions.read();
    const result = await handler(appendEvent('/streams/Order-1', { events: [{ type: 'A', data: 1 }] }));
    expect(result.statusCode).toBe(405);
  });

  test('read serves what needs no tables without them', async () => {
    const { handler } = await importFunctions.read();
    expect(await handler(httpApiEvent('GET', '/health'))).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
    expect(bodyOf(await handler(httpApiEvent('GET', '/openapi.json')))).toMatchObject({
      paths: { '/streams/{streamId}': { post: {}, get: {} }, '/events': { get: {} } },
    });
    for (const target of ['/events?wait=21', '/projections?a=1', '/read-models/orders/a/b?wait=21']) {
      expect((await handler(httpApiEvent('GET', target))).statusCode).toBe(400);
    }
  });
});
