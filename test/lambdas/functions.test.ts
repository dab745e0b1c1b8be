import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tableNamesFromEnvironment } from '../../lambdas/environment.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';
import { lambdaContext } from './lambda-context.ts';

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

const importFunctions: Record<string, () => Promise<unknown>> = {
  append: () => import('../../lambdas/append.ts'),
  read: () => import('../../lambdas/read.ts'),
  sequencer: () => import('../../lambdas/sequencer.ts'),
  scan: () => import('../../lambdas/scan.ts'),
  verify: () => import('../../lambdas/verify.ts'),
  projection: () => import('../../examples/orders/lambda-order-summary.ts'),
};

/** What each function is started with: the tables that its role has rights for. */
const VARIABLES = {
  append: ['EVENTS_TABLE', 'STATE_TABLE'],
  read: ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE', 'READ_MODELS_TABLE'],
  sequencer: ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'],
  scan: ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'],
  verify: ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'],
  projection: ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE', 'READ_MODELS_TABLE'],
};

test('the names of the tables are those of the environment, of those tables that are used', () => {
  expect(tableNamesFromEnvironment(TABLES, ['events', 'log', 'state', 'readModels'])).toEqual({
    events: 'shop-events',
    log: 'shop-log',
    state: 'shop-state',
    readModels: 'shop-read-models',
  });
  expect(tableNamesFromEnvironment(TABLES, ['state'])).toEqual({ state: 'shop-state' });
  expect(() => tableNamesFromEnvironment({ LOG_TABLE: '' }, ['events', 'log'])).toThrow(
    'The environment variables EVENTS_TABLE, LOG_TABLE are missing; each must have the name of a table',
  );
});

describe.each(Object.entries(VARIABLES))('the function %s', (name, variables) => {
  test.each(variables)('does not start without %s, and says so', async (variable) => {
    for (const value of [undefined, '']) {
      vi.resetModules();
      vi.stubEnv(variable, value);
      await expect(importFunctions[name]?.()).rejects.toThrow(`variable ${variable} is missing`);
    }
  });

  test('starts with nothing but its own variables', async () => {
    for (const variable of Object.keys(TABLES)) {
      vi.stubEnv(variable, variables.includes(variable) ? 'a-table' : undefined);
    }
    await expect(importFunctions[name]?.()).resolves.toBeDefined();
  });

  test('exports its handler and nothing else', async () => {
    const exported = await importFunctions[name]?.();
    expect({ ...Object(exported) }).toEqual({ handler: expect.any(Function) });
  });
});

describe('each function serves its part only', () => {
  test('append serves no reads', async () => {
    const { handler } = await import('../../lambdas/append.ts');
    for (const path of [
      '/streams/Order-1',
      '/events',
      '/projections',
      '/read-models/orders/1',
      '/health',
      '/openapi.json',
    ]) {
      const result = await handler(httpApiEvent('GET', path), lambdaContext());
      expect(result.statusCode).toBe(405);
      expect(bodyOf(result)).toMatchObject({ type: 'urn:tidemark:method-not-allowed' });
    }
  });

  test('append checks a request before it asks the tables', async () => {
    const { handler } = await import('../../lambdas/append.ts');
    expect((await handler(appendEvent('/streams/Order-1', { events: [] }), lambdaContext())).statusCode).toBe(400);
  });

  test('read serves no appends', async () => {
    const { handler } = await import('../../lambdas/read.ts');
    const result = await handler(
      appendEvent('/streams/Order-1', { events: [{ type: 'A', data: 1 }] }),
      lambdaContext(),
    );
    expect(result.statusCode).toBe(405);
  });

  test('read serves what needs no tables without them', async () => {
    const { handler } = await import('../../lambdas/read.ts');
    expect(await handler(httpApiEvent('GET', '/health'), lambdaContext())).toMatchObject({
      statusCode: 200,
      body: '{"status":"ok"}',
    });
    expect(bodyOf(await handler(httpApiEvent('GET', '/openapi.json'), lambdaContext()))).toMatchObject({
      paths: { '/streams/{streamId}': { post: {}, get: {} }, '/events': { get: {} } },
    });
    for (const target of ['/events?wait=21', '/projections?a=1', '/read-models/orders/a/b?wait=21']) {
      expect((await handler(httpApiEvent('GET', target), lambdaContext())).statusCode).toBe(400);
    }
  });
});
