import { beforeEach, describe, expect, test } from 'vitest';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { added, labelsProjection, type ProjectedStore, projectedStore } from '../projections/projected-store.ts';
import { type Api, createApi, errorPaths } from './api.ts';

let projected: ProjectedStore;
let api: Api;
beforeEach(() => {
  projected = projectedStore();
  api = createApi(projected.tables, { readModels: projected.readModels });
});

async function append(streamId: string, ...labels: string[]): Promise<void> {
  await projected.store.append(streamId, added(...labels));
  await projected.sequence();
}

function run(options: Parameters<typeof labelsProjection>[0] = {}) {
  return createProjectionRunner(projected.context, labelsProjection(options)).run();
}

const FAILING = {
  check: () => {
    throw new Error('bad luck');
  },
};

describe('GET /projections', () => {
  test('without any is empty', async () => {
    expect((await api.get('/projections')).body).toEqual({ projections: [] });
    expect((await createApi().get('/projections')).body).toEqual({ projections: [] });
  });

  test('says how each is', async () => {
    await append('Order-1', 'a', 'b');
    await run();
    await run({ name: 'stuck', ...FAILING });
    await run({ name: 'parking', onError: 'park', ...FAILING });
    await run({ name: 'late' });
    await append('Order-1', 'c');
    await run();
    const { body } = await api.get('/projections');
    const common = { version: 1, head: 3, updatedAt: expect.stringMatching(/Z$/) };
    expect(body).toEqual({
      projections: [
        { ...common, name: 'labels', state: 'live', position: 3, lag: 0, parked: 0 },
        { ...common, name: 'late', state: 'catching-up', position: 2, lag: 1, parked: 0 },
        { ...common, name: 'parking', state: 'catching-up', position: 2, lag: 1, parked: 2 },
        {
          ...common,
          name: 'stuck',
          state: 'halted',
          position: 0,
          lag: 3,
          parked: 0,
          error: {
            position: 1,
            eventId: expect.any(String),
            type: 'Added',
            message: 'Error: bad luck',
            since: expect.stringMatching(/Z$/),
            attempts: 5,
          },
        },
      ],
    });
  });

  test('shows a build beside the live one behind it', async () => {
    await append('Order-1', 'a');
    await run();
    await run({ version: 2, ...FAILING });
    expect((await api.get('/projections')).body).toMatchObject({
      projections: [
        { name: 'labels', version: 1, state: 'live' },
        { name: 'labels', version: 2, state: 'halted' },
      ],
    });
  });
});

describe('GET /read-models', () => {
  test('gives the document as it is, and the position as its ETag', async () => {
    await append('Order-1', 'a', 'b');
    await append('Order-2', 'c');
    await run();
    const reply = await api.get('/read-models/labels/Order-1');
    expect(reply).toMatchObject({ status: 200, body: { labels: ['a', 'b'] } });
    expect(reply.headers.get('ETag')).toBe('"3"');
    expect((await api.send('HEAD', '/read-models/labels/Order-1')).headers.get('ETag')).toBe('"3"');
  });

  test.each(['Order-a/b', 'Order-ä ö', 'Order-%2F', 'Order-1#2'])('takes the key %s', async (streamId) => {
    await append(streamId, 'a');
    await run();
    const reply = await api.get(`/read-models/labels/${encodeURIComponent(streamId)}`);
    expect(reply).toMatchObject({ status: 200, body: { labels: ['a'] } });
  });

  test('without a projection, without a document, or with one that is gone, is 404', async () => {
    expect(await api.get('/read-models/labels/Order-1')).toMatchObject({
      status: 404,
      body: { type: 'urn:tidemark:no-projection' },
    });
    await append('Order-1', 'a');
    await projected.store.append('Order-1', [{ type: 'Removed', data: {} }]);
    await projected.sequence();
    await run();
    for (const key of ['Order-1', 'Order-2']) {
      expect(await api.get(`/read-models/labels/${key}`)).toMatchObject({
        status: 404,
        body: { type: 'urn:tidemark:no-document' },
      });
    }
    expect((await createApi().get('/read-models/labels/Order-1')).status).toBe(404);
  });

  test('waits for a position, or says that the projection is behind', async () => {
    await append('Order-1', 'a');
    await run();
    expect(await api.get('/read-models/labels/Order-1?minPosition=1')).toMatchObject({ status: 200 });
    const behind = await api.get('/read-models/labels/Order-1?minPosition=2&wait=1');
    expect(behind).toMatchObject({
      status: 503,
      body: { type: 'urn:tidemark:projection-behind', position: 1, minPosition: 2 },
    });
    expect(behind.headers.get('Retry-After')).toBe('1');
    const waiting = createApi(projected.tables, {
      readModels: {
        ...projected.readModels,
        waitFor: async (name, position, options) => {
          await append('Order-1', 'b');
          await run();
          return projected.readModels.waitFor(name, position, options);
        },
      },
    });
    expect(await waiting.get('/read-models/labels/Order-1?minPosition=2&wait=1')).toMatchObject({
      status: 200,
      body: { labels: ['a', 'b'] },
    });
  });

  test('stops waiting when the client goes away, or the server closes', async () => {
    await append('Order-1', 'a');
    await run();
    for (const ends of ['client', 'server']) {
      const client = new AbortController();
      const closing = new AbortController();
      const ended = createApi(projected.tables, { readModels: projected.readModels, closing: closing.signal });
      (ends === 'client' ? client : closing).abort();
      const reply = ended.send('GET', '/read-models/labels/Order-1?minPosition=9&wait=20', { signal: client.signal });
      expect(await reply).toMatchObject({ status: 503 });
    }
  });

  test.each([
    ['minPosition=-1', ['minPosition']],
    ['minPosition=1.5', ['minPosition']],
    ['minPosition=x&wait=21', ['minPosition', 'wait']],
    ['minPosition=1&minPosition=2', ['minPosition']],
    ['after=1', ['after']],
  ])('with %s is 400', async (query, paths) => {
    expect(errorPaths(await api.get(`/read-models/labels/Order-1?${query}`))).toEqual(paths);
  });

  test('with a key that none can be is 400', async () => {
    expect(errorPaths(await api.get(`/read-models/labels/${'k'.repeat(257)}`))).toEqual(['key']);
    expect(errorPaths(await api.get('/read-models/labels/%00'))).toEqual(['key']);
  });
});

test('other methods are refused with those that there are', async () => {
  for (const path of ['/projections', '/read-models/labels/Order-1']) {
    const reply = await api.send('POST', path, { body: '{}' });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('Allow')).toBe('GET, HEAD');
  }
});
