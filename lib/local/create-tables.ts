import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { TABLES, type TableDefinition, type TableNames } from '../tables/definitions.ts';
import { TABLE_ACTIVE_SECONDS } from './bounds.ts';

/**
 * Creates the tables of a store, where they are not there yet, and waits until they can be used, up to 60 s. Tables
 * that are there are left as they are. Throws what DynamoDB answers.
 */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  await Promise.all(
    namedTables(names).map(async ([name, definition]) => {
      await createTable(client, name, definition);
      await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: TABLE_ACTIVE_SECONDS }, { TableName: name });
      await enableTimeToLive(client, name, definition);
    }),
  );
}

/** Deletes the tables of a store with all that is in them. Tables that are not there are left out. */
export async function deleteTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  await Promise.all(
    Object.values(names).map(async (name) => {
      try {
        await client.send(new DeleteTableCommand({ TableName: name }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) {
          throw error;
        }
      }
    }),
  );
}

function namedTables(names: TableNames): [string, TableDefinition][] {
  return [
    [names.events, TABLES.events],
    [names.log, TABLES.log],
    [names.state, TABLES.state],
    [names.readModels, TABLES.readModels],
  ];
}

async function createTable(
  client: DynamoDBClient,
  name: string,
  { partitionKey, sortKey, stream }: TableDefinition,
): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: [
          { AttributeName: partitionKey, AttributeType: 'S' },
          { AttributeName: sortKey, AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        ...(stream === undefined
          ? {}
          : {
              StreamSpecification: { StreamEnabled: true, StreamViewType: stream },
            }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) {
      throw error;
    }
  }
}

/**
 * Asks first: DynamoDB refuses to enable what is enabled, and a start that was killed may have got as far as the table
 * only.
 */
async function enableTimeToLive(
  client: DynamoDBClient,
  name: string,
  { timeToLiveAttribute }: TableDefinition,
): Promise<void> {
  if (timeToLiveAttribute === undefined) {
    return;
  }
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (TimeToLiveDescription?.TimeToLiveStatus === 'DISABLED') {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { Enabled: true, AttributeName: timeToLiveAttribute },
      }),
    );
  }
}
