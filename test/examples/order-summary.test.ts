import { expect, test } from 'vitest';
import { orderSummary } from '../../examples/orders/order-summary.ts';
import { ODD_DATA, orderSystem, placed } from './order-system.ts';

test('an order is placed, then shipped', async () => {
  const { append, project, readModels } = orderSystem();
  await append('Order-1', placed('1', 4200));
  await project(orderSummary);
  const order = { orderId: '1', customerId: 'customer-of-1', totalCents: 4200, status: 'placed' };
  expect(await readModels.document('order-summary', '1')).toEqual({ document: order, position: 1 });
  await append('Order-1', ['OrderShipped', { orderId: '1' }]);
  await project(orderSummary);
  expect(await readModels.document('order-summary', '1')).toEqual({
    document: { ...order, status: 'shipped' },
    position: 2,
  });
});

test('an order is that of its stream, whatever its events say', async () => {
  const { append, project, readModels } = orderSystem();
  await append('Order-a-b/c', placed('another', 1));
  await append('Basket-1', placed('1', 1));
  await project(orderSummary);
  expect(await readModels.document('order-summary', 'a-b/c')).toMatchObject({ document: { orderId: 'a-b/c' } });
  expect(await readModels.document('order-summary', 'another')).toBeUndefined();
  expect(await readModels.document('order-summary', '1')).toBeUndefined();
});

test.each(ODD_DATA)('what %j tells of an order is taken, the rest is null, and nothing is held up', async (data) => {
  const { append, project, readModels } = orderSystem();
  await append('Order-odd', ['OrderPlaced', data], ['OrderShipped', data]);
  await append('Order-shipped', ['OrderShipped', data]);
  await append('Order-sound', placed('sound', 1));
  expect(await project(orderSummary)).toMatchObject({ outcome: 'caught-up', position: 4 });
  const unknown = { customerId: null, totalCents: null, status: 'shipped' };
  expect(await readModels.document('order-summary', 'odd')).toMatchObject({ document: { orderId: 'odd', ...unknown } });
  expect(await readModels.document('order-summary', 'shipped')).toMatchObject({
    document: { orderId: 'shipped', ...unknown },
  });
  expect(await readModels.document('order-summary', 'sound')).toMatchObject({ document: { totalCents: 1 } });
  expect(await readModels.statuses()).toMatchObject([{ name: 'order-summary', state: 'live', parked: 0 }]);
});

test('what is there of the data is told, such as the total of the first event of the README', async () => {
  const { append, project, readModels } = orderSystem();
  await append('Order-1', ['OrderPlaced', { totalCents: 4200 }]);
  await project(orderSummary);
  expect(await readModels.document('order-summary', '1')).toMatchObject({
    document: { orderId: '1', customerId: null, totalCents: 4200, status: 'placed' },
  });
});
