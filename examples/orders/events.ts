/** The events of orders, in streams `Order-{orderId}`. */
import { defineEvents, type EventsOf } from 'tidemark';
import * as z from 'zod';

export const ORDERS = 'Order';

export const OrderItems = z
  .array(
    z.strictObject({
      sku: z.string().min(1),
      quantity: z.int().min(1),
      priceCents: z.int().min(0),
    }),
  )
  .min(1)
  // Here, where a client sends them, and not only where the total is stored: the error names what he can change.
  .refine((items) => Number.isSafeInteger(totalCents(items)), 'must have a total of at most 2^53 - 1 cents');

export type OrderItems = z.infer<typeof OrderItems>;

const OrderPlaced = z.strictObject({
  orderId: z.string(),
  customerId: z.string(),
  items: OrderItems,
  totalCents: z.int().min(0),
});

/** What may happen to an order. Change a schema here, and add an upcaster that makes the new data of the old ones. */
export const orderEvents = defineEvents({
  OrderPlaced: { schema: OrderPlaced, upcasters: [withTotal] },
  OrderShipped: { schema: z.strictObject({ orderId: z.string() }) },
});

export type OrderEvents = EventsOf<typeof orderEvents>;

/**
 * Version 1 had no total: whoever wanted one added up the items. What was appended over HTTP without a schema version is of version 1 too,
 * whatever it is: a total that is there stays, and what is no order stays what it is.
 */
function withTotal(data: z.infer<typeof OrderPlaced>): z.infer<typeof OrderPlaced> {
  const items = OrderItems.safeParse(data?.items);
  return items.success ? { ...data, totalCents: data.totalCents ?? totalCents(items.data) } : data;
}

export function totalCents(items: readonly { readonly quantity: number; readonly priceCents: number }[]): number {
  return items.reduce((total, { quantity, priceCents }) => total + quantity * priceCents, 0);
}

/** The order that a stream is about: what stands behind `Order-`. Whatever its events say themselves. */
export function orderIdOf({ streamId }: { readonly streamId: string }): string {
  return streamId.slice(ORDERS.length + 1);
}

/** What an `OrderPlaced` tells; null: it does not, or what it tells is of another kind. */
export interface Told {
  readonly customerId: string | null;
  readonly totalCents: number | null;
}

const ToldSchema: z.ZodType<Told> = z
  .object({ customerId: z.string().nullable().catch(null), totalCents: z.int().nullable().catch(null) })
  .catch({ customerId: null, totalCents: null });

/**
 * Anybody may append to a stream over HTTP, and nothing checks that against the schemas above. So projections that are to hold up for
 * nobody take what is there.
 */
export function toldOf(data: unknown): Told {
  return ToldSchema.parse(data);
}
