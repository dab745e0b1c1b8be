import { expect, test } from 'vitest';
import { createEventStore, memoryTables, type TableRequest } from '../../lib/index.ts';
import { noise, numbered, orderEvents } from '../support/events.ts';

/** A store, and what its requests have cost since the last look. */
function countedStore() {
  let requests: TableRequest[] = [];
  const tables = memoryTables({ observer: (request) => requests.push(request) });
  return {
    store: createEventStore({ tables, delay: async () => {} }),
    cost: () => {
      const counted = requests;
      requests = [];
      return {
        requests: counted.map(({ operation }) => operation),
        writeUnits: counted.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
        readUnits: counted.reduce((sum, { readUnits }) => sum + readUnits, 0),
      };
    },
  };
}

test.each([
  [1, 1],
  [5, 2],
  [10, 2],
  [50, 4],
])('%i events of 300 bytes cost at most %i write units in one request', async (count, writeUnitsMax) => {
  const { store, cost } = countedStore();
  for (let round = 0; round < 5; round++) {
    const bytes = Buffer.byteLength(JSON.stringify(orderEvents(count, round * count)));
    expect(bytes / count).toBeGreaterThan(280);
    await store.append(`Order-${round}`, orderEvents(count, round * count), { expect: 'no-stream' });
    const { requests, writeUnits } = cost();
    expect(requests).toEqual(['put']);
    expect(writeUnits).toBeLessThanOrEqual(writeUnitsMax);
  }
});

test('an append that knows its head is one request, and two otherwise', async () => {
  const { store, cost } = countedStore();
  const first = await store.append('Order-1', numbered(2), { expect: 'no-stream' });
  expect(cost()).toEqual({ requests: ['put'], writeUnits: 1, readUnits: 0 });
  await store.append('Order-1', numbered(1), { expect: first.state });
  expect(cost()).toEqual({ requests: ['put'], writeUnits: 1, readUnits: 0 });
  for (const expected of [3, 'exists', 'any'] as const) {
    await store.append('Order-1', numbered(1), { expect: expected });
    expect(cost()).toEqual({ requests: ['query', 'put'], writeUnits: 1, readUnits: 0.5 });
  }
});

test('a conflict costs no read: neither where it is refused nor where it goes on', async () => {
  const { store, cost } = countedStore();
  const { state } = await store.append('Order-1', numbered(2));
  await store.append('Order-1', numbered(1));
  cost();
  await expect(store.append('Order-1', numbered(1), { expect: 'no-stream' })).rejects.toThrow('not to exist');
  await expect(store.append('Order-1', numbered(1), { expect: state })).rejects.toThrow('at version 2');
  expect(cost()).toEqual({ requests: ['put', 'put'], writeUnits: 2, readUnits: 0 });
  await Promise.all([store.append('Order-1', numbered(1)), store.append('Order-1', numbered(1))]);
  expect(cost()).toEqual({ requests: ['query', 'query', 'put', 'put', 'put'], writeUnits: 3, readUnits: 1 });
});

test('a version that the head has passed is refused with one read, without a write', async () => {
  const { store, cost } = countedStore();
  await store.append('Order-1', numbered(2));
  await store.append('Order-1', numbered(1));
  cost();
  await expect(store.append('Order-1', numbered(1), { expect: 2 })).rejects.toThrow('at version 2');
  expect(cost()).toEqual({ requests: ['query'], writeUnits: 0, readUnits: 0.5 });
});

test('a key costs a transaction of the commit and the key, and a repeat no second commit', async () => {
  const { store, cost } = countedStore();
  await store.append('Order-1', numbered(1), { expect: 'no-stream', idempotencyKey: 'k' });
  expect(cost()).toEqual({ requests: ['transact'], writeUnits: 4, readUnits: 0 });
  await store.append('Order-1', numbered(1), { expect: 'no-stream', commitId: 'c' }).catch(() => undefined);
  expect(cost().requests).toEqual(['put']);
});

test('a repeat with a commit id and a version costs nothing more than the append did', async () => {
  const { store, cost } = countedStore();
  const options = { expect: 'no-stream', commitId: 'c' } as const;
  await store.append('Order-1', numbered(1), options);
  await store.append('Order-1', numbered(1));
  cost();
  expect((await store.append('Order-1', numbered(1), options)).duplicate).toBe(true);
  expect(cost()).toEqual({ requests: ['put'], writeUnits: 1, readUnits: 0 });
});

test('reading costs one Query for each started MB', async () => {
  const { store, cost } = countedStore();
  for (let commit = 0; commit < 12; commit++) {
    await store.append('Noise-1', [{ type: 'Noise', data: noise(200_000, `${commit}`) }]);
  }
  const written = cost().writeUnits;
  await store.read('Noise-1');
  const { requests, readUnits } = cost();
  expect(requests).toHaveLength(Math.ceil(written / 1024));
  expect(readUnits).toBeLessThanOrEqual(Math.ceil(written / 4) + requests.length);
  await store.read('Noise-1', { consistency: 'eventual' });
  expect(cost().readUnits).toBe(readUnits / 2);
});

test('a page reads no commit that it does not return', async () => {
  const { store, cost } = countedStore();
  for (let commit = 0; commit < 40; commit++) {
    await store.append('Order-1', orderEvents(10, commit * 10));
  }
  cost();
  await store.read('Order-1', { from: 101, limit: 20 });
  expect(cost()).toEqual({ requests: ['query', 'query'], writeUnits: 0, readUnits: 2 });
  await store.read('Order-1', { from: 105, limit: 3 });
  expect(cost()).toEqual({ requests: ['query', 'query', 'query'], writeUnits: 0, readUnits: 3 });
  await store.read('Order-1', { from: 391 });
  expect(cost()).toEqual({ requests: ['query'], writeUnits: 0, readUnits: 1 });
  await store.read('Order-1', { direction: 'backward', limit: 1 });
  expect(cost()).toEqual({ requests: ['query'], writeUnits: 0, readUnits: 1 });
  await store.read('Order-1', { direction: 'backward', limit: 20 });
  expect(cost()).toEqual({ requests: ['query', 'query'], writeUnits: 0, readUnits: 2 });
});
