import { describe, expect, test, vi } from 'vitest';
import { createHttpApp } from '../../lib/http/app.ts';
import {
  createEventStore,
  MissingCommit,
  memoryTables,
  type Tables,
  Throttled,
  Unavailable,
  UnreadableItem,
} from '../../lib/index.ts';
import { createProjectionContext } from '../../lib/projections/context.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { type Api, createApi, type Reply } from './api.ts';

/** What only the server may know. */
const SECRET = 'arn:aws:dynamodb:eu-central-1:123456789012:table/secret';

function failingTables(error: unknown): Tables {
  const fail = async () => {
    throw error;
  };
  return { get: fail, query: fail, scan: fail, batchGet: fail, put: fail, remove: fail, transact: fail };
}

/** The API on tables that always fail. */
function failingApi(error: unknown): Api {
  const tables = failingTables(error);
  return createApi(tables, { readModels: createReadModels(createProjectionContext(tables)) });
}

/** Each way to ask for something that needs the tables. */
async function everyReply(api: Api): Promise<Reply[]> {
  return Promise.all([
    api.append('Order-1', numbered(1)),
    api.append('Order-1', numbered(1), { 'If-None-Match': '*' }),
    api.append('Order-1', numbered(1), { 'If-Match': '"3"' }),
    api.append('Order-1', numbered(1), { 'Idempotency-Key': 'key' }),
    api.get('/streams/Order-1'),
    api.get('/streams/Order-1?direction=backward&limit=1'),
    api.get('/streams/Order-1', { 'If-None-Match': '"1"' }),
    api.get('/streams/Order-1?sequenced=true'),
    api.get('/events'),
    api.get('/events?category=Order&wait=20'),
    api.get('/projections'),
    api.get('/read-models/orders/1'),
    api.get('/read-models/orders/1?minPosition=1&wait=20'),
  ]);
}

function expectNothingOfTheServer({ text, headers }: Reply): void {
  const answer = `${text}${JSON.stringify([...headers])}`;
  for (const secret of [SECRET, 'lib/', 'Error:', 'node_modules', '.ts']) {
    expect(answer).not.toContain(secret);
  }
}

describe('where DynamoDB is busy or away', () => {
  test.each([
    ['throttled', new Throttled(new Error(SECRET))],
    ['unavailable', new Unavailable(new Error(SECRET))],
  ])('%s is 503 with Retry-After, and is reported', async (code, error) => {
    const api = failingApi(error);
    const replies = await everyReply(api);
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 503, body: { type: `urn:tidemark:${code}` } });
      expect(reply.headers.get('Retry-After')).toBe('1');
      expectNothingOfTheServer(reply);
    }
    expect(api.reported).toEqual(replies.map(() => error));
  });

  test('a write that is throttled after the reads were not is 503', async () => {
    const { put, transact } = failingTables(new Throttled(new Error(SECRET)));
    const api = createApi(withCalls(memoryTables(), { put, transact }));
    expect(await api.append('Order-1', numbered(1))).toMatchObject({ status: 503 });
    expect(await api.append('Order-1', numbered(1), { 'Idempotency-Key': 'key' })).toMatchObject({ status: 503 });
  });

  test('a read that is throttled after the page was read is 503', async () => {
    const { get, query } = failingTables(new Throttled(new Error(SECRET)));
    const tables = memoryTables();
    await createApi(tables).append('Order-1', numbered(1));
    expect(await createApi(withCalls(tables, { get })).get('/streams/Order-1?sequenced=true')).toMatchObject({
      status: 503,
    });
    let queries = 0;
    const later = withCalls(tables, {
      query: (...asked) => (++queries > 5 ? query(...asked) : tables.query(...asked)),
    });
    expect(await createApi(later).get('/events?wait=20')).toMatchObject({ status: 503 });
    expect(queries).toBe(6);
  });

  test('an append that always loses against others is 503 with Retry-After', async () => {
    const contended = { outcome: 'contended' } as const;
    const api = createApi(withCalls(memoryTables(), { put: async () => contended }));
    const reply = await api.append('Order-1', numbered(1));
    expect(reply).toMatchObject({ status: 503, body: { type: 'urn:tidemark:append-contention' } });
    expect(reply.headers.get('Retry-After')).toBe('1');
  });

  test('health is still 200', async () => {
    const api = createApi(failingTables(new Unavailable(new Error(SECRET))));
    expect(await api.get('/health')).toMatchObject({ status: 200 });
  });
});

describe('what is the fault of the server', () => {
  test.each([
    ['an error of the SDK', Object.assign(new Error(SECRET), { name: 'AccessDeniedException' })],
    ['a bug', new TypeError(`Cannot read ${SECRET} of undefined`)],
    ['a damaged item', new UnreadableItem(SECRET, SECRET, SECRET)],
    ['a missing commit', new MissingCommit(SECRET, 7)],
    ['an error with a cause', new Error('outer', { cause: new Error(SECRET) })],
    ['a text', SECRET],
    ['nothing', undefined],
    ['an object with a status', { status: 200, message: SECRET, getResponse: () => new Response(SECRET) }],
  ])('%s is 500 without a word about it, and is reported as it is', async (_, error) => {
    const api = failingApi(error);
    const replies = await everyReply(api);
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 500, body: { type: 'urn:tidemark:internal-error' } });
      expectNothingOfTheServer(reply);
    }
    expect(api.reported).toHaveLength(replies.length);
    for (const reported of api.reported) {
      expect(reported).toBe(error);
    }
  });

  test('an item that Tidemark has not written is 500', async () => {
    const stray = { PK: 'STREAM#Order-1', SK: 'VERSION#00000000000000000001', secret: SECRET };
    const api = createApi(withCalls(memoryTables(), { query: async () => ({ items: [stray] }) }));
    const reply = await api.get('/streams/Order-1');
    expect(reply.status).toBe(500);
    expectNothingOfTheServer(reply);
  });

  test('is reported on the console where nothing else is said', async () => {
    const error = new Error(SECRET);
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      const app = createHttpApp(createEventStore({ tables: failingTables(error) }));
      expect((await app.request('/streams/Order-1')).status).toBe(500);
      expect(report.mock.calls).toEqual([[error]]);
    } finally {
      report.mockRestore();
    }
  });
});

test('what is the fault of the client is not reported', async () => {
  const api = createApi();
  await api.get('/streams/Order');
  await api.get('/streams/Order-1');
  await api.get('/nothing');
  await api.send('PUT', '/streams/Order-1');
  await api.append('Order-1', []);
  await api.append('Order-1', numbered(1), { 'If-Match': '*' });
  await api.append('Order-1', numbered(1), { 'Content-Type': 'text/plain' });
  await api.append('Order-1', [{ type: 'A', data: 'x'.repeat(500_000) }]);
  expect(api.reported).toEqual([]);
});
