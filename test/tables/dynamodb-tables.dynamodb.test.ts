import { afterAll } from 'vitest';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import { tablesContract } from '../../lib/testing/index.ts';
import { anyItemComesBack } from '../contracts/any-item.ts';
import { runContract } from '../contracts/run-contract.ts';
import { logSeed } from '../seed.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

logSeed();

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

const makeTables = async () => {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
};

runContract('tables in DynamoDB', tablesContract(makeTables));
anyItemComesBack(makeTables);
