import { expect, test } from 'vitest';
import { InvalidArgument, type TableRequest, Unavailable } from '../../lib/index.ts';
import { defineProjection } from '../../lib/projections/definition.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { noise } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { added, contextOn, labelsProjection, projectedStore } from './projected-store.ts';

test('each event counts once, in order, however often and by whomever the projection is run', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const runners = [1, 2, 3].map(() => createProjectionRunner(context, labelsProjection()));
  for (let round = 0; round < 4; round++) {
    await store.append('Order-1', added(`${round}a`, `${round}b`));
    await store.append('Order-2', added(`${round}c`));
    await store.append('Order-3', [{ type: 'Other', data: {} }]);
    await sequence();
    const outcomes = await Promise.all(runners.map((runner) => runner.run()));
    expect(outcomes.map(({ outcome }) => outcome)).toContain('caught-up');
  }
  const labels = [0, 1, 2, 3].flatMap((round) => [`${round}a`, `${round}b`]);
  expect(await readModels.document('labels', 'Order-1')).toEqual({ document: { labels }, position: 16 });
  expect(await readModels.document('labels', 'Order-3')).toBeUndefined();
});

test('a transaction whose answer was lost is known as its own, and what follows is applied', async () => {
  const { tables, store, sequence, readModels } = projectedStore();
  let isLost = false;
  const losing = withCalls(tables, {
    transact: async (puts) => {
      const result = await tables.transact(puts);
      if (!isLost && result.outcome === 'written' && puts.some(({ table }) => table === 'readModels')) {
        isLost = true;
        return tables.transact(puts);
      }
      return result;
    },
  });
  await store.append('Order-1', added('a'));
  await sequence();
  const runner = createProjectionRunner(contextOn(losing), labelsProjection());
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 1 });
  expect(isLost).toBe(true);
  await store.append('Order-1', added('b'));
  await sequence();
  await runner.run();
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a', 'b'] });
});

test('a run that fails in the middle is gone on with', async () => {
  const { tables, store, sequence, readModels } = projectedStore();
  await store.append('Order-1', added('a', 'b'));
  await sequence();
  let left = 1;
  const failing = withCalls(tables, {
    transact: async (puts) => {
      const result = await tables.transact(puts);
      if (puts.some(({ table }) => table === 'readModels') && left-- > 0) {
        throw new Unavailable(new Error('the answer was lost'));
      }
      return result;
    },
  });
  const runner = createProjectionRunner(contextOn(failing), labelsProjection());
  await expect(runner.run()).rejects.toThrow('the answer was lost');
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up' });
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a', 'b'] });
});

test('what DynamoDB takes in one transaction bounds a batch, and nothing else', async () => {
  const { tables, store, sequence, context, readModels } = projectedStore();
  const sizes: number[] = [];
  const counting = withCalls(tables, {
    transact: (puts) => {
      sizes.push(puts.length);
      return tables.transact(puts);
    },
  });
  for (let index = 0; index < 250; index++) {
    await store.append(`Order-${index}`, added('a'));
  }
  // Twelve documents of 380 KB each.
  for (let index = 0; index < 12; index++) {
    await store.append(`Large-${index}`, added(noise(380_000, String(index))));
  }
  await sequence();
  const runner = createProjectionRunner({ ...context, tables: counting }, labelsProjection());
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', events: 262 });
  expect(Math.max(...sizes)).toBe(100);
  for (const key of ['Order-0', 'Order-249', 'Large-0', 'Large-11']) {
    expect((await readModels.document('labels', key))?.document, key).toMatchObject({ labels: [expect.any(String)] });
  }
});

test('a document that is too large halts, with its key and its size', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added(noise(300_000, 'a')));
  await store.append('Order-2', added('small'));
  await store.append('Order-1', added(noise(300_000, 'b')));
  await store.append('Order-2', added('never'));
  await sequence();
  const result = await createProjectionRunner(context, labelsProjection()).run();
  expect(result).toMatchObject({ outcome: 'halted', position: 2, failure: { position: 3, isHalted: true } });
  expect(result.failure?.message).toMatch(
    /^DocumentTooLarge: Document "Order-1" .* has \d+ bytes; the limit is 409600$/,
  );
  expect((await readModels.document('labels', 'Order-2'))?.document).toEqual({ labels: ['small'] });
});

test('a function that changes its argument does no harm, and one that makes no JSON fails', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const initial: { labels: string[]; at: unknown } = { labels: [], at: 0 };
  const projection = (at: unknown) =>
    defineProjection<{ Added: { label: string } }, typeof initial>({
      name: at instanceof Date ? 'dates' : 'careless',
      version: 1,
      key: ({ streamId }) => streamId,
      initial,
      evolve: {
        Added: (document, { data }) => {
          document.labels.push(data.label);
          return { ...document, at };
        },
      },
    });
  await store.append('Order-1', added('a', 'b'));
  await store.append('Order-2', added('c'));
  await sequence();
  await createProjectionRunner(context, projection(1)).run();
  expect(initial.labels).toEqual([]);
  expect((await readModels.document('careless', 'Order-1'))?.document).toEqual({ labels: ['a', 'b'], at: 1 });
  const { failure } = await createProjectionRunner(context, projection(new Date(0))).run();
  expect(failure?.message).toMatch(/^TypeError: evolve\.Added has returned what is no JSON: document\.at /);
});

test('what a definition lacks is said at once, all of it', () => {
  const wrong = { name: 'Order Summary', version: 0, category: 'a-b', initial: {}, key: () => 'k', evolve: {} };
  expect(() => defineProjection(wrong)).toThrow(InvalidArgument);
  expect(() => defineProjection(wrong)).toThrow(/name must be .*; version must be .*; category must .*; types must be/);
});

test('a batch costs one Query, its commits, its documents once, and one transaction', async () => {
  const requests: TableRequest[] = [];
  const { store, sequence, context } = projectedStore({ observer: (request) => requests.push(request) });
  const runner = createProjectionRunner(context, labelsProjection());
  await store.append('Order-0', added('first'));
  await sequence();
  await runner.run();
  const cost = async () => {
    await sequence();
    requests.length = 0;
    await runner.run();
    return requests.map(({ operation, readUnits, writeUnits }) => `${operation} ${readUnits} ${writeUnits}`);
  };
  for (let index = 0; index < 5; index++) {
    await store.append(`Order-${index}`, added('a', 'b'));
  }
  // Order-0 is remembered; the documents of four others are looked for.
  expect(await cost()).toEqual(['query 0.5 0', 'batchGet 2.5 0', 'batchGet 4 0', `transact 0 ${2 * (5 + 1)}`]);
  for (let index = 0; index < 5; index++) {
    await store.append(`Order-${index}`, added('c'));
  }
  expect(await cost()).toEqual(['query 0.5 0', 'batchGet 2.5 0', `transact 0 ${2 * (5 + 1)}`]);
  // What it does not want is not read, and costs one write.
  for (let index = 0; index < 5; index++) {
    await store.append(`Other-${index}`, [{ type: 'Other', data: {} }]);
  }
  expect(await cost()).toEqual(['query 0.5 0', 'put 0 1']);
  // Where there is nothing new, it looks whether somebody has changed something.
  expect(await cost()).toEqual(['query 0.5 0', 'get 1 0']);
});

test('reading a document is three consistent reads, and one more where there is none', async () => {
  const requests: TableRequest[] = [];
  const { store, sequence, context, readModels } = projectedStore({ observer: (request) => requests.push(request) });
  await store.append('Order-1', added('a'));
  await sequence();
  await createProjectionRunner(context, labelsProjection()).run();
  const cost = async (key: string) => {
    requests.length = 0;
    await readModels.document('labels', key);
    return requests.map(({ operation, readUnits }) => `${operation} ${readUnits}`);
  };
  expect(await cost('Order-1')).toEqual(['get 1', 'get 1', 'get 1']);
  expect(await cost('Order-2')).toEqual(['get 1', 'get 1', 'get 1', 'get 1']);
});
