import type { TestProject } from 'vitest/node';
import { startDynamoDb } from '../../lib/local/find-dynamodb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the DynamoDB that all test files share, each with tables of its own. */
    dynamoDbEndpoint: string;
  }
}

/** Finds a DynamoDB once for all test files: the one at `DYNAMODB_ENDPOINT`, otherwise one in memory. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamoDb = await startDynamoDb({
    inMemory: true,
    endpoint: process.env['DYNAMODB_ENDPOINT'] || undefined,
    say: console.log,
  });
  project.provide('dynamoDbEndpoint', dynamoDb.endpoint);
  return () => dynamoDb.stop();
}
