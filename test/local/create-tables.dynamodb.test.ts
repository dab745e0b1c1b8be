import { DescribeTableCommand, DescribeTimeToLiveCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTables } from '../../lib/local/create-tables.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';

test('tables are made as they are defined, once, and deleted', async () => {
  const { client, names, stop } = await dynamoDbForTest();
  const describeTable = async (TableName: string) => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const made = await describeTable(names.events);
  expect(made).toMatchObject({
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'PK', KeyType: 'HASH' },
      { AttributeName: 'SK', KeyType: 'RANGE' },
    ],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
  expect((await describeTable(names.readModels))?.StreamSpecification).toBeUndefined();
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: names.state }));
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });

  await createTables(client, names);
  expect((await describeTable(names.events))?.CreationDateTime).toEqual(made?.CreationDateTime);

  await stop();
  const after = await dynamoDbForTest();
  const { TableNames } = await after.client.send(new ListTablesCommand({}));
  expect(TableNames).not.toEqual(expect.arrayContaining(Object.values(names)));
  await after.stop();
});
