import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../lib/index.ts';
import { createApi, errorPaths } from './api.ts';

const requests: unknown[] = [];
const api = createApi(memoryTables({ observer: (request) => requests.push(request) }));

/** The errors of a 400, which asks nothing of the tables. */
async function refused(query: string): Promise<string[]> {
  const reply = await api.get(`/events?${query}`);
  expect(requests).toEqual([]);
  return errorPaths(reply);
}

describe('a parameter that does not fit is 400 and is named', () => {
  test.each(['-1', '1.5', 'abc', '', ' ', '+1', '1e3', '0x1', 'head', 'null', '9007199254740992', '99999999999999999'])(
    'after=%s',
    async (after) => {
      expect(await refused(`after=${encodeURIComponent(after)}`)).toEqual(['after']);
    },
  );

  test.each(['0', '1001', '-1', '1.5', '', 'all', '1'.repeat(40), '١'])('limit=%s', async (limit) => {
    expect(await refused(`limit=${encodeURIComponent(limit)}`)).toEqual(['limit']);
  });

  test.each(['21', '-1', 'x', '', '0.5', '1s', '1000', 'true'])('wait=%s', async (wait) => {
    expect(await refused(`wait=${wait}`)).toEqual(['wait']);
  });

  test.each(['Order-1', '-', 'Order-', '', 'c'.repeat(257), '%00', 'a%0Ab'])('category=%s', async (category) => {
    expect(await refused(`category=${category}`)).toEqual(['category']);
  });

  test.each([
    ['type=', ['type[0]']],
    ['type', ['type[0]']],
    [`type=${'t'.repeat(129)}`, ['type[0]']],
    ['type=A&type=', ['type[1]']],
    ['type=%09&type=B&type=%7F', ['type[0]', 'type[2]']],
    [Array.from({ length: 101 }, (_, index) => `type=${index}`).join('&'), ['type']],
  ])('%s', async (query, paths) => {
    expect(await refused(query)).toEqual(paths);
  });

  test.each(['after', 'limit', 'category', 'wait'])('%s twice', async (name) => {
    expect(await refused(`${name}=1&${name}=1`)).toEqual([name]);
    expect(await refused(`${name}=1&${name}`)).toEqual([name]);
  });

  test.each([
    ['from=1', 'from'],
    ['After=1', 'After'],
    ['types=A', 'types'],
    ['type[]=A', '["type[]"]'],
    ['position=1', 'position'],
    ['__proto__=1', '__proto__'],
    ['=1', ''],
  ])('%s, which is no parameter', async (query, path) => {
    expect(await refused(query)).toEqual([path]);
  });

  test('all of them are', async () => {
    const paths = await refused('after=x&limit=0&category=a-b&type=&wait=21&more=1');
    expect(paths.toSorted()).toEqual(['after', 'category', 'limit', 'more', 'type[0]', 'wait']);
  });

  test('with what would be right', async () => {
    expect(await api.get('/events?wait=21&category=a-b&type=')).toMatchObject({
      body: {
        errors: [
          { path: 'category', message: 'must have no "-": a category ends before the first one' },
          { path: 'type[0]', message: 'must have 1 to 128 characters, not 0' },
          { path: 'wait', message: 'must be a whole number from 0 to 20' },
        ],
      },
    });
  });
});
