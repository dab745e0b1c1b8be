/** What does not fit the definitions of events does not compile: `tsc` checks the expected errors here. */
import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import {
  createEventStore,
  defineEvents,
  defineHandler,
  defineProjection,
  type EventsOf,
  type InputsOf,
  memoryTables,
} from '../../lib/index.ts';

const Placed = z.object({ cents: z.number(), currency: z.enum(['EUR', 'CHF']) });
const definitions = defineEvents({
  Placed: {
    schema: Placed,
    upcasters: [({ total }: { total: number }) => ({ cents: total, currency: 'EUR' as const })],
  },
  Shipped: { schema: z.object({ carrier: z.string().default('post') }) },
});

/** Only compiled, never called. */
const never = (_: () => unknown) => {};

test('types are inferred from the schemas', () => {
  expectTypeOf<EventsOf<typeof definitions>>().toEqualTypeOf<{
    Placed: { cents: number; currency: 'EUR' | 'CHF' };
    Shipped: { carrier: string };
  }>();
  expectTypeOf<InputsOf<typeof definitions>['Shipped']>().toEqualTypeOf<{ carrier?: string | undefined }>();
  expectTypeOf<EventsOf<string>>().toEqualTypeOf<never>();
});

test('upcasters must lead to the current shape, and say what they are given', () => {
  never(() => [
    defineEvents({
      Placed: {
        schema: Placed,
        // @ts-expect-error: the current shape has a currency
        upcasters: [({ total }: { total: number }) => ({ cents: total })],
      },
    }),
    defineEvents({
      Placed: {
        schema: Placed,
        // @ts-expect-error: the last one decides
        upcasters: [() => ({ cents: 1, currency: 'EUR' as const }), () => ({ cents: 1, currency: 'USD' as const })],
      },
    }),
    defineEvents({
      Placed: {
        schema: Placed,
        // @ts-expect-error: nobody has said what shape the old data have
        upcasters: [(data) => ({ cents: data.total, currency: 'EUR' as const })],
      },
    }),
    defineEvents({
      Placed: {
        schema: Placed,
        // @ts-expect-error: the first one returns nothing
        upcasters: [(_: { a: number }) => {}, (): z.infer<typeof Placed> => ({ cents: 1, currency: 'CHF' })],
      },
    }),
    defineEvents({
      // @ts-expect-error: the name is misspelled
      Placed: { schema: Placed, upcaster: [] },
    }),
    defineEvents({
      // @ts-expect-error: that is no schema
      Placed: { schema: { cents: 'number' } },
    }),
    defineEvents({
      Placed: {
        schema: Placed,
        // What an upcaster in the middle makes is what the next one says it is given.
        upcasters: [
          (data: { a: number }) => data,
          (data: { a: number }): z.infer<typeof Placed> => ({ cents: data.a, currency: 'CHF' }),
        ],
      },
    }),
  ]);
  expect(definitions.schemaVersion('Placed')).toBe(2);
});

test('a store takes what is defined, and gives it back', () => {
  const store = createEventStore({ tables: memoryTables(), events: definitions });
  const passing = createEventStore({ tables: memoryTables(), events: definitions, unknownEvents: 'pass-through' });
  never(async () => {
    await store.append('Order-1', [{ type: 'Placed', data: { cents: 1, currency: 'EUR' } }]);
    await store.append('Order-1', [{ type: 'Shipped', data: {} }]);
    // @ts-expect-error: there is no such event
    await store.append('Order-1', [{ type: 'Paid', data: {} }]);
    // @ts-expect-error: it has no such data
    await store.append('Order-1', [{ type: 'Placed', data: { cents: '1', currency: 'EUR' } }]);
    // @ts-expect-error: these are the data of another event
    await store.append('Order-1', [{ type: 'Placed', data: { carrier: 'post' } }]);
    // @ts-expect-error: data are missing
    await store.append('Order-1', [{ type: 'Placed' }]);
    // @ts-expect-error: its version is that of the definitions
    await store.append('Order-1', [{ type: 'Shipped', data: {}, schemaVersion: 1 }]);
    // @ts-expect-error: there is no such event
    await store.appendMany([{ streamId: 'Order-1', events: [{ type: 'Paid', data: {} }] }]);
    const { events } = await store.read('Order-1');
    for (const event of events) {
      expectTypeOf(event.type).toEqualTypeOf<'Placed' | 'Shipped'>();
      if (event.type === 'Placed') {
        expectTypeOf(event.data.currency).toEqualTypeOf<'EUR' | 'CHF'>();
        // @ts-expect-error: these are the data of another event
        event.data.carrier;
      }
      // @ts-expect-error: there is no such event
      event.type === 'Paid';
    }
    for await (const event of store.subscribe()) {
      expectTypeOf(event.position).toEqualTypeOf<number>();
      expectTypeOf(event.data).toEqualTypeOf<EventsOf<typeof definitions>['Placed' | 'Shipped']>();
    }
    const [logged] = (await store.logReader().next(1)).events;
    expectTypeOf(logged?.type).toEqualTypeOf<'Placed' | 'Shipped' | undefined>();
    const [any] = (await passing.log()).events;
    // Whatever passes through has data of any shape, and may have a known type.
    expectTypeOf(any?.type).toEqualTypeOf<string | undefined>();
    expectTypeOf(any?.data).toEqualTypeOf<unknown>();
    // @ts-expect-error: nothing else becomes of them
    createEventStore({ tables: memoryTables(), events: definitions, unknownEvents: 'ignore' });
  });
  expect(store).toBeDefined();
});

test('a projection follows events that are defined', () => {
  const common = { name: 'orders', version: 1, events: definitions } as const;
  const initial = { cents: 0 };
  const key = ({ streamId }: { streamId: string }) => streamId;
  const projection = defineProjection({
    ...common,
    key: (event) => (event.type === 'Placed' ? event.data.currency : event.data.carrier),
    initial,
    evolve: { Placed: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
  });
  never(() => [
    // @ts-expect-error: there is no such event
    defineProjection({ ...common, key, initial, evolve: { Paid: () => ({ cents: 0 }) } }),
    // @ts-expect-error: its data have no such member
    defineProjection({ ...common, key, initial, evolve: { Placed: (_, { data }) => ({ cents: data.carrier }) } }),
    // @ts-expect-error: it returns no such document
    defineProjection({ ...common, key, initial, evolve: { Placed: () => 'placed' } }),
    // @ts-expect-error: its key is no string
    defineProjection({ ...common, key: () => 1, initial, evolve: { Placed: () => initial } }),
    // @ts-expect-error: there is no such event
    defineHandler({ ...common, types: ['Paid'], handle: () => {} }),
    // @ts-expect-error: its data have no such member
    defineHandler({ ...common, handle: ([event]) => event?.data.total }),
    // @ts-expect-error: what passes through has any data
    defineHandler({ ...common, unknownEvents: 'pass-through', handle: ([event]) => event?.data.cents }),
  ]);
  expect(projection.filter).toEqual({ types: ['Placed'] });
});
