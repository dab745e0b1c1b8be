/** Rows in an SQLite file: each event counts once, whatever happens between the rows and the checkpoint of the runner. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { orderRows } from '../../examples/orders/order-rows.ts';
import { createProjectionRunner, memoryTables, Unavailable } from '../../lib/index.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { temporaryFolder } from '../support/tidemark-process.ts';
import { contextOf, ODD_DATA, orderSystem, placed } from './order-system.ts';
import { rowsOf } from './stored-rows.ts';

async function temporaryFile(): Promise<string> {
  return join(await temporaryFolder(), 'orders.sqlite');
}

test('orders are rows, and odd events hold up nothing', async () => {
  const file = await temporaryFile();
  const { append, project } = orderSystem();
  await append('Order-1', placed('1', 4200), ['OrderShipped', { orderId: '1' }], ['OrderPraised', {}]);
  for (const data of ODD_DATA) {
    await append('Order-odd', ['OrderPlaced', data]);
  }
  const { projection, close } = orderRows(file);
  expect(await project(projection)).toMatchObject({ outcome: 'caught-up' });
  close();
  expect(rowsOf(file)).toEqual([
    { build: '1.1', order_id: '1', customer_id: 'customer-of-1', total_cents: 4200, status: 'shipped', events: 2 },
    { build: '1.1', order_id: 'odd', customer_id: null, total_cents: null, status: 'placed', events: ODD_DATA.length },
  ]);
});

test('where the checkpoint of the runner is lost after the rows are written, nothing counts twice', async () => {
  const file = await temporaryFile();
  const tables = memoryTables();
  const { append, project } = orderSystem(tables);
  const lost = withCalls(tables, { put: () => Promise.reject(new Unavailable(new Error('lost'))) });
  const orders = orderRows(file);
  // It begins the projection, so that what is lost is the checkpoint behind the rows.
  await project(orders.projection);
  const runner = createProjectionRunner(contextOf(lost), orders.projection);
  for (let round = 1; round <= 3; round++) {
    await append('Order-1', placed('1', round));
    await append(`Order-${round}`, ['OrderShipped', {}]);
    await project({ ...orders.projection, name: 'only-sequenced', handle: async () => {} });
    await expect(runner.run(), 'the same runner').rejects.toThrow(Unavailable);
    await expect(createProjectionRunner(contextOf(lost), orders.projection).run()).resolves.toMatchObject({
      position: 2 * round,
    });
  }
  orders.close();
  expect(rowsOf(file).map(({ order_id, events }) => [order_id, events])).toEqual([
    ['1', 4],
    ['2', 1],
    ['3', 1],
  ]);
});

test('a rebuild fills rows of its own, beside those that are read', async () => {
  const file = await temporaryFile();
  const tables = memoryTables();
  const { append, project } = orderSystem(tables);
  await append('Order-1', placed('1', 4200));
  const { projection, close } = orderRows(file);
  await project(projection);
  await createProjectionRunner(contextOf(tables), projection, 'rebuild').run();
  close();
  expect(rowsOf(file).map(({ build, events }) => [build, events])).toEqual([
    ['1.1', 1],
    ['1.2', 1],
  ]);
});

test('what cannot be written is not half written', async () => {
  const file = await temporaryFile();
  const { append, project } = orderSystem();
  await append('Order-1', placed('1', 1), placed('1', 2));
  const { projection, close } = orderRows(file);
  const database = new DatabaseSync(file);
  database.exec("CREATE TRIGGER full BEFORE UPDATE ON orders BEGIN SELECT RAISE(ABORT, 'full'); END");
  expect(await project(projection)).toMatchObject({ outcome: 'halted', position: 0 });
  expect(rowsOf(file)).toEqual([]);
  database.exec('DROP TRIGGER full');
  database.close();
  close();
});
