/** One document for each order: what `GET /orders/{orderId}` answers. */
import { defineProjection } from 'tidemark';
import { ORDERS, type OrderEvents, orderIdOf, toldOf } from './events.ts';

/** What is not known of an order is null, so that all of its members are always there. */
export type OrderSummary = {
  readonly orderId: string;
  readonly customerId: string | null;
  readonly totalCents: number | null;
  readonly status: 'placed' | 'shipped';
};

export const orderSummary = defineProjection<OrderEvents, OrderSummary>({
  name: 'order-summary',
  version: 1,
  category: ORDERS,
  // What is wrong with one order is no reason to keep the others waiting.
  onError: 'park',
  key: orderIdOf,
  initial: { orderId: '', customerId: null, totalCents: null, status: 'placed' },
  evolve: {
    OrderPlaced: (_, event) => ({ orderId: orderIdOf(event), ...toldOf(event.data), status: 'placed' }),
    OrderShipped: (order, event) => ({ ...order, orderId: orderIdOf(event), status: 'shipped' }),
  },
});
