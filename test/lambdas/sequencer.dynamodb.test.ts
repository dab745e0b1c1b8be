/** The function that the stream of the Events table triggers, on real tables. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createEventStore, dynamoDbTables } from '../../lib/index.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { expectAllSequenced, soundLog } from '../support/stored-log.ts';
import { insertRecord } from '../support/stream-records.ts';
import { stubFunctionEnvironment } from './function-environment.ts';
import { lambdaContext } from './lambda-context.ts';

let dynamoDb: TestDynamoDb;
let handler: typeof import('../../lambdas/sequencer.ts')['handler'];

beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
  stubFunctionEnvironment(dynamoDb);
  ({ handler } = await import('../../lambdas/sequencer.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamoDb.stop();
});

test('what was appended is in the log, whatever the order and number of its records, and however little time there is', async () => {
  const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  const store = createEventStore({ tables });
  await store.append('Order-1', numbered(60));
  await store.append('Order-2', numbered(1));
  await store.append('Order-1', numbered(2));
  const { items } = await tables.scan('events', { consistency: 'strong' });
  const Records = items.map((item, index) => insertRecord(item, `${index}`)).toReversed();
  expect(await handler({ Records: Records.slice(0, 1) }, lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(await handler({ Records: [...Records, ...Records] }, lambdaContext(1))).toEqual({ batchItemFailures: [] });
  expect(await soundLog(tables)).toHaveLength(2);
  await expectAllSequenced(tables);
});
