import { expect, test } from 'vitest';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { numbered } from '../support/events.ts';
import { createApi } from './api.ts';

async function apiWithNineEvents() {
  const api = createApi();
  await api.append('Order-1', numbered(4));
  await api.append('Order-1', numbered(5));
  return api;
}

test.each(['"9"', 'W/"9"', '*', ' * ', '"1", "9"', '"1",W/"9" ,"12"', '"8", "9", "10"'])(
  'If-None-Match: %s is 304 with the ETag that a 200 has, and no body',
  async (tags) => {
    const api = await apiWithNineEvents();
    for (const query of ['', '?from=3&limit=1', '?direction=backward']) {
      const reply = await api.get(`/streams/Order-1${query}`, { 'If-None-Match': tags });
      expect(reply.status).toBe(304);
      expect(reply.headers.get('ETag')).toBe('"9"');
      expect(reply.headers.get('Content-Type')).toBeNull();
    }
  },
);

test.each(['"8"', '"90"', '"09"', '9', '', 'w/"9"', '"9', '""', 'W/9', '"8", W/"7"'])(
  'If-None-Match: %s is 200',
  async (tags) => {
    const api = await apiWithNineEvents();
    expect(await api.get('/streams/Order-1', { 'If-None-Match': tags })).toMatchObject({ status: 200 });
  },
);

test('the ETag of an append and of a read are known to the next read, until there is another append', async () => {
  const api = createApi();
  const appended = await api.append('Order-1', numbered(1));
  const tag = { 'If-None-Match': appended.headers.get('ETag') ?? '' };
  expect((await api.get('/streams/Order-1', tag)).status).toBe(304);
  await api.append('Order-1', numbered(1));
  const read = await api.get('/streams/Order-1', tag);
  expect(read.status).toBe(200);
  expect((await api.get('/streams/Order-1', { 'If-None-Match': read.headers.get('ETag') ?? '' })).status).toBe(304);
});

test('the ETag of a read is a version that an append can expect', async () => {
  const api = await apiWithNineEvents();
  const tag = (await api.get('/streams/Order-1?limit=1')).headers.get('ETag') ?? '';
  expect(await api.append('Order-1', numbered(1), { 'If-Match': tag })).toMatchObject({ status: 201 });
  expect(await api.append('Order-1', numbered(1), { 'If-Match': tag })).toMatchObject({ status: 412 });
});

test('a stream that is not there is 404 for any tag', async () => {
  const api = createApi();
  for (const tags of ['*', '"0"', '"1"']) {
    expect((await api.get('/streams/Order-1', { 'If-None-Match': tags })).status).toBe(404);
  }
});

test('a parameter that does not fit is 400 for any tag, and HEAD is 304 as GET is', async () => {
  const api = await apiWithNineEvents();
  const headers = { 'If-None-Match': '"9"' };
  expect((await api.get('/streams/Order-1?limit=0', headers)).status).toBe(400);
  expect((await api.send('HEAD', '/streams/Order-1', { headers })).status).toBe(304);
});

test('a client that has everything costs one small read', async () => {
  const requests: string[] = [];
  const tables = memoryTables({ observer: ({ operation, readUnits }) => requests.push(`${operation} ${readUnits}`) });
  await createEventStore({ tables }).append('Order-1', numbered(9));
  requests.length = 0;
  await createApi(tables).get('/streams/Order-1', { 'If-None-Match': '"9"' });
  expect(requests).toEqual(['query 1']);
});
