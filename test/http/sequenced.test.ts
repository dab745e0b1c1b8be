import { describe, expect, test } from 'vitest';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { createApi, errorPaths, logPageOf } from './api.ts';
import { sequenceAll } from './sequence-all.ts';

describe('sequenced=true says where the last commit of the stream ends in the log', () => {
  test('on any page, as soon as it is there', async () => {
    const tables = memoryTables();
    const api = createApi(tables);
    await api.append('Order-1', numbered(2));
    await api.append('Order-2', numbered(3));
    const { body } = await api.get('/streams/Order-1');
    expect((await api.get('/streams/Order-1?sequenced=true')).body, 'not in the log yet').toEqual(body);
    await sequenceAll(tables);
    await api.append('Order-1', numbered(4));
    for (const query of ['', '&limit=1', '&direction=backward&limit=1', '&from=100']) {
      const before = await api.get(`/streams/Order-1?sequenced=true${query}`);
      expect(before.body, 'only the commit before is').not.toHaveProperty('sequencedPosition');
    }
    await sequenceAll(tables);
    const { events } = logPageOf(await api.get('/events'));
    const last = events.findLast(({ streamId }) => streamId === 'Order-1');
    expect(last).toMatchObject({ version: 6, position: 9 });
    for (const query of ['', '&limit=1', '&direction=backward&limit=1', '&from=100']) {
      const reply = await api.get(`/streams/Order-1?sequenced=true${query}`);
      expect(reply).toMatchObject({ status: 200, body: { version: 6, sequencedPosition: 9 } });
      expect(reply.headers.get('ETag')).toBe('"6"');
    }
    expect(await api.get('/streams/Order-2?sequenced=true')).toMatchObject({
      body: { version: 3, sequencedPosition: 5 },
    });
  });

  test('also where the stream has grown while the page was read: no earlier than the version of the answer', async () => {
    const tables = memoryTables();
    await createEventStore({ tables }).append('Order-1', numbered(1));
    const growing = withCalls(tables, {
      get: async (...asked) => {
        await createEventStore({ tables }).append('Order-1', numbered(1));
        await sequenceAll(tables);
        return tables.get(...asked);
      },
    });
    expect(await createApi(growing).get('/streams/Order-1?sequenced=true')).toMatchObject({
      body: { version: 1, sequencedPosition: 2 },
    });
  });

  test('from a consistent read, so that it is there once the log has it', async () => {
    const requests: string[] = [];
    const tables = memoryTables({
      lag: (writes) => writes,
      observer: ({ operation, readUnits }) => requests.push(`${operation} ${readUnits}`),
    });
    const api = createApi(tables);
    await api.append('Order-1', numbered(1));
    await sequenceAll(tables);
    requests.length = 0;
    expect(await api.get('/streams/Order-1?sequenced=true')).toMatchObject({ body: { sequencedPosition: 1 } });
    expect(requests.filter((request) => request.startsWith('get'))).toEqual(['get 1']);
  });

  test('and If-None-Match is not answered with 304, because it changes while the version does not', async () => {
    const tables = memoryTables();
    const api = createApi(tables);
    await api.append('Order-1', numbered(1));
    const known = { 'If-None-Match': '"1"' };
    expect((await api.get('/streams/Order-1?sequenced=true', known)).status).toBe(200);
    await sequenceAll(tables);
    expect(await api.get('/streams/Order-1?sequenced=true', known)).toMatchObject({
      status: 200,
      body: { sequencedPosition: 1 },
    });
    expect((await api.get('/streams/Order-1?sequenced=false', known)).status).toBe(304);
  });

  test('and a stream that is not there is 404', async () => {
    expect((await createApi().get('/streams/Order-1?sequenced=true')).status).toBe(404);
  });
});

test('without it, or with false, nothing is said and nothing is read for it', async () => {
  const requests: string[] = [];
  const tables = memoryTables({ observer: ({ operation }) => requests.push(operation) });
  const api = createApi(tables);
  await api.append('Order-1', numbered(3));
  await sequenceAll(tables);
  requests.length = 0;
  const plain = await api.get('/streams/Order-1?limit=1');
  const cost = requests.splice(0);
  const denied = await api.get('/streams/Order-1?limit=1&sequenced=false');
  expect(requests).toEqual(cost);
  expect(cost).not.toContain('get');
  expect(denied.body).toEqual(plain.body);
  expect(plain.body).not.toHaveProperty('sequencedPosition');
  expect(await api.get('/streams/Order-1?limit=1&sequenced=true')).toMatchObject({
    body: { next: '/streams/Order-1?from=2&limit=1&direction=forward', sequencedPosition: 3 },
  });
});

test.each(['', '1', 'yes', 'TRUE', 'true,true', 'true&sequenced=true', 'null'])(
  'sequenced=%s is 400 and is named',
  async (value) => {
    expect(errorPaths(await createApi().get(`/streams/Order-1?sequenced=${value}`))).toEqual(['sequenced']);
  },
);
