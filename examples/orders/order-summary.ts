/** One document for each order: what `GET /orders/{orderId}` answers. */
import { defineProjection } from 'tidemark';
import { ORDERS, orderEvents, orderIdOf, toldOf } from './events.ts';

/** What is not known of an order is null, so that all of its members are always there. */
export type OrderSummary = {
  readonly orderId: string;
  readonly customerId: string | null;
  readonly totalCents: number | null;
  readonly status: 'placed' | 'shipped';
};

const initial: OrderSummary = { orderId: '', customerId: null, totalCents: null, status: 'placed' };

export const orderSummary = defineProjection({
  name: 'order-summary',
  version: 1,
  events: orderEvents,
  category: ORDERS,
  // What is wrong with one order is no reason to keep the others waiting.
  onError: 'park',
  key: orderIdOf,
  initial,
  evolve: {
    OrderPlaced: (_, event) => ({ orderId: orderIdOf(event), ...toldOf(event.data), status: 'placed' }),
    OrderShipped: (order, event) => ({ ...order, orderId: orderIdOf(event), status: 'shipped' }),
  },
});
