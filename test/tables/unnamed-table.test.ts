/** A function has names for the tables that its role has rights for. What it does with another one is an error that says so. */
import { expect, test } from 'vitest';
import type { Tables } from '../../lib/index.ts';
import { answering, withFakeEndpoint } from './fake-endpoint.ts';

const KEY = { PK: 'a', SK: 'b' };

const calls: { readonly [name: string]: (tables: Tables) => Promise<unknown> } = {
  get: (tables) => tables.get('readModels', KEY, 'strong'),
  query: (tables) => tables.query('readModels', { partition: 'a' }, { consistency: 'strong', direction: 'forward' }),
  scan: (tables) => tables.scan('readModels', { consistency: 'strong' }),
  batchGet: (tables) => tables.batchGet('readModels', [KEY], 'strong'),
  put: (tables) => tables.put({ table: 'readModels', item: KEY }),
  remove: (tables) => tables.remove('readModels', [KEY]),
  transact: (tables) =>
    tables.transact([
      { table: 'state', item: KEY },
      { table: 'readModels', item: KEY },
    ]),
};

test.each(Object.entries(calls))('%s', async (_, call) => {
  const names = { events: 'shop-events', state: 'shop-state' };
  await withFakeEndpoint(
    answering(200, {}),
    async ({ tables, requests }) => {
      await expect(call(tables)).rejects.toThrow(
        new RangeError('The table readModels is used, but has no name here; there are names for: events, state'),
      );
      expect(requests).toEqual([]);
      await tables.put({ table: 'state', item: KEY });
      expect(requests).toEqual(['PutItem']);
    },
    { names },
  );
});
