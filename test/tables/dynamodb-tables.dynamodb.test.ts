import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import { tablesContract } from '../contracts/tables/tables-contract.ts';
import { logSeed } from '../seed.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

logSeed();

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

tablesContract('in DynamoDB', async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
});
