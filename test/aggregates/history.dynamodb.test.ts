import { afterAll, beforeAll, test } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { logSeed } from '../seed.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { runHistories } from './histories.ts';

logSeed();

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

test('with snapshots or without, remembered or not, a stream in DynamoDB is what its events say', async () => {
  const tables = () => dynamoDbTables(dynamoDb.client, dynamoDb.names);
  await runHistories({ tables, runs: 8, stepsMax: 25, meets: ['snapshot-written'] });
});
