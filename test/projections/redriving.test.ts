/** Trying again what was set aside, at the wrong time and by several at once. */
import { expect, test } from 'vitest';
import { defineHandler, type HandlerProjection } from '../../lib/projections/definition.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { added, contextOn, labelsProjection, projectedStore } from './projected-store.ts';

const failingOn = (isBad: (label: string) => boolean) => (label: string) => {
  if (isBad(label)) {
    throw new Error(`cannot count ${label}`);
  }
};

function rowsHandler(rows: string[], check: (label: string) => void): HandlerProjection {
  return defineHandler<{ Added: { label: string } }>({
    name: 'rows',
    version: 1,
    onError: 'park',
    key: ({ streamId }) => streamId,
    handle: (events) => {
      for (const { data } of events) {
        check(data.label);
      }
      rows.push(...events.map(({ data }) => data.label));
    },
  });
}

test('what waits behind an event that fails again is not handed over before it', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const rows: string[] = [];
  const projection = rowsHandler(
    rows,
    failingOn((label) => label === 'bad'),
  );
  await store.append('Order-1', added('bad', 'behind'));
  await sequence();
  await createProjectionRunner(context, projection).run();
  expect(await redrive(context, projection)).toMatchObject({ applied: 0, left: 2 });
  expect(rows).toEqual([]);
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 2 });
});

test('a runner of a build that is replaced and removed meanwhile hands over nothing before what it waits for', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const rows: string[] = [];
  const projection = rowsHandler(
    rows,
    failingOn((label) => label === 'bad'),
  );
  let isReplaced = false;
  const late = withCalls(context.tables, {
    query: async (table, range, options) => {
      if (!isReplaced && range.partition.startsWith('PARKED#')) {
        isReplaced = true;
        await createProjectionRunner(context, projection, 'rebuild').run();
      }
      return context.tables.query(table, range, options);
    },
  });
  const runner = createProjectionRunner(contextOn(late), projection);
  await store.append('Order-1', added('bad'));
  await sequence();
  await runner.run();
  await store.append('Order-1', added('behind'));
  await sequence();
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', build: '1.2', parked: 2 });
  expect(rows).toEqual([]);
  expect((await readModels.statuses()).map(({ build, parked }) => [build, parked])).toEqual([['1.2', 2]]);
});

test('two who redrive at once hand over an event, and count it, once', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const rows: string[] = [];
  let isMended = false;
  const projection = rowsHandler(
    rows,
    failingOn((label) => label === 'bad' && !isMended),
  );
  await store.append('Order-1', added('bad'));
  await sequence();
  const runner = createProjectionRunner(context, projection);
  await runner.run();
  isMended = true;
  // The other one is done when this one has seen what is parked.
  let isFirst = true;
  const late = withCalls(context.tables, {
    query: async (table, range, options) => {
      const page = await context.tables.query(table, range, options);
      if (isFirst && range.partition.startsWith('PARKED#')) {
        isFirst = false;
        await redrive(context, projection);
      }
      return page;
    },
  });
  await redrive(contextOn(late), projection);
  expect(rows).toEqual(['bad']);
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 0 });
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up' });
});

test('a build beside the live one that has halted is redriven by its own version, and by no other', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added('a'));
  await sequence();
  await createProjectionRunner(context, labelsProjection()).run();
  let isMended = false;
  const second = labelsProjection({ version: 2, check: failingOn(() => !isMended) });
  const runner = createProjectionRunner(context, second);
  expect(await runner.run()).toMatchObject({ outcome: 'halted', build: '2.1' });
  isMended = true;
  expect(await redrive(context, labelsProjection())).toMatchObject({ wasHalted: false });
  expect(await runner.run()).toMatchObject({ outcome: 'halted' });
  expect(await redrive(context, second)).toMatchObject({ wasHalted: true });
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', build: '2.1' });
  expect((await readModels.statuses()).map(({ build }) => build)).toEqual(['2.1']);
});

test('code of another version does not touch what is set aside', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const bad = failingOn((label) => label === 'bad');
  await store.append('Order-1', added('a', 'bad'));
  await sequence();
  await createProjectionRunner(context, labelsProjection({ version: 2, onError: 'park', check: bad })).run();
  expect(await redrive(context, labelsProjection({ onError: 'park' }))).toMatchObject({ applied: 0 });
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a'] });
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 1 });
});
