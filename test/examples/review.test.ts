import { expect, test } from 'vitest';
import { orderHandler } from '../../examples/orders/order.ts';
import { orderReviews, review, reviewHandler } from '../../examples/orders/review.ts';
import { createProjectionContext, createProjectionRunner, memoryTables } from '../../lib/index.ts';
import { memorySystem, testDecider } from '../../lib/testing/index.ts';

function placeOrder(orderId: string, priceCents: number) {
  const items = [{ sku: 'SKU-1', quantity: 1, priceCents }];
  return { type: 'PlaceOrder', data: { orderId, customerId: 'c', items }, metadata: { userId: 'u' } } as const;
}

test('a review is opened and closed once each', () => {
  const opened = { type: 'ReviewOpened', data: { orderId: '1', totalCents: 1 } } as const;
  const closed = { type: 'ReviewClosed', data: { isApproved: true } } as const;
  testDecider(review).when({ type: 'OpenReview', data: opened.data }).thenEvents(opened);
  testDecider(review).given(opened).when({ type: 'OpenReview', data: opened.data }).thenNothing();
  testDecider(review).given(opened).when({ type: 'CloseReview', data: closed.data }).thenEvents(closed);
  testDecider(review).given(opened, closed).when({ type: 'CloseReview', data: closed.data }).thenNothing();
});

test('large orders are reviewed once, also when the process manager is built anew after the review was closed', async () => {
  const tables = memoryTables();
  const { store, settle } = memorySystem({ tables, projections: [orderReviews(tables)] });
  const orders = orderHandler(tables);
  await orders.handle('Order-1', placeOrder('1', 999_999));
  const { events } = await orders.handle('Order-2', placeOrder('2', 1_000_000));
  await settle();
  expect((await store.head('Review-1')).version).toBe(0);
  expect((await store.read('Review-2')).events).toMatchObject([
    {
      type: 'ReviewOpened',
      data: { orderId: '2', totalCents: 1_000_000 },
      metadata: { correlationId: events[0]?.id, causationId: events[0]?.id },
    },
  ]);
  await reviewHandler(tables).handle('Review-2', { type: 'CloseReview', data: { isApproved: true } });
  await createProjectionRunner(createProjectionContext(tables), orderReviews(tables), 'rebuild').run();
  await settle();
  expect((await store.read('Review-2')).events.map(({ type }) => type)).toEqual(['ReviewOpened', 'ReviewClosed']);
});

test('orders that are none are passed over', async () => {
  const tables = memoryTables();
  const { store, settle } = memorySystem({ tables, projections: [orderReviews(tables)] });
  for (const [index, data] of [null, 7, {}, { totalCents: '2000000' }].entries()) {
    await store.append(`Order-${index}`, [{ type: 'OrderPlaced', data }]);
  }
  await settle();
  expect((await store.log({ category: 'Review' })).events).toEqual([]);
});
