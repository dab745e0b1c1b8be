import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventStore, createProjectionRunner, createSequencer, dynamoDbTables } from '../../lib/index.ts';
import { contextOn } from '../projections/projected-store.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { allCommits } from '../support/stored-log.ts';
import { deposit } from './account.ts';
import { ledgersOn } from './ledger.ts';

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
});
afterAll(() => dynamoDb.stop());

test('in DynamoDB too, an event causes its commands once, whoever runs it again and however many at once', async () => {
  const tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  const { accounts, keeper } = ledgersOn(tables);
  const context = contextOn(tables);
  const store = createEventStore({ tables });
  const runner = (version = 1, purpose: 'run' | 'rebuild' = 'run') =>
    createProjectionRunner(context, keeper({ version }), purpose);
  for (const cents of [5, 7, 9]) {
    await accounts.handle('Account-1', deposit(cents));
    await accounts.handle('Account-2', deposit(cents * 10));
    await createSequencer(context).sequence(await allCommits(tables));
    await Promise.all([runner().run(), runner().run(), runner().run()]);
  }
  expect(await runner(1, 'rebuild').run()).toMatchObject({ outcome: 'caught-up' });
  expect(await runner(2).run()).toMatchObject({ outcome: 'caught-up' });
  const centsOf = async (streamId: string) => (await store.read(streamId)).events.map(({ data }) => Object(data).cents);
  expect(await centsOf('Ledger-1')).toEqual([5, 1, 7, 1, 9, 1]);
  expect(await centsOf('Ledger-2')).toEqual([50, 1, 70, 1, 90, 1]);
});
