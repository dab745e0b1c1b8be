import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryTables } from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { createApi, logPageOf } from './api.ts';
import { anyBody, anyHeaders, anyJsonText, anyMethod, anyPath, anyQuery } from './arbitrary-requests.ts';
import { sequenceAll } from './sequence-all.ts';

logSeed();

const JSON_TYPE = { 'Content-Type': 'application/json' };
const RUNS = { seed, numRuns: 1_000 };

// That each answer is one that is declared, and that errors are problems, is checked by `send` for every request.

test('any request is answered, and never with the fault of the server', { timeout: 60_000 }, async () => {
  const api = createApi();
  await fc.assert(
    fc.asyncProperty(anyMethod, anyPath, anyQuery, anyHeaders, anyBody, async (method, path, query, headers, body) => {
      const takesBody = method !== 'GET' && method !== 'HEAD';
      const reply = await api.send(method, `${path}${query}`, { headers, body: takesBody ? body : null });
      expect(reply.status).toBeLessThan(500);
    }),
    RUNS,
  );
  expect(api.reported).toEqual([]);
});

test('any body of an append appends exactly where it is answered with 201', { timeout: 60_000 }, async () => {
  const api = createApi();
  let version = 0;
  await fc.assert(
    fc.asyncProperty(anyBody, async (body) => {
      const { status } = await api.send('POST', '/streams/Order-1', { headers: JSON_TYPE, body });
      expect([200, 201, 400, 422]).toContain(status);
      const { version: after } = await api.store.head('Order-1');
      expect(after > version).toBe(status === 201);
      version = after;
    }),
    RUNS,
  );
});

test('any JSON data is read as it was written, or is refused', { timeout: 60_000 }, async () => {
  const api = createApi();
  await fc.assert(
    fc.asyncProperty(anyJsonText, async (data) => {
      const reply = await api.appendText('Order-1', `{"events":[{"type":"A","data":${data}}]}`);
      if (reply.status !== 201) {
        expect(reply.status).toBe(400);
        return;
      }
      const read = await api.get('/streams/Order-1?direction=backward&limit=1');
      // As text, because JSON with a member called __proto__ is compared wrongly as an object. JSON has no -0.
      const written = JSON.stringify(JSON.parse(data, (_, value) => (Object.is(value, -0) ? 0 : value)));
      expect(read.text).toContain(`"data":${written},"metadata"`);
    }),
    RUNS,
  );
});

test('any headers of an append and any query of a read are taken or refused', { timeout: 60_000 }, async () => {
  const api = createApi();
  await fc.assert(
    fc.asyncProperty(anyHeaders, anyQuery, async (headers, query) => {
      const append = await api.appendText('Order-1', '{"events":[{"type":"A","data":1}]}', headers);
      expect([200, 201, 400, 412, 413, 415]).toContain(append.status);
      const read = await api.get(`/streams/Order-1${query}`, headers);
      expect([200, 304, 400, 404]).toContain(read.status);
    }),
    RUNS,
  );
});

test('any query of the log is taken or refused', { timeout: 60_000 }, async () => {
  const tables = memoryTables();
  const api = createApi(tables);
  await api.append('Order-1', [
    { type: 'A', data: 1 },
    { type: 'B', data: 2 },
  ]);
  await api.append('Cart-1', [{ type: 'A', data: 3 }]);
  await sequenceAll(tables);
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(anyQuery, async (query) => {
      const reply = await api.get(`/events${query}`);
      expect([200, 400]).toContain(reply.status);
      if (reply.status === 200) {
        answered++;
        expect(logPageOf(reply).head).toBe(3);
      }
    }),
    RUNS,
  );
  expect(answered).toBeGreaterThan(10);
  expect(api.reported).toEqual([]);
});
