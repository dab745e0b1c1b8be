import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../lib/index.ts';
import { numbered } from '../support/events.ts';
import { type Api, createApi, errorPaths } from './api.ts';

const KEYED = { 'Idempotency-Key': 'key-1' };

async function version({ store }: Api): Promise<number> {
  return (await store.head('Order-1')).version;
}

describe('with an Idempotency-Key', () => {
  test.each([
    ['nothing', {}],
    ['a version that has passed', { 'If-Match': '"0"' }],
    ['a version that was never there', { 'If-Match': '"70"' }],
    ['that the stream exists', { 'If-Match': '*' }],
    ['that it does not', { 'If-None-Match': '*' }],
  ])('a repeat that expects %s is 200 with the first body and ETag, however far the stream is', async (_, headers) => {
    const api = createApi();
    const first = await api.append('Order-1', numbered(2), KEYED);
    expect(first.status).toBe(201);
    for (let count = 0; count < 3; count++) {
      await api.append('Order-1', numbered(2, 'other'));
    }
    const repeat = await api.append('Order-1', numbered(2), { ...KEYED, ...headers });
    expect(repeat.status).toBe(200);
    expect(repeat.body).toEqual(first.body);
    expect(repeat.headers.get('ETag')).toBe(first.headers.get('ETag'));
    expect(await version(api)).toBe(8);
  });

  test('other events are 422, and nothing is written', async () => {
    const api = createApi();
    await api.append('Order-1', numbered(2), KEYED);
    for (const events of [numbered(1), numbered(3), numbered(2, 'other'), numbered(2).toReversed()]) {
      expect(await api.append('Order-1', events, KEYED)).toMatchObject({
        status: 422,
        body: { type: 'urn:tidemark:idempotency-conflict' },
      });
    }
    expect(await version(api)).toBe(2);
  });

  test('the order of the members of an object does not make other events', async () => {
    const api = createApi();
    await api.append('Order-1', [{ type: 'A', data: { a: 1, b: 2 } }], KEYED);
    expect(await api.append('Order-1', [{ type: 'A', data: { b: 2, a: 1 } }], KEYED)).toMatchObject({ status: 200 });
  });

  test('the same key on another stream is another key, and so is another key on the same stream', async () => {
    const api = createApi();
    await api.append('Order-1', numbered(1), KEYED);
    expect(await api.append('Order-2', numbered(1), KEYED)).toMatchObject({ status: 201 });
    expect(await api.append('Order-1', numbered(1), { 'Idempotency-Key': 'KEY-1' })).toMatchObject({ status: 201 });
  });

  test('a refused append leaves no key', async () => {
    const api = createApi();
    const refused = await api.append('Order-1', numbered(1), { ...KEYED, 'If-Match': '*' });
    expect(refused.status).toBe(412);
    expect(await api.append('Order-1', numbered(2), KEYED)).toMatchObject({ status: 201 });
  });

  test('the key goes before the id of the first event', async () => {
    const api = createApi();
    const events = [{ type: 'A', data: 1, id: 'event-1' }];
    await api.append('Order-1', events, KEYED);
    expect(await api.append('Order-1', events, { 'Idempotency-Key': 'key-2' })).toMatchObject({ status: 201 });
  });

  test('many at once append once, and all have the same body', async () => {
    const api = createApi();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => api.append('Order-1', numbered(2), { ...KEYED, 'If-Match': '"0"' })),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([...Array(9).fill(200), 201]);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(await version(api)).toBe(2);
  });

  test.each([1, 128])('%i characters are a key', async (length) => {
    const api = createApi();
    const headers = { 'Idempotency-Key': 'k'.repeat(length) };
    expect(await api.append('Order-1', numbered(1), headers)).toMatchObject({ status: 201 });
    expect(await api.append('Order-1', numbered(1), headers)).toMatchObject({ status: 200 });
  });

  test.each([
    ['an empty one', ''],
    ['spaces only', '  '],
    ['129 characters', 'k'.repeat(129)],
    ['a tab in it', 'a\tb'],
    ['a control character in it', 'a\u0085b'],
  ])('%s is 400', async (_, key) => {
    const api = createApi();
    expect(errorPaths(await api.append('Order-1', numbered(1), { 'Idempotency-Key': key }))).toEqual([
      'Idempotency-Key',
    ]);
    expect(await version(api)).toBe(0);
  });
});

describe('with an id of the first event', () => {
  const events: NewEvent[] = [{ type: 'A', data: 1, id: 'event-1' }, ...numbered(1)];

  test.each([
    ['a version', { 'If-Match': '"1"' }],
    ['that the stream exists', { 'If-Match': '*' }],
    ['nothing', {}],
  ])('a repeat that expects %s, as the first did, is 200 with the first body', async (_, headers) => {
    const api = createApi();
    await api.append('Order-1', numbered(1));
    const first = await api.append('Order-1', events, headers);
    expect(first.status).toBe(201);
    await api.append('Order-1', numbered(4));
    const repeat = await api.append('Order-1', events, headers);
    expect(repeat.status).toBe(200);
    expect(repeat.body).toEqual(first.body);
    expect(repeat.headers.get('ETag')).toBe(first.headers.get('ETag'));
    expect(await version(api)).toBe(7);
  });

  test('a repeat that expects no stream, as the first did, is 200 with the first body', async () => {
    const api = createApi();
    const headers = { 'If-None-Match': '*' };
    const first = await api.append('Order-1', events, headers);
    await api.append('Order-1', numbered(4));
    expect(await api.append('Order-1', events, headers)).toMatchObject({ status: 200, body: first.body });
  });

  test.each([
    ['a version', { 'If-Match': '"0"' }],
    ['nothing', {}],
  ])('a repeat that expects %s and has other events is 422', async (_, headers) => {
    const api = createApi();
    await api.append('Order-1', events, headers);
    const [first] = events;
    const others = [...(first === undefined ? [] : [first]), ...numbered(1, 'other')];
    expect(await api.append('Order-1', others, headers)).toMatchObject({ status: 422 });
    expect(await version(api)).toBe(2);
  });

  test('the longest id is as good as any', async () => {
    const api = createApi();
    const longest = [{ type: 'A', data: 1, id: 'i'.repeat(128) }, ...numbered(1)];
    const first = await api.append('Order-1', longest);
    expect(await api.append('Order-1', longest)).toMatchObject({ status: 200, body: first.body });
  });

  test('without any id or key a repeat appends again', async () => {
    const api = createApi();
    await api.append('Order-1', numbered(1));
    expect(await api.append('Order-1', numbered(1))).toMatchObject({ status: 201, body: { version: 2 } });
  });
});
