import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { STREAM_BATCH_SIZE, STREAM_BATCH_SIZE_MAX, STREAM_POLL_MS, STREAM_REQUEST_MS } from './bounds.ts';
import { localDynamoDbClient } from './local-client.ts';
import type { StreamHandler } from './stream-delivery.ts';
import { dynamoDbStreamSource } from './stream-dynamodb-source.ts';
import { pause } from './stream-pause.ts';
import { readStream } from './stream-shards.ts';

export interface StreamPollerOptions {
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableName: string;
  /** The function that Lambda would call. May get a record more than once. */
  readonly handler: StreamHandler;
  /** Is told what fails: the handler at once, requests where they go on failing. Must not throw. */
  readonly reportError: (error: unknown) => void;
  /** From a request that found no records to the next. */
  readonly pollMs?: number;
  /** Records of one invocation at most: 1 to 1000. */
  readonly batchSize?: number;
}

export interface StreamPoller {
  /** Takes no more records, and waits for the handlers under way, however long they take. */
  stop(): Promise<void>;
}

/**
 * Feeds a handler with the changes of a table, as Lambda's event source mapping does from TRIM_HORIZON, with
 * `ReportBatchItemFailures` and without a limit of retries: every record that is there (24 hours long) at least once, in
 * the order of its shard, a shard before those that go on from it, one invocation at a time per shard. How far it got is
 * kept in memory: the next poller starts from the oldest record again.
 *
 * Resolves when it has begun. Throws where the table or its stream is not there, and what DynamoDB answers.
 */
export async function startStreamPoller(options: StreamPollerOptions): Promise<StreamPoller> {
  const { endpoint, tableName, handler, reportError, pollMs = STREAM_POLL_MS, batchSize = STREAM_BATCH_SIZE } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > STREAM_BATCH_SIZE_MAX) {
    throw new RangeError(`batchSize must be a whole number from 1 to ${STREAM_BATCH_SIZE_MAX}, but it is ${batchSize}`);
  }
  const streamArn = await findStream(endpoint, tableName);
  const client = streamsClient(endpoint);
  const source = dynamoDbStreamSource(client, streamArn);
  const stopping = new AbortController();
  const stopped = readStream({ source, handler, reportError, pause, tableName, pollMs, batchSize }, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await stopped;
      client.destroy();
    },
  };
}

/** The stream that is on: DynamoDB keeps those that were turned off for a day. */
async function findStream(endpoint: string, tableName: string): Promise<string> {
  const client = localDynamoDbClient(endpoint);
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.StreamSpecification?.StreamEnabled !== true || Table.LatestStreamArn === undefined) {
      throw new Error(`Table ${tableName} has no stream`);
    }
    return Table.LatestStreamArn;
  } finally {
    client.destroy();
  }
}

/** Region and credentials are made up, as `localDynamoDbClient` has them. */
function streamsClient(endpoint: string): DynamoDBStreamsClient {
  return new DynamoDBStreamsClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // What fails is tried again here, with the bounds and reports of the poller.
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: STREAM_REQUEST_MS,
      requestTimeout: STREAM_REQUEST_MS,
      throwOnRequestTimeout: true,
    },
  });
}
