/** Functions that do what they should not, documents at the limit, and waiting. */
import { expect, test } from 'vitest';
import { ITEM_SIZE_BYTES_MAX, itemSizeBytes } from '../../lib/events/item.ts';
import { DocumentTooLarge, type LoggedEvent, ProjectionBehind, type TableRequest } from '../../lib/index.ts';
import { defineProjection, type OnError } from '../../lib/projections/definition.ts';
import { foldBatch } from '../../lib/projections/fold.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { encodeDocument } from '../../lib/projections/stored-document.ts';
import { noise } from '../support/events.ts';
import { added, labelsProjection, projectedStore } from './projected-store.ts';

/** Changes its document, then fails. */
function carelessProjection(onError: OnError, isMended: () => boolean) {
  return defineProjection<{ Added: { label: string } }, { labels: string[] }>({
    name: 'labels',
    version: 1,
    onError,
    key: ({ streamId }) => streamId,
    initial: { labels: [] },
    evolve: {
      Added: (document, { data: { label } }) => {
        document.labels.push(label);
        if (label === 'bad' && !isMended()) {
          throw new Error('too late');
        }
        return document;
      },
    },
  });
}

test.each(['halt', 'park'] as const)(
  'what a function has done before it failed is not stored (%s)',
  async (onError) => {
    const { store, sequence, context, readModels } = projectedStore();
    let isMended = false;
    const projection = carelessProjection(onError, () => isMended);
    await store.append('Order-1', added('a', 'bad', 'b'));
    await sequence();
    const runner = createProjectionRunner(context, projection);
    await runner.run();
    expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a'] });
    isMended = true;
    await redrive(context, projection);
    await runner.run();
    expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['a', 'bad', 'b'] });
  },
);

test('a document may keep a part of an event, and change it', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  let failures = 2;
  const projection = defineProjection<{ Set: { list: string[] }; Added: { label: string } }, { list: string[] }>({
    name: 'lists',
    version: 1,
    onError: 'park',
    key: ({ streamId }) => streamId,
    initial: { list: [] },
    evolve: {
      Set: (_, { data: { list } }) => ({ list }),
      Added: (document, { data: { label } }) => {
        document.list.push(label);
        if (label === 'bad' && failures-- > 0) {
          throw new Error('bad');
        }
        return document;
      },
    },
  });
  await store.append('Order-1', [{ type: 'Set', data: { list: ['a'] } }, ...added('b', 'bad')]);
  await sequence();
  await createProjectionRunner(context, projection).run();
  expect((await readModels.document('lists', 'Order-1'))?.document).toEqual({ list: ['a', 'b'] });
});

test('where a document has no room for what waits, that is a failure, also of a projection that parks', () => {
  const check = () => {
    throw new Error('bad');
  };
  const projection = labelsProjection({ onError: 'park', check });
  const build = { version: 1, run: 1 };
  const key = 'k';
  const storedAs = (json: string) => ({ key, json, position: 1, parked: [] });
  const sizeOf = (json: string) =>
    itemSizeBytes({ ...encodeDocument('labels', build, storedAs(json)), document: json });
  const jsonOf = (characters: number) => JSON.stringify({ labels: [noise(characters, 'a')] });
  // The largest that fits, as it is before compression.
  const json = jsonOf(ITEM_SIZE_BYTES_MAX - sizeOf(jsonOf(0)));
  expect(sizeOf(json)).toBe(ITEM_SIZE_BYTES_MAX);
  const timestamp = '2026-01-01T00:00:00.000Z';
  const event: LoggedEvent = {
    position: 2,
    streamId: 'Order-1',
    version: 2,
    id: 'id',
    type: 'Added',
    schemaVersion: 1,
    data: { label: 'b' },
    metadata: { timestamp },
  };
  const documents = new Map([[key, storedAs(json)]]);
  const folded = foldBatch({ projection, build, now: () => new Date(0) }, [{ event, key }], documents);
  expect(folded).toMatchObject({ count: 0, failed: { event, error: expect.any(DocumentTooLarge) } });
});

test('what is removed is not there, and may come again', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const runner = createProjectionRunner(context, labelsProjection());
  await store.append('Order-1', [...added('a'), { type: 'Removed', data: {} }]);
  await sequence();
  await runner.run();
  expect(await readModels.document('labels', 'Order-1')).toBeUndefined();
  await store.append('Order-1', added('b'));
  await sequence();
  await runner.run();
  expect((await readModels.document('labels', 'Order-1'))?.document).toEqual({ labels: ['b'] });
});

test('whoever waits for a position gets it, or is told how far it is', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  await store.append('Order-1', added('a'));
  await sequence();
  const runner = createProjectionRunner(context, labelsProjection());
  await runner.run();
  expect(await readModels.waitFor('labels', 1, { timeoutMs: 0 })).toBe(1);
  await expect(readModels.waitFor('labels', 2, { timeoutMs: 300 })).rejects.toThrow(ProjectionBehind);
});

test('a page of events that are not wanted is at most one write', async () => {
  const requests: TableRequest[] = [];
  const { store, sequence, context } = projectedStore({ observer: (request) => requests.push(request) });
  for (let index = 0; index < 50; index++) {
    await store.append(`Other-${index}`, [{ type: 'Other', data: {} }]);
  }
  await sequence();
  const runner = createProjectionRunner(context, labelsProjection());
  await runner.run();
  await store.append('Other-1', [{ type: 'Other', data: {} }]);
  await sequence();
  requests.length = 0;
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up', position: 51 });
  expect(requests.filter(({ writeUnits }) => writeUnits > 0)).toEqual([
    { operation: 'put', readUnits: 0, writeUnits: 1 },
  ]);
});

test('a document that would fit only compressed is refused: it could not be read again', async () => {
  const { store, sequence, context, readModels } = projectedStore();
  const projection = defineProjection<{ Added: { label: string } }, { text: string }>({
    name: 'texts',
    version: 1,
    key: ({ streamId }) => streamId,
    initial: { text: '' },
    evolve: { Added: (_, { data: { label } }) => ({ text: label.repeat(ITEM_SIZE_BYTES_MAX - 100) }) },
  });
  await store.append('Order-1', added('x'));
  await sequence();
  await createProjectionRunner(context, projection).run();
  const text = 'x'.repeat(ITEM_SIZE_BYTES_MAX - 100);
  expect((await readModels.document('texts', 'Order-1'))?.document).toEqual({ text });
  await store.append('Order-1', added('xx'));
  await sequence();
  expect(await createProjectionRunner(context, projection).run()).toMatchObject({
    outcome: 'halted',
    failure: { message: expect.stringContaining('DocumentTooLarge') },
  });
  expect((await readModels.document('texts', 'Order-1'))?.document).toEqual({ text });
});
