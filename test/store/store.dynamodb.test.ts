import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { storeContract } from '../contracts/store/store-contract.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

storeContract('DynamoDB', async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
});
