import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventStore, dynamoDbTables } from '../../lib/index.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { sequenceAll } from '../support/logged.ts';
import { temporaryFolder } from '../support/tidemark-process.ts';
import { placed } from './order-system.ts';
import { rowsOf } from './stored-rows.ts';

const PROCESS = fileURLToPath(new URL('order-rows-process.ts', import.meta.url));
const KILLS = 4;

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

/** Its exit code, or the signal that ended it. */
async function runProcess(file: string, killedBehind: number): Promise<unknown> {
  const prefix = dynamoDb.names.log.replace(/-log$/, '');
  const args = [PROCESS, dynamoDb.endpoint, prefix, file, String(killedBehind)];
  const [code, signal] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  return signal ?? code;
}

test('each event counts once, where the process is killed between the rows and the checkpoint', async () => {
  const file = join(await temporaryFolder(), 'orders.sqlite');
  const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  const store = createEventStore({ tables });
  const counts = new Map<string, number>();
  const append = async (orderId: string) => {
    const [type, data] = placed(orderId, 4200);
    await store.append(`Order-${orderId}`, [
      { type, data },
      { type: 'OrderShipped', data: {} },
    ]);
    counts.set(orderId, (counts.get(orderId) ?? 0) + 2);
  };
  for (let round = 1; round <= KILLS; round++) {
    await append('always');
    await append(`of-round-${round}`);
    await sequenceAll(tables);
    expect(await runProcess(file, 1)).toBe('SIGKILL');
  }
  const expected = [...counts].toSorted();
  const counted = () => rowsOf(file).map(({ order_id, events }) => [order_id, events]);
  expect(counted(), 'the rows of the last batch were written before it was killed').toEqual(expected);
  expect(await runProcess(file, 0)).toBe(0);
  expect(counted()).toEqual(expected);
});
