/** What DynamoDB takes by itself: one write after the other, past the proxy and without Tidemark, to a table that nobody else uses. */
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { ALONE_MS } from './bounds.ts';
import { ALONE, type Measures } from './measures.ts';

const TABLE = 'faults-alone';

/** @param endpoint of DynamoDB at this moment; it may be down, or start anew somewhere else */
export async function measureAlone(endpoint: () => string, measures: Measures, signal: AbortSignal): Promise<void> {
  let at = endpoint();
  let client = localDynamoDbClient(at);
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (let number = 0; !signal.aborted; number += 1) {
    if (endpoint() !== at) {
      client.destroy();
      at = endpoint();
      client = localDynamoDbClient(at);
    }
    await write(client, number, measures);
    await delay(ALONE_MS, undefined, { signal }).catch(() => undefined);
  }
  await client.send(new DeleteTableCommand({ TableName: TABLE }));
  client.destroy();
}

/** About as large as a commit. */
async function write(client: DynamoDBClient, number: number, measures: Measures): Promise<void> {
  const begun = performance.now();
  try {
    await client.send(
      new PutItemCommand({ TableName: TABLE, Item: { PK: { S: String(number) }, data: { S: 'x'.repeat(500) } } }),
    );
    measures.waited(ALONE, performance.now() - begun);
  } catch {
    // It was killed.
  }
}
