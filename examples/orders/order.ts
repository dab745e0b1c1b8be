/** The rules of orders: what may be done, and what it makes of an order. Pure functions, tried without a store. */
import { type CommandHandler, CommandRejected, commandHandler, defineDecider, type Tables } from 'tidemark';
import { ORDERS, type OrderEvents, type OrderItems, orderEvents, totalCents } from './events.ts';

export interface OrderCommands {
  readonly PlaceOrder: { readonly orderId: string; readonly customerId: string; readonly items: OrderItems };
  readonly ShipOrder: { readonly orderId: string };
}

export interface Order {
  readonly status: 'none' | 'placed' | 'shipped';
}

export const order = defineDecider<Order, OrderCommands, OrderEvents>({
  category: ORDERS,
  initialState: { status: 'none' },
  decide: {
    PlaceOrder: ({ status }, { data }) => {
      if (status !== 'none') {
        throw new CommandRejected('order-exists', `Order "${data.orderId}" has been placed already`);
      }
      return [{ type: 'OrderPlaced', data: { ...data, totalCents: totalCents(data.items) } }];
    },
    ShipOrder: ({ status }, { data: { orderId } }) => {
      if (status === 'none') {
        throw new CommandRejected('no-order', `There is no order "${orderId}"`);
      }
      if (status === 'shipped') {
        throw new CommandRejected('order-shipped', `Order "${orderId}" has been shipped already`);
      }
      return [{ type: 'OrderShipped', data: { orderId } }];
    },
  },
  evolve: {
    OrderPlaced: () => ({ status: 'placed' }),
    OrderShipped: () => ({ status: 'shipped' }),
  },
});

export type OrderHandler = CommandHandler<Order, OrderCommands, OrderEvents>;

/** States of orders that a process keeps: whoever places an order ships it soon. */
const CACHED_ORDERS_MAX = 1_000;

/** Does what is to be done with orders. */
export function orderHandler(tables: Tables): OrderHandler {
  return commandHandler({
    tables,
    decider: order,
    events: orderEvents,
    // Anybody may append other events to the stream of an order; they are no reason not to ship it.
    unknownEvents: 'pass-through',
    cachedStatesMax: CACHED_ORDERS_MAX,
  });
}

export function orderStream(orderId: string): string {
  return `${ORDERS}-${orderId}`;
}
