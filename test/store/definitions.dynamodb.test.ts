import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { definitionsContract } from '../contracts/store/definitions-contract.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

definitionsContract('DynamoDB', async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
});
