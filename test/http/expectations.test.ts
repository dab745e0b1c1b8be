import { describe, expect, test } from 'vitest';
import { createEventStore, memoryTables, Throttled } from '../../lib/index.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { createApi, errorPaths } from './api.ts';

const EVENT = numbered(1);

describe('If-Match with a version', () => {
  test('is met exactly at the version', async () => {
    const api = createApi();
    expect(await api.append('Order-1', numbered(2), { 'If-Match': '"0"' })).toMatchObject({ status: 201 });
    expect(await api.append('Order-1', EVENT, { 'If-Match': '"2"' })).toMatchObject({
      status: 201,
      body: { firstVersion: 3 },
    });
  });

  test.each([
    ['behind the head', '"5"', 5],
    ['far behind the head', '"1"', 1],
    ['inside the first commit', '"2"', 2],
    ['inside the last commit', '"8"', 8],
    ['of no stream', '"0"', 0],
    ['past the head', '"10"', 10],
    ['far past the head', '"9007199254740991"', Number.MAX_SAFE_INTEGER],
  ])('%s is 412 with the expected version and the head, and nothing is written', async (_, tag, expectedVersion) => {
    const api = createApi();
    for (const count of [3, 2, 2, 2]) {
      await api.append('Order-1', numbered(count));
    }
    const reply = await api.append('Order-1', EVENT, { 'If-Match': tag });
    expect(reply).toMatchObject({
      status: 412,
      body: { type: 'urn:tidemark:wrong-expected-version', expectedVersion, actualVersion: 9 },
    });
    expect((await api.store.head('Order-1')).version).toBe(9);
  });

  test('is 412 with version 0 where there is no such stream', async () => {
    expect(await createApi().append('Order-1', EVENT, { 'If-Match': '"7"' })).toMatchObject({
      status: 412,
      body: { expectedVersion: 7, actualVersion: 0 },
    });
  });
});

test('If-Match: * is met by any stream that exists, and is 412 with "exists" and 0 where there is none', async () => {
  const api = createApi();
  expect(await api.append('Order-1', EVENT, { 'If-Match': '*' })).toMatchObject({
    status: 412,
    body: { expectedVersion: 'exists', actualVersion: 0 },
  });
  await api.append('Order-1', EVENT);
  expect(await api.append('Order-1', EVENT, { 'If-Match': '*' })).toMatchObject({ status: 201, body: { version: 2 } });
});

test('If-None-Match: * is met by a new stream, and is 412 with "no-stream" and the head where there is one', async () => {
  const api = createApi();
  expect(await api.append('Order-1', EVENT, { 'If-None-Match': '*' })).toMatchObject({ status: 201 });
  for (let count = 0; count < 4; count++) {
    await api.append('Order-1', EVENT);
  }
  expect(await api.append('Order-1', EVENT, { 'If-None-Match': '*' })).toMatchObject({
    status: 412,
    body: { expectedVersion: 'no-stream', actualVersion: 5 },
  });
});

test('without either header any version is right', async () => {
  const api = createApi();
  expect(await api.append('Order-1', EVENT)).toMatchObject({ status: 201, body: { version: 1 } });
  expect(await api.append('Order-1', EVENT)).toMatchObject({ status: 201, body: { version: 2 } });
});

describe('an expectation that cannot be read never means "any version"', () => {
  test.each([
    '',
    '1',
    'W/"1"',
    'w/"1"',
    '"1',
    '1"',
    "'1'",
    '""',
    '"01"',
    '"-1"',
    '"+1"',
    '"1.0"',
    '"1e0"',
    '"0x1"',
    '" 1"',
    '"*"',
    '**',
    '"1", "2"',
    '"1", *',
    '"٣"',
    '"9007199254740992"',
    '"99999999999999999999"',
  ])('If-Match: %s is 400', async (tag) => {
    const api = createApi();
    await api.append('Order-1', EVENT);
    const header = Buffer.from(tag).toString('latin1');
    expect(errorPaths(await api.append('Order-1', EVENT, { 'If-Match': header }))).toEqual(['If-Match']);
    expect((await api.store.head('Order-1')).version).toBe(1);
  });

  test.each(['', '"1"', '"*"', 'W/"1"', '*, *'])('If-None-Match: %s is 400', async (tag) => {
    const reply = await createApi().append('Order-1', EVENT, { 'If-None-Match': tag });
    expect(errorPaths(reply)).toEqual(['If-None-Match']);
  });

  test.each([
    ['"1"', '*'],
    ['*', '*'],
    ['"1"', '"1"'],
    ['', ''],
  ])('If-Match: %s beside If-None-Match: %s is 400', async (ifMatch, ifNoneMatch) => {
    const reply = await createApi().append('Order-1', EVENT, { 'If-Match': ifMatch, 'If-None-Match': ifNoneMatch });
    expect(errorPaths(reply)).toEqual(['If-Match']);
  });
});

test('where the head cannot be read after a refusal, the answer is that of the failed read', async () => {
  const tables = memoryTables();
  await createEventStore({ tables }).append('Order-1', EVENT);
  const api = createApi(
    withCalls(tables, {
      query: async () => {
        throw new Throttled(new Error('slow down'));
      },
    }),
  );
  expect(await api.append('Order-1', EVENT, { 'If-None-Match': '*' })).toMatchObject({ status: 503 });
});
