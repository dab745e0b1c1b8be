import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { logContract } from '../../lib/testing/index.ts';
import { runContract } from '../contracts/run-contract.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

const makeTables = async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
};

runContract('the log in DynamoDB', logContract(makeTables));
