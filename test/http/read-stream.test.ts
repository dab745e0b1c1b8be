import { beforeAll, describe, expect, test } from 'vitest';
import { numbered } from '../support/events.ts';
import { type Api, createApi, errorPaths, pageOf } from './api.ts';

/** Order-1 has nine events, in commits of 1, 3, 2 and 3. */
let api: Api;

beforeAll(async () => {
  api = createApi();
  for (const count of [1, 3, 2, 3]) {
    await api.append('Order-1', numbered(count));
  }
});

async function versions(query: string): Promise<number[]> {
  return pageOf(await api.get(`/streams/Order-1${query}`)).events.map(({ version }) => version);
}

describe('a read', () => {
  test.each([
    ['', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['?', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['?from=1&limit=1000&direction=forward', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['?limit=1', [1]],
    ['?from=3', [3, 4, 5, 6, 7, 8, 9]],
    ['?from=3&limit=3', [3, 4, 5]],
    ['?from=9', [9]],
    ['?from=10', []],
    ['?from=9007199254740991&limit=1000', []],
    ['?direction=backward', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ['?direction=backward&limit=2', [9, 8]],
    ['?direction=backward&from=3', [3, 2, 1]],
    ['?direction=backward&from=8&limit=3', [8, 7, 6]],
    ['?direction=backward&from=100&limit=1', [9]],
    ['?direction=backward&from=9007199254740991&limit=1000', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ['?from=03&limit=0002', [3, 4]],
    ['?%66rom=%38', [8, 9]],
  ])('%s has the events that it asks for', async (query, expected) => {
    expect(await versions(query)).toEqual(expected);
  });

  test('has 100 events where it does not say how many', async () => {
    await api.append('Order-2', numbered(101));
    const page = pageOf(await api.get('/streams/Order-2'));
    expect(page.events).toHaveLength(100);
    expect(page.next).toBe('/streams/Order-2?from=101&limit=100&direction=forward');
  });

  test('says the id, the version and the ETag of the whole stream, wherever it begins', async () => {
    for (const query of ['', '?from=3&limit=1', '?from=500', '?direction=backward&limit=1']) {
      const reply = await api.get(`/streams/Order-1${query}`);
      expect(reply).toMatchObject({ status: 200, body: { streamId: 'Order-1', version: 9 } });
      expect(reply.headers.get('ETag')).toBe('"9"');
    }
  });

  test('of a stream that is not there is 404, whatever it asks for', async () => {
    for (const query of ['', '?from=7', '?direction=backward', '?limit=1000&from=9007199254740991']) {
      expect(await api.get(`/streams/Order-404${query}`)).toMatchObject({
        status: 404,
        body: { type: 'urn:tidemark:no-stream' },
      });
    }
  });
});

describe('a parameter that does not fit is 400 and is named', () => {
  test.each(['0', '1001', '-1', '1.5', '1e3', '', ' ', '+1', '0x10', 'ten', '1,2', 'NaN', '1'.repeat(40), '١', '1 '])(
    'limit=%s',
    async (limit) => {
      expect(errorPaths(await api.get(`/streams/Order-1?limit=${encodeURIComponent(limit)}`))).toEqual(['limit']);
    },
  );

  test.each(['0', '-1', '1.5', '1e3', '', 'head', 'null', '9007199254740992', '99999999999999999999'])(
    'from=%s',
    async (from) => {
      expect(errorPaths(await api.get(`/streams/Order-1?from=${from}`))).toEqual(['from']);
    },
  );

  test.each(['', 'up', 'FORWARD', 'forward%20', 'forward,backward'])('direction=%s', async (direction) => {
    expect(errorPaths(await api.get(`/streams/Order-1?direction=${direction}`))).toEqual(['direction']);
  });

  test.each([
    ['limit=5&limit=5', 'limit'],
    ['from=1&limit=1&from=2', 'from'],
    ['direction=forward&direction=forward', 'direction'],
    ['limit=5&limit', 'limit'],
    ['limit', 'limit'],
  ])('%s', async (query, name) => {
    expect(errorPaths(await api.get(`/streams/Order-1?${query}`))).toEqual([name]);
  });

  test.each([
    ['unknown=1', 'unknown'],
    ['Limit=1', 'Limit'],
    ['limit[]=1', '["limit[]"]'],
    ['__proto__=1', '__proto__'],
    ['__proto__=1&__proto__=2', '__proto__'],
    ['constructor=1', 'constructor'],
    ['=1', ''],
    ['limit%00=1', '["limit\\u0000"]'],
  ])('%s', async (query, path) => {
    expect(errorPaths(await api.get(`/streams/Order-1?${query}`))).toEqual([path]);
  });

  test('all of them are, also where there is no such stream', async () => {
    const reply = await api.get('/streams/Order-404?limit=0&from=0&direction=up&more=1');
    expect(errorPaths(reply).toSorted()).toEqual(['direction', 'from', 'limit', 'more']);
  });
});

test('HEAD is answered as GET is, without the body', async () => {
  for (const path of ['/streams/Order-1?limit=2', '/streams/Order-404', '/streams/Order-1?limit=0', '/health']) {
    const [head, get] = [await api.send('HEAD', path), await api.get(path)];
    expect(head.status).toBe(get.status);
    expect(head.text).toBe('');
    expect([...head.headers]).toEqual([...get.headers]);
  }
});
