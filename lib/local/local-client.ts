import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../tables/dynamodb-tables.ts';
import { ENDPOINT_REQUEST_MS } from './bounds.ts';

/**
 * A client of a DynamoDB that is not AWS's. Region and credentials are made up, always: no AWS account accepts them, so
 * a wrong endpoint cannot cost or change anything.
 */
export function localDynamoDbClient(endpoint: string, maxAttempts?: number): DynamoDBClient {
  return dynamoDbClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
}

/** Why an endpoint does not answer as DynamoDB does, or undefined where it does. One request. */
export async function dynamoDbTrouble(endpoint: string): Promise<unknown> {
  const client = localDynamoDbClient(endpoint, 1);
  try {
    await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal: AbortSignal.timeout(ENDPOINT_REQUEST_MS) });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    client.destroy();
  }
}
