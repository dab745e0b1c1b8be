/** What any function has that speaks to DynamoDB: the SDK's client, and a handler that does nothing with it. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

export async function handler(event: { readonly Item?: Record<string, { S: string }> }): Promise<void> {
  if (event.Item !== undefined) {
    await client.send(new PutItemCommand({ TableName: 'any', Item: event.Item }));
  }
}
