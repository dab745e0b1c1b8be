/** Events that fail: halting, parking, and trying again. */
import { beforeEach, expect, test } from 'vitest';
import { AppendContention, CommandContention, Throttled, Unavailable } from '../../lib/index.ts';
import { defineHandler } from '../../lib/projections/definition.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { added, labelsProjection, type ProjectedStore, projectedStore } from './projected-store.ts';

let projected: ProjectedStore;
let isMended: boolean;
beforeEach(() => {
  projected = projectedStore();
  isMended = false;
});

const check = (label: string) => {
  if (label.startsWith('bad') && !isMended) {
    throw new Error(`cannot count ${label}`);
  }
};

const documentOf = async (key: string) => (await projected.readModels.document('labels', key))?.document;

test('an event that fails halts the projection after some tries, until it is redriven', async () => {
  const { store, sequence, context, readModels } = projected;
  await store.append('Order-1', added('a', 'bad', 'b'));
  await store.append('Order-2', added('c'));
  await sequence();
  const projection = labelsProjection({ check });
  const runner = createProjectionRunner(context, projection);
  const halted = {
    outcome: 'halted',
    position: 1,
    failure: { position: 2, type: 'Added', attempts: 5, isHalted: true },
  };
  expect(await runner.run()).toMatchObject(halted);
  expect(await documentOf('Order-1')).toEqual({ labels: ['a'] });
  isMended = true;
  // It is not tried again by itself, by whomever it is run.
  expect(await runner.run()).toMatchObject(halted);
  expect(await createProjectionRunner(context, projection).run()).toMatchObject(halted);
  expect(await redrive(context, projection)).toEqual({ wasHalted: true, applied: 0, left: 0, failures: [] });
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 4 });
  expect(await documentOf('Order-1')).toEqual({ labels: ['a', 'bad', 'b'] });
  expect((await readModels.statuses())[0]).not.toHaveProperty('error');
});

test('an event that fails for a while is tried again, and says so meanwhile', async () => {
  const { store, sequence, context, readModels } = projected;
  await store.append('Order-1', added('bad'));
  await sequence();
  const states: unknown[] = [];
  const waiting = {
    ...context,
    delay: async () => {
      const [status] = await readModels.statuses();
      states.push([status?.state, status?.error?.attempts]);
      isMended = states.length === 2;
    },
  };
  expect(await createProjectionRunner(waiting, labelsProjection({ check })).run()).toMatchObject({
    outcome: 'caught-up',
  });
  expect(states).toEqual([
    ['failing', 1],
    ['failing', 2],
  ]);
});

test('an event that fails is parked, later ones of its key behind it, and others go on', async () => {
  const { store, sequence, context, readModels } = projected;
  await store.append('Order-1', added('a', 'bad 1', 'b', 'bad 2', 'c'));
  await store.append('Order-2', added('d'));
  await sequence();
  const projection = labelsProjection({ check, onError: 'park' });
  const runner = createProjectionRunner(context, projection);
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 6 });
  expect(await documentOf('Order-1')).toEqual({ labels: ['a'] });
  expect(await documentOf('Order-2')).toEqual({ labels: ['d'] });
  expect((await readModels.statuses())[0]).toMatchObject({ state: 'live', parked: 4 });
  // It fails again: nothing is lost.
  expect(await redrive(context, projection)).toEqual({
    wasHalted: false,
    applied: 0,
    left: 4,
    failures: [{ id: 'Order-1', message: 'Error: cannot count bad 1' }],
  });
  await store.append('Order-1', added('e'));
  await sequence();
  await runner.run();
  isMended = true;
  expect(await redrive(context, projection)).toMatchObject({ applied: 5, left: 0 });
  expect(await documentOf('Order-1')).toEqual({ labels: ['a', 'bad 1', 'b', 'bad 2', 'c', 'e'] });
  await store.append('Order-1', added('f'));
  await sequence();
  await runner.run();
  expect(await documentOf('Order-1')).toEqual({ labels: ['a', 'bad 1', 'b', 'bad 2', 'c', 'e', 'f'] });
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 0 });
  expect(await redrive(context, projection)).toMatchObject({ applied: 0, left: 0 });
});

test('redriving up to the next one that fails keeps the rest in order', async () => {
  const { store, sequence, context } = projected;
  await store.append('Order-1', added('bad 1', 'b', 'bad 2', 'c'));
  await sequence();
  const onlyFirst = (label: string) => (label === 'bad 1' && isMended ? undefined : check2(label));
  const check2 = (label: string) => {
    if (label.startsWith('bad')) {
      throw new Error(label);
    }
  };
  const projection = labelsProjection({ check: onlyFirst, onError: 'park' });
  await createProjectionRunner(context, projection).run();
  isMended = true;
  expect(await redrive(context, projection)).toEqual({
    wasHalted: false,
    applied: 2,
    left: 2,
    failures: [{ id: 'Order-1', message: 'Error: bad 2' }],
  });
  expect(await documentOf('Order-1')).toEqual({ labels: ['bad 1', 'b'] });
});

test('a handler gets each event at least once, and each once where it keeps the position itself', async () => {
  const { store, sequence, context, readModels } = projected;
  const rows: string[] = [];
  let position = 0;
  const phases: string[] = [];
  let failures = 2;
  const projection = defineHandler<{ Added: { label: string } }>({
    name: 'rows',
    version: 1,
    types: ['Added'],
    handle: async (events, batch) => {
      if (failures-- > 0) {
        throw new Error('the database is away');
      }
      // One transaction of its own database.
      rows.push(...events.map(({ data }) => data.label));
      position = batch.position;
      phases.push(batch.phase);
    },
    checkpoint: () => position,
  });
  await store.append('Order-1', added('a', 'b'));
  await store.append('Order-1', [{ type: 'Other', data: {} }]);
  await sequence();
  expect(await createProjectionRunner(context, projection).run()).toMatchObject({ outcome: 'caught-up', position: 3 });
  // A process that has died between the handler's transaction and the checkpoint.
  rows.push('c');
  position = 4;
  await store.append('Order-1', added('c', 'd'));
  await sequence();
  await createProjectionRunner(context, projection).run();
  expect(rows).toEqual(['a', 'b', 'c', 'd']);
  expect(phases).toEqual(['live', 'live']);
  expect((await readModels.statuses())[0]).toMatchObject({ name: 'rows', state: 'live', position: 5 });
  const rebuilt = createProjectionRunner(context, { ...projection, checkpoint: () => 0 }, 'rebuild');
  await rebuilt.run();
  expect(phases).toEqual(['live', 'live', 'rebuilding']);
});

test('a handler that parks finds out which event it is, and sets aside what has its key', async () => {
  const { store, sequence, context, readModels } = projected;
  const rows: string[] = [];
  const projection = defineHandler<{ Added: { label: string } }>({
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
  await store.append('Order-1', added('a', 'bad', 'b'));
  await store.append('Order-2', added('c'));
  await sequence();
  expect(await createProjectionRunner(context, projection).run()).toMatchObject({ outcome: 'caught-up', position: 4 });
  expect(rows).toEqual(['a', 'c']);
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 2 });
  isMended = true;
  expect(await redrive(context, projection)).toMatchObject({ applied: 2, left: 0 });
  expect(rows).toEqual(['a', 'c', 'bad', 'b']);
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 0 });
});

test.each(['halt', 'park'] as const)(
  'trouble of the moment is none of the event that is handled in it, however long it lasts (%s)',
  async (onError) => {
    const { store, sequence, context, readModels } = projected;
    const troubles = [
      new Throttled('?'),
      new Unavailable('?'),
      new AppendContention('A-1', 40),
      new CommandContention('A-1', 40),
    ];
    // More than the tries of an event that fails.
    const left = Array.from({ length: 3 }, () => troubles).flat();
    let parks = false;
    const rows: string[] = [];
    const projection = defineHandler<{ Added: { label: string } }>({
      name: 'rows',
      version: 1,
      onError,
      key: ({ streamId }) => streamId,
      handle: (events) => {
        for (const { data } of events) {
          check(data.label);
          const trouble = data.label === 'c' || !parks ? left.pop() : undefined;
          if (trouble !== undefined) {
            throw trouble;
          }
        }
        rows.push(...events.map(({ data }) => data.label));
      },
    });
    await store.append('Order-1', added('a', 'b'));
    await sequence();
    const runner = createProjectionRunner(context, projection);
    for (const trouble of left.toReversed()) {
      await expect(runner.run()).rejects.toBe(trouble);
      expect((await readModels.statuses())[0]).toMatchObject({ state: 'catching-up', position: 0, parked: 0 });
    }
    expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 2, parked: 0 });
    expect(rows).toEqual(['a', 'b']);
    // Also where events are handed over one by one, and where they are redriven.
    await store.append('Order-2', added('bad'));
    await store.append('Order-3', added('c'));
    await sequence();
    parks = true;
    left.push(...troubles);
    if (onError === 'park') {
      for (const trouble of troubles.toReversed()) {
        await expect(runner.run()).rejects.toBe(trouble);
      }
      expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 4, parked: 1 });
      parks = false;
      isMended = true;
      left.push(...troubles);
      for (const trouble of troubles.toReversed()) {
        await expect(redrive(context, projection)).rejects.toBe(trouble);
      }
      expect(await redrive(context, projection)).toMatchObject({ applied: 1, left: 0 });
      expect(rows).toEqual(['a', 'b', 'c', 'bad']);
    }
  },
);
