import { describe, expect, test } from 'vitest';
import { orderEvents } from '../../examples/orders/events.ts';
import { order, orderHandler } from '../../examples/orders/order.ts';
import { createEventStore, memoryTables, type RecordedEvent } from '../../lib/index.ts';
import { testDecider } from '../../lib/testing/index.ts';

const items = [
  { sku: 'SKU-1', quantity: 2, priceCents: 100 },
  { sku: 'SKU-2', quantity: 1, priceCents: 4_000 },
];
const placeOrder = { type: 'PlaceOrder', data: { orderId: '1', customerId: 'c', items } } as const;
const placed = { type: 'OrderPlaced', data: { orderId: '1', customerId: 'c', items, totalCents: 4_200 } } as const;
const shipOrder = { type: 'ShipOrder', data: { orderId: '1' } } as const;
const shipped = { type: 'OrderShipped', data: { orderId: '1' } } as const;

describe('the rules of orders', () => {
  test('an order is placed once, with its total', () => {
    testDecider(order).when(placeOrder).thenEvents(placed);
    testDecider(order).given(placed).when(placeOrder).thenRejected('order-exists');
    testDecider(order).given(placed, shipped).when(placeOrder).thenRejected('order-exists');
  });

  test('an order that was placed is shipped once', () => {
    testDecider(order).given(placed).when(shipOrder).thenEvents(shipped);
    testDecider(order).when(shipOrder).thenRejected('no-order');
    testDecider(order).given(placed, shipped).when(shipOrder).thenRejected('order-shipped');
  });
});

describe('orders of version 1 of the schema', () => {
  const event = (data: unknown): RecordedEvent => ({
    id: 'e',
    streamId: 'Order-1',
    type: 'OrderPlaced',
    version: 1,
    schemaVersion: 1,
    data,
    metadata: { timestamp: '2026-01-01T00:00:00.000Z' },
  });

  test('have the total of their items', () => {
    const upcast = orderEvents.upcast(event({ orderId: '1', customerId: 'c', items }));
    expect(upcast).toEqual({ ...event(placed.data), schemaVersion: 2 });
  });

  test('keep a total that they have', () => {
    const data = { ...placed.data, totalCents: 1 };
    expect(orderEvents.upcast(event(data)).data).toEqual(data);
    expect(orderEvents.upcast(event({ totalCents: 4_200 })).data).toEqual({ totalCents: 4_200 });
  });

  test.each([null, 'text', 7, [], {}, { items: 7 }, { items: [{}] }])(
    'are left as they are where they are none: %j',
    (data) => {
      expect(orderEvents.upcast(event(data)).data).toEqual(data);
    },
  );

  test('are shipped as others, whatever else stands in their streams', async () => {
    const tables = memoryTables();
    const store = createEventStore({ tables });
    await store.append('Order-1', [
      { type: 'OrderPlaced', data: { totalCents: 4_200 } },
      { type: 'OrderPraised', data: null },
    ]);
    await store.append('Order-2', [{ type: 'OrderPlaced', data: null }]);
    for (const orderId of ['1', '2']) {
      const result = await orderHandler(tables).handle(`Order-${orderId}`, { type: 'ShipOrder', data: { orderId } });
      expect(result.events).toMatchObject([{ type: 'OrderShipped', data: { orderId }, schemaVersion: 1 }]);
    }
  });
});
