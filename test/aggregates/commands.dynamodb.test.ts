import { afterAll, beforeAll } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { commandContract } from './command-contract.ts';

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

let streams = 0;
commandContract(
  () => dynamoDbTables(dynamoDb.client, dynamoDb.names),
  () => `Account-${++streams}`,
);
