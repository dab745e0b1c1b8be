import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { createTables, deleteTables } from '../../lib/local/create-tables.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { type TableNames, tableNames } from '../../lib/tables/definitions.ts';

export interface TestDynamoDb {
  readonly client: DynamoDBClient;
  readonly names: TableNames;
  readonly endpoint: string;
  /** Deletes the tables. */
  stop(): Promise<void>;
}

/** Empty tables on the DynamoDB that the global setup found; nobody else uses them. */
export async function dynamoDbForTest(): Promise<TestDynamoDb> {
  const endpoint = inject('dynamoDbEndpoint');
  const client = localDynamoDbClient(endpoint);
  const names = tableNames(`test-${randomUUID()}`);
  await createTables(client, names);
  return {
    client,
    names,
    endpoint,
    stop: async () => {
      await deleteTables(client, names);
      client.destroy();
    },
  };
}
