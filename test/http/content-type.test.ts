import { describe, expect, test } from 'vitest';
import { createApi } from './api.ts';

const GOOD = '{"events":[{"type":"A","data":1}]}';

describe('Content-Type', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf-8',
    'application/json;',
    'application/json; profile="x"',
    'application/json; profile=x; charset=utf-8',
    'application/cloudevents+json',
    'application/vnd.a.b+json; charset=utf-8',
  ])('%s is JSON', async (type) => {
    expect(await createApi().appendText('Order-1', GOOD, { 'Content-Type': type })).toMatchObject({ status: 201 });
  });

  test.each([
    '',
    'json',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json5',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, application/json',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8x',
    'application/json; charset=utf-8; charset=utf-16',
    'application/+json+xml',
  ])('%s is 415', async (type) => {
    const api = createApi();
    expect(await api.appendText('Order-1', GOOD, { 'Content-Type': type })).toMatchObject({
      status: 415,
      body: { type: 'urn:tidemark:unsupported-media-type' },
    });
    expect((await api.store.head('Order-1')).version).toBe(0);
  });

  test('none is 415', async () => {
    expect(await createApi().send('POST', '/streams/Order-1', { body: Buffer.from(GOOD) })).toMatchObject({
      status: 415,
    });
  });
});
