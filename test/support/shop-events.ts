/** Events of a shop in several schema versions, as the tests of definitions use them. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as z from 'zod';
import { defineEvents, type EventsOf, type NewEvent } from '../../lib/index.ts';

/** `OrderPlaced` as it was stored: version 1 in euros, version 2 in cents, and version 3 says the currency. */
interface PlacedV1 {
  readonly customer: string;
  readonly total: number;
}

interface PlacedV2 {
  readonly customer: string;
  readonly totalCents: number;
}

/** A validator by hand, as the specification has it. */
export const noteSchema: StandardSchemaV1<{ readonly text: string }> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (value) =>
      typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
        ? { value: { text: value.text } }
        : { issues: [{ message: 'must be a string', path: [{ key: 'text' }] }] },
  },
};

export const shopEvents = defineEvents({
  OrderPlaced: {
    schema: z.object({ customer: z.string(), totalCents: z.int(), currency: z.enum(['EUR', 'CHF']) }),
    upcasters: [
      ({ customer, total }: PlacedV1): PlacedV2 => ({ customer, totalCents: Math.round(total * 100) }),
      // What over HTTP was appended without a version has any shape: it is taken as it is.
      (data: Partial<PlacedV2>) => ({ customer: '', totalCents: 0, ...data, currency: 'EUR' as const }),
    ],
  },
  OrderShipped: { schema: z.object({ carrier: z.string().default('post') }) },
  OrderNoted: { schema: noteSchema },
});

export type ShopEvents = EventsOf<typeof shopEvents>;

/** As it was appended by code of that time. */
export function placed(schemaVersion: 1 | 2 | 3, customer: string, euros: number): NewEvent {
  const data = {
    1: { customer, total: euros },
    2: { customer, totalCents: euros * 100 },
    3: { customer, totalCents: euros * 100, currency: 'EUR' },
  };
  return { type: 'OrderPlaced', schemaVersion, data: data[schemaVersion] };
}
