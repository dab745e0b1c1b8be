/** The events of orders, in streams `Order-{orderId}`. */
import * as z from 'zod';

export const ORDERS = 'Order';

export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  readonly priceCents: number;
}

export interface OrderPlaced {
  readonly orderId: string;
  readonly customerId: string;
  readonly items: readonly OrderItem[];
  readonly totalCents: number;
}

export interface OrderShipped {
  readonly orderId: string;
}

/**
 * What projections follow. Anybody may append to a stream over HTTP, so what stands in the log under these types need not be an
 * `OrderPlaced` or an `OrderShipped`: `toldOf` takes what is there.
 */
export type OrderEvents = {
  readonly OrderPlaced: Partial<OrderPlaced> | null;
  readonly OrderShipped: Partial<OrderShipped> | null;
};

/** What an `OrderPlaced` tells; null: it does not, or what it tells is of another kind. */
export interface Told {
  readonly customerId: string | null;
  readonly totalCents: number | null;
}

const ToldSchema: z.ZodType<Told> = z
  .object({ customerId: z.string().nullable().catch(null), totalCents: z.int().nullable().catch(null) })
  .catch({ customerId: null, totalCents: null });

export function toldOf(data: unknown): Told {
  return ToldSchema.parse(data);
}

/** The order that a stream is about: what stands behind `Order-`. Whatever its events say themselves. */
export function orderIdOf({ streamId }: { readonly streamId: string }): string {
  return streamId.slice(ORDERS.length + 1);
}
