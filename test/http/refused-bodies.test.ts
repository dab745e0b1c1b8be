import { describe, expect, test } from 'vitest';
import { ERRORS_MAX } from '../../lib/http/bounds.ts';
import { NewEventBodies } from '../../lib/http/schemas.ts';
import { noise, numbered } from '../support/events.ts';
import { createApi, errorPaths } from './api.ts';

/** For bodies of megabytes on a busy machine. */
const SLOW_MS = 60_000;

describe('a body that does not fit is 400 and says where', () => {
  test.each([
    ['null', 'null', ['']],
    ['a list', '[]', ['']],
    ['a text', '"events"', ['']],
    ['a number that is too large', '123456789012345678901', ['']],
    ['nothing in it', '{}', ['events']],
    ['no events', '{"events":[]}', ['events']],
    ['events that are no list', '{"events":{"0":{"type":"A","data":1},"length":1}}', ['events']],
    ['events that are null', '{"events":null}', ['events']],
    ['another member', '{"events":[{"type":"A","data":1}],"expect":1}', ['expect']],
    ['other members, one of them called __proto__', '{"events":[1],"__proto__":{}}', ['events[0]', '__proto__']],
    ['an event that is null', '{"events":[{"type":"A","data":1},null]}', ['events[1]']],
    ['an event that is a list', '{"events":[[]]}', ['events[0]']],
    ['an event without type and data', '{"events":[{}]}', ['events[0].type', 'events[0].data']],
    ['an event with another member', '{"events":[{"type":"A","data":1,"version":7}]}', ['events[0].version']],
    ['an event with a member __proto__', '{"events":[{"type":"A","data":1,"__proto__":{}}]}', ['events[0].__proto__']],
  ])('%s', async (_, body, paths) => {
    const api = createApi();
    expect(errorPaths(await api.appendText('Order-1', body))).toEqual(paths);
    expect((await api.store.head('Order-1')).version).toBe(0);
  });

  test.each([
    ['type', ''],
    ['type', 'x'.repeat(129)],
    ['type', 7],
    ['type', null],
    ['type', 'a\u0000b'],
    ['type', 'a\ud800'],
    ['id', ''],
    ['id', 'x'.repeat(129)],
    ['id', 7],
    ['id', null],
    ['id', 'a\nb'],
    ['schemaVersion', 0],
    ['schemaVersion', -1],
    ['schemaVersion', 1.5],
    ['schemaVersion', '1'],
    ['schemaVersion', 2 ** 53],
    ['schemaVersion', null],
    ['metadata', null],
    ['metadata', []],
    ['metadata', 'text'],
  ])('the %s %j', async (field, value) => {
    const event = { type: 'A', data: 1, [field]: value };
    const reply = await createApi().appendText('Order-1', JSON.stringify({ events: [event] }));
    expect(errorPaths(reply)).toEqual([`events[0].${field}`]);
  });

  test.each(['correlationId', 'causationId', 'userId', 'timestamp'])('metadata with %s being 7', async (field) => {
    const reply = await createApi().append('Order-1', [{ type: 'A', data: 1, metadata: { [field]: 7 } }]);
    expect(errorPaths(reply)).toEqual([`events[0].metadata.${field}`]);
  });

  test('two events with the same id', async () => {
    const event = { type: 'A', data: 1, id: 'same' };
    expect(errorPaths(await createApi().append('Order-1', [event, event]))).toEqual(['events[1].id']);
  });

  test('everything that is wrong is said at once', async () => {
    const reply = await createApi().appendText('Order-1', '{"events":[{"data":1},{"type":"A"}],"more":1}', {
      'Idempotency-Key': '',
    });
    expect(errorPaths(reply)).toEqual(['Idempotency-Key', 'events[0].type', 'events[1].data', 'more']);
  });
});

test('an append takes no parameters', async () => {
  const api = createApi();
  const init = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ events: numbered(1) }) };
  expect(errorPaths(await api.send('POST', '/streams/Order-1?expect=1&from=1', init))).toEqual(['expect', 'from']);
});

describe('a commit over 400 KB', { timeout: SLOW_MS }, () => {
  test('is 413 with its size and the limit, to the byte', async () => {
    const api = createApi();
    const sized = (characters: number) => [{ type: 'A', data: 'x'.repeat(characters), id: 'id' }];
    const limit = 400 * 1024;
    const over = await api.append('Order-1', sized(limit));
    expect(over).toMatchObject({ status: 413, body: { type: 'urn:tidemark:commit-too-large', limit } });
    const size = JSON.parse(over.text).size;
    expect(size).toBeGreaterThan(limit);
    expect(await api.append('Order-1', sized(limit - (size - limit) + 1))).toMatchObject({
      status: 413,
      body: { size: limit + 1, limit },
    });
    expect((await api.store.head('Order-1')).version).toBe(0);
    expect(await api.append('Order-1', sized(limit - (size - limit)))).toMatchObject({ status: 201 });
  });

  test('counts the bytes of UTF-8, and is 413 also with a key and a version', async () => {
    const api = createApi();
    const events = [{ type: 'A', data: '€'.repeat(140_000) }];
    for (const headers of [{ 'Idempotency-Key': 'key' }, { 'If-Match': '"0"' }, { 'If-None-Match': '*' }]) {
      expect(await api.append('Order-1', events, headers)).toMatchObject({ status: 413 });
    }
  });

  test('may have as many events as fit', async () => {
    const api = createApi();
    const events = Array.from({ length: 15_000 }, () => ({ type: 'A', data: 0 }));
    expect(await api.append('Order-1', events)).toMatchObject({ status: 201, body: { version: 15_000 } });
    expect(await api.append('Order-1', [...events, ...events])).toMatchObject({ status: 413 });
  });
});

describe('what a body of 6 MB can be wrong in', { timeout: SLOW_MS }, () => {
  const ANSWER_CHARACTERS_MAX = 200_000;

  test.each([
    ['millions of events that are none', () => `{"events":[${'1,'.repeat(3_000_000)}1]}`],
    ['millions of empty events', () => `{"events":[${'{},'.repeat(2_000_000)}{}]}`],
    ['events that are wrong after many right ones', () => wrongAtTheEnd(2_000, 1_000)],
    ['one member with a name of megabytes', () => `{"events":[{"type":"A","data":1,"${noise(4_000_000, 'name')}":1}]}`],
    ['a wrong number under a name of megabytes', () => `{"events":[{"type":"A","data":{"${'x'.repeat(4e6)}":1e999}}]}`],
    ['hundreds of thousands of other members', () => `{"events":[],${members(400_000)}}`],
    ['hundreds of thousands of wrong numbers', () => `{"events":[{"type":"A","data":[${'1e999,'.repeat(400_000)}0]}]}`],
  ])('%s: is answered in kilobytes', async (_, body) => {
    const reply = await createApi().appendText('Order-1', body());
    expect(errorPaths(reply).length).toBeGreaterThan(0);
    expect(errorPaths(reply).length).toBeLessThanOrEqual(ERRORS_MAX);
    expect(reply.text.length).toBeLessThan(ANSWER_CHARACTERS_MAX);
  });

  test('is not looked for further than an answer can name, which would take minutes and gigabytes', () => {
    const { error } = NewEventBodies.safeParse(Array(10_000).fill(7));
    expect(error?.issues).toHaveLength(ERRORS_MAX + 1);
  });

  test('a wrong event is found behind any number of right ones', async () => {
    const reply = await createApi().appendText('Order-1', wrongAtTheEnd(2_000, 1));
    expect(errorPaths(reply)).toEqual(['events[2000].type']);
  });

  function wrongAtTheEnd(right: number, wrong: number): string {
    const events = [...Array(right).fill({ type: 'A', data: 1 }), ...Array(wrong).fill({ data: 1 })];
    return JSON.stringify({ events });
  }

  function members(count: number): string {
    return Array.from({ length: count }, (_, index) => `"${index}":1`).join();
  }
});
