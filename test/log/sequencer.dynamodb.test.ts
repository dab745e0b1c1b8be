import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/index.ts';
import { sequencerContract } from '../contracts/log/sequencer-contract.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

sequencerContract('DynamoDB', async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
});
