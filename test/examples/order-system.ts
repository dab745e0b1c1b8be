import {
  createEventStore,
  createProjectionRunner,
  memoryTables,
  type Projection,
  type Tables,
} from '../../lib/index.ts';
import type { ProjectionContext } from '../../lib/projections/context.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { sequenceAll } from '../support/logged.ts';

/** A store in memory at noon of 2026-11-24, and its read models. */
export function orderSystem(tables: Tables = memoryTables()) {
  const context = contextOf(tables);
  return {
    tables,
    readModels: createReadModels(context),
    /** Appends events of one type each, `['OrderPlaced', data]`, as one commit of each stream. */
    append: async (streamId: string, ...events: readonly (readonly [type: string, data: unknown])[]) => {
      await createEventStore({ tables, now: context.now }).append(
        streamId,
        events.map(([type, data]) => ({ type, data })),
      );
    },
    /** Puts into the log what is not there, and runs a projection until it has caught up. */
    project: async (projection: Projection) => {
      await sequenceAll(tables);
      return createProjectionRunner(context, projection).run();
    },
  };
}

/** What projections work with, where waiting takes no time. */
export function contextOf(tables: Tables): ProjectionContext {
  let ids = 0;
  return {
    tables,
    delay: async () => {},
    random: () => 0,
    now: () => new Date('2026-11-24T12:00:00Z'),
    newId: () => `runner-${++ids}`,
  };
}

/** What is wrong in an event that anybody may append. */
export const ODD_DATA: readonly unknown[] = [
  null,
  'text',
  7,
  [],
  {},
  { customerId: 7, totalCents: '4200' },
  { totalCents: 0.5 },
];

export function placed(orderId: string, totalCents: number) {
  const items = [{ sku: 'SKU-1', quantity: 1, priceCents: totalCents }];
  return ['OrderPlaced', { orderId, customerId: `customer-of-${orderId}`, items, totalCents }] as const;
}
