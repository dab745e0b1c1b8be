import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { type Api, createApi, errorPaths, pageOf, streamPath } from './api.ts';

logSeed();

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function appendAt(api: Api, path: string) {
  return api.send('POST', path, { headers: JSON_TYPE, body: JSON.stringify({ events: numbered(1) }) });
}

describe('a stream id in a path is decoded once', () => {
  test.each([
    ['/streams/Order-1', 'Order-1'],
    ['/streams/Order-a%2Fb', 'Order-a/b'],
    ['/streams/Order-a/b', 'Order-a/b'],
    ['/streams/Order-a/', 'Order-a/'],
    ['/streams//Order-a', '/Order-a'],
    ['/streams/Order//-a//b', 'Order//-a//b'],
    ['/streams/Order-%C3%A4%E2%82%AC%F0%9F%98%80', 'Order-ä€😀'],
    ['/streams/Order-ä€😀', 'Order-ä€😀'],
    ['/streams/Order-%E2%80%A8%E2%80%A9', 'Order-\u2028\u2029'],
    ['/streams/Order-100%25', 'Order-100%'],
    ['/streams/Order-%252F', 'Order-%2F'],
    ['/streams/Order-%2525', 'Order-%25'],
    ['/streams/Order-a+b', 'Order-a+b'],
    ['/streams/Order-a%20b', 'Order-a b'],
    ['/streams/Order-%23hash', 'Order-#hash'],
    ['/streams/Order-%26%3D%3B%3A%40%24%2C', 'Order-&=;:@$,'],
    ['/streams/Order-%5C..%5Ca', 'Order-\\..\\a'],
    ['/streams/Order-1%2F..%2FOrder-2', 'Order-1/../Order-2'],
    ['/streams/..%2FOrder-1', '../Order-1'],
    ['/streams/%2e%2e%2FOrder-1', '../Order-1'],
    ['/streams/Order-1%2F..', 'Order-1/..'],
    ['/streams/.%2FOrder-1', './Order-1'],
    ['/streams/Order-..', 'Order-..'],
    ['/streams/__proto__-1', '__proto__-1'],
    ['/streams/a--', 'a--'],
    [`/streams/Order-${'x'.repeat(250)}`, `Order-${'x'.repeat(250)}`],
  ])('%s', async (path, streamId) => {
    const api = createApi();
    expect(await appendAt(api, path)).toMatchObject({ status: 201, body: { streamId } });
    expect((await api.store.head(streamId)).version).toBe(1);
    expect(await api.get(path)).toMatchObject({ status: 200, body: { streamId, events: [{ streamId }] } });
    expect(await api.get(streamPath(streamId))).toMatchObject({ status: 200, body: { streamId } });
  });
});

describe('a stream id that does not fit is 400, for appends and reads', () => {
  const paths = [
    '/streams/Order',
    '/streams/-1',
    '/streams/Order-',
    '/streams/-',
    '/streams/Order%3F-1',
    '/streams/Order-1%3Ffrom=1',
    '/streams/Order-%00',
    '/streams/Order-%0A',
    '/streams/Order-%0D%0Aa',
    '/streams/Order-%7F',
    '/streams/Order-%C2%85',
    '/streams/%',
    '/streams/Order-%',
    '/streams/Order-%2',
    '/streams/Order-%zz',
    '/streams/Order-%80',
    '/streams/Order-%C3',
    '/streams/Order-%ED%A0%80',
    '/streams/Order-%FF%FE',
    '/streams/health',
    '/streams/%2F',
    `/streams/Order-${'x'.repeat(251)}`,
    `/streams/Order-${'x'.repeat(15_000)}`,
  ];
  test.each(paths.map((path) => [path.slice(0, 60), path]))('%s', async (_, path) => {
    const api = createApi();
    expect(errorPaths(await appendAt(api, path))).toEqual(['streamId']);
    expect(errorPaths(await api.get(path))).toEqual(['streamId']);
    expect(errorPaths(await api.get(path, { 'If-None-Match': '*' }))).toEqual(['streamId']);
  });
});

describe('dots that a URL takes for steps between folders are gone before the API sees them', () => {
  test.each([
    ['/streams/..', 404],
    ['/streams/%2e%2E', 404],
    ['/streams/.', 404],
    ['/streams/../health', 200],
    ['/streams/Order-1/../Order-2', 404],
  ])('%s', async (path, status) => {
    const api = createApi();
    await api.append('Order-1', numbered(1));
    expect((await api.get(path)).status).toBe(status);
  });
});

test('any stream id that the store takes is reached by its path, and only that stream is', {
  timeout: 60_000,
}, async () => {
  const id = fc.string({ unit: fc.oneof(fc.constantFrom(...'-/.%+ &#\\~:2F'), fc.string({ unit: 'grapheme' })) });
  await fc.assert(
    fc.asyncProperty(id, id, async (before, after) => {
      const streamId = `${before}-${after}`;
      const api = createApi();
      const isTaken = await api.store.head(streamId).then(
        () => true,
        () => false,
      );
      const reply = await appendAt(api, streamPath(streamId));
      expect(reply.status).toBe(isTaken ? 201 : 400);
      if (isTaken) {
        expect(reply).toMatchObject({ body: { streamId } });
        expect((await api.store.head(streamId)).version).toBe(1);
        expect(pageOf(await api.get(streamPath(streamId))).version).toBe(1);
      }
    }),
    { seed, numRuns: 300 },
  );
});
