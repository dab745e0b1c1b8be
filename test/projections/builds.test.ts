/** Versions, rebuilds, resets, and what is left of them. */
import { expect, test } from 'vitest';
import { resetProjection } from '../../lib/projections/reset.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { added, contextOn, labelsProjection, projectedStore } from './projected-store.ts';

async function partitionsOf(tables: Tables): Promise<string[]> {
  const { items } = await tables.scan('readModels', { consistency: 'strong' });
  return items.map(({ PK }) => PK).toSorted();
}

test('a new version is built beside the live one, takes over when it has caught up, and what was before is removed', async () => {
  const { tables, store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added('a'));
  await store.append('Order-2', added('b'));
  await sequence();
  const first = createProjectionRunner(context, labelsProjection());
  await first.run();
  const second = createProjectionRunner(context, labelsProjection({ version: 2, check: () => {} }));
  const seen: unknown[] = [];
  const spying = withCalls(tables, {
    transact: async (puts) => {
      seen.push((await readModels.document('labels', 'Order-1'))?.position);
      return tables.transact(puts);
    },
  });
  await createProjectionRunner(contextOn(spying), labelsProjection({ version: 2 })).run();
  // Readers had the old one all the time: they never went back in time.
  expect(new Set(seen)).toEqual(new Set([2]));
  expect(await second.run()).toMatchObject({ outcome: 'caught-up', build: '2.1' });
  expect(await partitionsOf(tables)).toEqual(['labels@2.1#Order-1', 'labels@2.1#Order-2']);
  expect(await first.run()).toMatchObject({ outcome: 'outdated' });
  expect(await createProjectionRunner(context, labelsProjection()).run()).toMatchObject({ outcome: 'outdated' });
  expect((await readModels.statuses()).map(({ build, state }) => [build, state])).toEqual([['2.1', 'live']]);
});

test('the live one goes on while another is rebuilt, under continuous appends, and neither loses an event', async () => {
  const { tables, store, sequence, context, readModels } = projectedStore();
  const live = createProjectionRunner(context, labelsProjection());
  let count = 0;
  const append = async () => {
    await store.append('Order-1', added(String(count++)));
    await sequence();
    await live.run();
  };
  for (let index = 0; index < 5; index++) {
    await append();
  }
  // Whatever it reads of the log, there is more at once, and the live one has it already.
  const busy = withCalls(tables, {
    query: async (table, ...rest) => {
      const page = await tables.query(table, ...rest);
      if (table === 'log' && count < 100) {
        await append();
      }
      return page;
    },
  });
  const rebuilt = await createProjectionRunner(contextOn(busy), labelsProjection(), 'rebuild').run();
  expect(rebuilt).toMatchObject({ outcome: 'caught-up', build: '1.2' });
  await append();
  const labels = Array.from({ length: count }, (_, index) => String(index));
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels });
  expect(await live.run()).toMatchObject({ outcome: 'caught-up', build: '1.2' });
  expect(await partitionsOf(tables)).toEqual(['labels@1.2#Order-1']);
});

test('a rebuild that was interrupted is gone on with', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  for (let index = 0; index < 250; index++) {
    await store.append(`Order-${index}`, added('a'));
  }
  await sequence();
  await createProjectionRunner(context, labelsProjection()).run();
  const interrupted = createProjectionRunner(context, labelsProjection(), 'rebuild');
  expect(await interrupted.run({ mayGoOn: () => false })).toMatchObject({
    outcome: 'more',
    build: '1.2',
    position: 99,
  });
  expect((await readModels.statuses()).map(({ build, state }) => [build, state])).toEqual([
    ['1.1', 'live'],
    ['1.2', 'rebuilding'],
  ]);
  const resumed = await createProjectionRunner(context, labelsProjection(), 'rebuild').run();
  expect(resumed).toMatchObject({ outcome: 'caught-up', build: '1.2', events: 151 });
});

test('removing what was replaced is gone on with where it was interrupted', async () => {
  const { tables, store, sequence, context } = projectedStore();
  await store.append('Order-1', added('a'));
  await sequence();
  await createProjectionRunner(context, labelsProjection()).run();
  const failing = withCalls(tables, { remove: () => Promise.reject(new Error('interrupted')) });
  await expect(createProjectionRunner(contextOn(failing), labelsProjection({ version: 2 })).run()).rejects.toThrow(
    'interrupted',
  );
  expect(await partitionsOf(tables)).toEqual(['labels@1.1#Order-1', 'labels@2.1#Order-1']);
  await createProjectionRunner(context, labelsProjection({ version: 2 })).run();
  expect(await partitionsOf(tables)).toEqual(['labels@2.1#Order-1']);
});

test('a build of a version in between is given up', async () => {
  const { tables, store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added('a'));
  await sequence();
  await createProjectionRunner(context, labelsProjection()).run();
  const second = createProjectionRunner(context, labelsProjection({ version: 2, check: failing }));
  expect(await second.run()).toMatchObject({ outcome: 'halted', build: '2.1' });
  expect(await createProjectionRunner(context, labelsProjection({ version: 3 })).run()).toMatchObject({ build: '3.1' });
  expect(await second.run()).toMatchObject({ outcome: 'outdated' });
  expect(await partitionsOf(tables)).toEqual(['labels@3.1#Order-1']);
  expect((await readModels.statuses()).map(({ build }) => build)).toEqual(['3.1']);
});

test('a reset begins anew at once, also for a runner that is warm', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added('a'));
  await sequence();
  const runner = createProjectionRunner(context, labelsProjection());
  await runner.run();
  expect(await resetProjection(context, labelsProjection())).toBe('reset');
  expect(await readModels.document('labels', 'Order-1')).toBeUndefined();
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', build: '1.2', events: 1 });
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a'] });
});

function failing(): never {
  throw new Error('bad luck');
}
