/** Projections whose events are defined: their functions see the current shape only, and what cannot be read fails as they do. */
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvents, type LoggedEvent, type NewEvent } from '../../lib/index.ts';
import { defineHandler, defineProjection, type OnError } from '../../lib/projections/definition.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import { placed, shopEvents } from '../support/shop-events.ts';
import { type ProjectedStore, projectedStore } from './projected-store.ts';

let projected: ProjectedStore;
beforeEach(() => {
  projected = projectedStore();
});

const append = async (streamId: string, ...events: NewEvent[]) => {
  await projected.store.append(streamId, events);
};
const run = async (projection: Parameters<typeof createProjectionRunner>[1]) => {
  await projected.sequence();
  return createProjectionRunner(projected.context, projection).run();
};
const documentOf = async (key: string) => (await projected.readModels.document('orders', key))?.document;

/** Its upcaster is mended while the test goes on, as a deployment does. */
function mendable() {
  const state = { isMended: false };
  const events = defineEvents({
    Counted: {
      schema: z.object({ label: z.string(), group: z.string() }),
      upcasters: [
        ({ label }: { label: string }) => {
          if (label.startsWith('bad') && !state.isMended) {
            throw new Error(`cannot read ${label}`);
          }
          return { label, group: 'all' };
        },
      ],
    },
    Reset: { schema: z.object({}) },
  });
  return { state, events };
}

const counted = (...labels: string[]): NewEvent[] => labels.map((label) => ({ type: 'Counted', data: { label } }));

type Mendable = ReturnType<typeof mendable>['events'];

/** A document for each stream, with the labels of its events in their order. */
function labelsOf(events: Mendable, onError: OnError, isKeyedByData = false) {
  return defineProjection({
    name: 'orders',
    version: 1,
    onError,
    events,
    key: (event) => (isKeyedByData && event.type === 'Counted' ? event.data.group : event.streamId),
    initial: { labels: [] as readonly string[] },
    evolve: {
      Counted: ({ labels }, { data: { label, group } }) => ({ labels: [...labels, `${label} of ${group}`] }),
    },
  });
}

describe('documents', () => {
  test('are folded from events of every version in the current shape', async () => {
    await append('Order-1', placed(1, 'Ada', 42), placed(2, 'Ada', 1), placed(3, 'Bob', 2));
    await append('Order-2', { type: 'OrderShipped', data: { carrier: 'bike' } }, { type: 'OrderPaid', data: {} });
    const seen: number[] = [];
    const projection = defineProjection({
      name: 'orders',
      version: 1,
      events: shopEvents,
      key: (event) => (event.type === 'OrderPlaced' ? `${event.data.customer}/${event.data.currency}` : undefined),
      initial: { cents: 0 },
      evolve: {
        OrderPlaced: ({ cents }, { data, schemaVersion }) => {
          seen.push(schemaVersion);
          return { cents: cents + data.totalCents };
        },
      },
    });
    // It follows what it has a function for: others are not its own, whether or not they are defined.
    expect(projection.filter).toEqual({ types: ['OrderPlaced'] });
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 5 });
    expect(await documentOf('Ada/EUR')).toEqual({ cents: 4300 });
    expect(await documentOf('Bob/EUR')).toEqual({ cents: 200 });
    expect(seen).toEqual([3, 3, 3]);
  });

  test('halt at an event that cannot be read, name it, and go on once it can be', async () => {
    const { state, events } = mendable();
    const projection = labelsOf(events, 'halt');
    await append('Order-1', ...counted('a', 'bad', 'b'));
    const message =
      /^UnreadableEvent: Event ".*" \("Counted" of schema version 1\) at version 2 of stream "Order-1": its upcaster .* fails: cannot read bad$/;
    expect(await run(projection)).toMatchObject({
      outcome: 'halted',
      position: 1,
      failure: { position: 2, attempts: 5, message: expect.stringMatching(message) },
    });
    expect(await documentOf('Order-1')).toEqual({ labels: ['a of all'] });
    state.isMended = true;
    await redrive(projected.context, projection);
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 3 });
    expect(await documentOf('Order-1')).toEqual({ labels: ['a of all', 'bad of all', 'b of all'] });
  });

  test('halt at an event that is newer than the code', async () => {
    await append('Order-1', { type: 'Counted', data: {}, schemaVersion: 3 });
    expect(await run(labelsOf(mendable().events, 'halt'))).toMatchObject({
      outcome: 'halted',
      failure: { message: expect.stringContaining('the newest schema version that this code knows is 2') },
    });
  });

  test('are passed over with an event that cannot be read where their key does without its data', async () => {
    const { state, events } = mendable();
    const projection = labelsOf(events, 'park');
    await append('Order-1', ...counted('a', 'bad', 'b'));
    await append('Order-2', ...counted('c'), { type: 'Counted', data: {}, schemaVersion: 3 });
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 5 });
    expect(await documentOf('Order-1')).toEqual({ labels: ['a of all'] });
    expect(await documentOf('Order-2')).toEqual({ labels: ['c of all'] });
    expect(await redrive(projected.context, projection)).toMatchObject({ applied: 0, left: 3 });
    state.isMended = true;
    expect(await redrive(projected.context, projection)).toMatchObject({
      applied: 2,
      left: 1,
      failures: [{ id: 'Order-2', message: expect.stringContaining('newest schema version') }],
    });
    expect(await documentOf('Order-1')).toEqual({ labels: ['a of all', 'bad of all', 'b of all'] });
  });

  test('halt, also where they park, at an event whose key cannot be read: nobody knows which document it is about', async () => {
    const { state, events } = mendable();
    const projection = labelsOf(events, 'park', true);
    await append('Order-1', ...counted('a', 'bad', 'b'));
    expect(await run(projection)).toMatchObject({ outcome: 'halted', position: 1, failure: { position: 2 } });
    state.isMended = true;
    await redrive(projected.context, projection);
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 3 });
    expect(await documentOf('all')).toEqual({ labels: ['a of all', 'bad of all', 'b of all'] });
  });

  test('are the same although upcasters and functions change what they are given, and events are folded again', async () => {
    const events = defineEvents({
      Listed: {
        schema: z.object({ list: z.array(z.string()) }),
        upcasters: [
          (data: { list: string[] }) => {
            data.list.push('upcast');
            return data;
          },
        ],
      },
    });
    let failures = 3;
    const projection = defineProjection({
      name: 'orders',
      version: 1,
      events,
      key: ({ streamId, data }) => {
        data.list.push('key');
        return streamId;
      },
      initial: { lists: [] as string[][] },
      evolve: {
        Listed: (document, { data: { list } }) => {
          list.push('evolve');
          document.lists.push(list);
          if (failures-- > 0) {
            throw new Error('later');
          }
          return document;
        },
      },
    });
    await append('Order-1', { type: 'Listed', data: { list: ['a'] } }, { type: 'Listed', data: { list: ['b'] } });
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up' });
    const folded = (name: string) => [name, 'upcast', 'evolve'];
    expect(await documentOf('Order-1')).toEqual({ lists: [folded('a'), folded('b')] });
  });
});

describe('handlers', () => {
  const handlerOf = (events: Mendable, onError: OnError, handled: LoggedEvent[], isKeyedByData = false) =>
    defineHandler({
      name: 'orders',
      version: 1,
      onError,
      events,
      key: (event) => (isKeyedByData && event.type === 'Counted' ? event.data.group : event.streamId),
      handle: (batch) => {
        handled.push(...batch);
      },
    });
  const labels = (handled: readonly LoggedEvent[]) => handled.map(({ data }) => data);
  const current = (...names: string[]) => names.map((label) => ({ label, group: 'all' }));

  test('are given what stands before an event that cannot be read, and halt there', async () => {
    const { state, events } = mendable();
    const handled: LoggedEvent[] = [];
    const projection = handlerOf(events, 'halt', handled);
    await append('Order-1', ...counted('a', 'b', 'bad', 'c'));
    expect(await run(projection)).toMatchObject({
      outcome: 'halted',
      position: 2,
      failure: { position: 3, message: expect.stringContaining('cannot read bad') },
    });
    expect(labels(handled)).toEqual(current('a', 'b'));
    state.isMended = true;
    await redrive(projected.context, projection);
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 4 });
    expect(labels(handled)).toEqual(current('a', 'b', 'bad', 'c'));
    expect(handled.map(({ schemaVersion }) => schemaVersion)).toEqual([2, 2, 2, 2]);
  });

  test('park an event that cannot be read, and what has its key behind it', async () => {
    const { state, events } = mendable();
    const handled: LoggedEvent[] = [];
    const projection = handlerOf(events, 'park', handled);
    await append('Order-1', ...counted('a', 'bad', 'b'));
    await append('Order-2', ...counted('c'));
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 4 });
    expect(labels(handled)).toEqual(current('a', 'c'));
    expect(await redrive(projected.context, projection)).toMatchObject({ applied: 0, left: 2 });
    state.isMended = true;
    expect(await redrive(projected.context, projection)).toMatchObject({ applied: 2, left: 0 });
    expect(labels(handled)).toEqual(current('a', 'c', 'bad', 'b'));
  });

  test('halt, also where they park, at an event whose key cannot be read', async () => {
    const { state, events } = mendable();
    const handled: LoggedEvent[] = [];
    const projection = handlerOf(events, 'park', handled, true);
    await append('Order-1', ...counted('a', 'bad', 'b'));
    expect(await run(projection)).toMatchObject({ outcome: 'halted', position: 1, failure: { position: 2 } });
    state.isMended = true;
    await redrive(projected.context, projection);
    expect(await run(projection)).toMatchObject({ outcome: 'caught-up', position: 3 });
    expect(labels(handled)).toEqual(current('a', 'bad', 'b'));
  });

  test('halt at a type that is not defined, or are given it as it is stored', async () => {
    await append(
      'Order-1',
      ...counted('a'),
      { type: 'Other', data: 1 },
      { type: 'Counted', data: 2, schemaVersion: 3 },
    );
    const { events } = mendable();
    expect(await run(handlerOf(events, 'halt', []))).toMatchObject({
      outcome: 'halted',
      position: 1,
      failure: { position: 2, message: expect.stringContaining('its type is not among those that are defined') },
    });
    const handled: unknown[] = [];
    const passing = defineHandler({
      name: 'passing',
      version: 1,
      events,
      unknownEvents: 'pass-through',
      key: ({ data }) => String(data),
      handle: (batch) => {
        handled.push(...batch.map(({ data }) => data));
      },
    });
    expect(await run(passing)).toMatchObject({ outcome: 'caught-up', position: 3 });
    expect(handled).toEqual([...current('a'), 1, 2]);
  });
});

/** Definitions that do not compile, for those who write JavaScript. */
function untyped(value: unknown): never {
  return value as never;
}

test('what is not among the events that are defined is refused', () => {
  const common = { name: 'orders', version: 1, events: shopEvents };
  const evolve = { OrderPlaced: () => ({}), OrderPaid: () => ({}) };
  expect(() => defineProjection(untyped({ ...common, key: () => 'a', initial: {}, evolve }))).toThrow(
    'evolve.OrderPaid is not among the events that are defined: "OrderPlaced", "OrderShipped", "OrderNoted"',
  );
  const handler = { ...common, handle: () => {} };
  expect(() => defineHandler(untyped({ ...handler, types: ['OrderPlaced', 'OrderPaid'] }))).toThrow(
    'types[1] "OrderPaid" is not among the events that are defined: "OrderPlaced", "OrderShipped", "OrderNoted"',
  );
  expect(() => defineHandler(untyped({ ...handler, types: 'OrderPlaced' }))).toThrow('types must be a list');
  expect(() => defineHandler(untyped({ ...handler, unknownEvents: 'ignore' }))).toThrow(
    'unknownEvents must be "error" or "pass-through", not "ignore"',
  );
});
