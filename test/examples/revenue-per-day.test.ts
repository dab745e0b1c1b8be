import { expect, test } from 'vitest';
import { revenuePerDay } from '../../examples/orders/revenue-per-day.ts';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { ODD_DATA, orderSystem, placed } from './order-system.ts';

test('orders count for the day on which they were appended', async () => {
  const tables = memoryTables();
  const { project, readModels } = orderSystem(tables);
  const appendAt = async (time: string, streamId: string, totalCents: number) => {
    const [type, data] = placed(streamId, totalCents);
    await createEventStore({ tables, now: () => new Date(time) }).append(streamId, [{ type, data }]);
  };
  await appendAt('2026-11-23T23:59:59.999Z', 'Order-1', 100);
  await appendAt('2026-11-24T00:00:00.000Z', 'Order-2', 20);
  await appendAt('2026-11-24T12:00:00.000Z', 'Order-3', 3);
  await appendAt('2026-11-24T12:00:00.000Z', 'Basket-1', 1_000);
  await project(revenuePerDay);
  expect(await readModels.document('revenue-per-day', '2026-11-23')).toMatchObject({
    document: { day: '2026-11-23', orders: 1, revenueCents: 100 },
  });
  expect(await readModels.document('revenue-per-day', '2026-11-24')).toMatchObject({
    document: { day: '2026-11-24', orders: 2, revenueCents: 23 },
  });
});

test('an order without a total is counted, and brings nothing', async () => {
  const { append, project, readModels } = orderSystem();
  for (const [index, data] of ODD_DATA.entries()) {
    await append(`Order-${index}`, ['OrderPlaced', data]);
  }
  await append('Order-sound', placed('sound', 4200));
  await project(revenuePerDay);
  expect(await readModels.statuses()).toMatchObject([{ state: 'live', parked: 0 }]);
  expect(await readModels.document('revenue-per-day', '2026-11-24')).toMatchObject({
    document: { orders: ODD_DATA.length + 1, revenueCents: 4200 },
  });
});
