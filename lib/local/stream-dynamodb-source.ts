import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { lambdaRecord } from './stream-lambda-record.ts';
import {
  IteratorExpired,
  RecordsTrimmed,
  ShardGone,
  type ShardPage,
  type StreamRecord,
  type StreamShard,
  type StreamSource,
} from './stream-source.ts';

/** A stream of DynamoDB. All calls throw what the SDK throws, apart from what `StreamSource` names. */
export function dynamoDbStreamSource(client: DynamoDBStreamsClient, streamArn: string): StreamSource {
  return {
    shards: (signal) => translated(() => describe(client, streamArn, signal)),
    iterator: (shardId, after, signal) => translated(() => iterator(client, { streamArn, shardId, after }, signal)),
    records: (from, limit, signal) => translated(() => records(client, { streamArn, from, limit }, signal)),
  };
}

async function describe(
  client: DynamoDBStreamsClient,
  streamArn: string,
  abortSignal: AbortSignal,
): Promise<readonly StreamShard[]> {
  const shards: StreamShard[] = [];
  let after: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({
        StreamArn: streamArn,
        ...(after === undefined ? {} : { ExclusiveStartShardId: after }),
      }),
      { abortSignal },
    );
    shards.push(...(StreamDescription?.Shards ?? []).map(toShard));
    after = StreamDescription?.LastEvaluatedShardId;
  } while (after !== undefined);
  return shards;
}

function toShard({ ShardId, ParentShardId, SequenceNumberRange }: Shard): StreamShard {
  return {
    shardId: known(ShardId, 'ShardId'),
    parentShardId: ParentShardId,
    isClosed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

async function iterator(
  client: DynamoDBStreamsClient,
  { streamArn, shardId, after }: { streamArn: string; shardId: string; after: string | undefined },
  abortSignal: AbortSignal,
): Promise<string> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ...(after === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
    }),
    { abortSignal },
  );
  return known(ShardIterator, 'ShardIterator');
}

async function records(
  client: DynamoDBStreamsClient,
  { streamArn, from, limit }: { streamArn: string; from: string; limit: number },
  abortSignal: AbortSignal,
): Promise<ShardPage> {
  const { Records, NextShardIterator } = await client.send(
    new GetRecordsCommand({ ShardIterator: from, Limit: limit }),
    { abortSignal },
  );
  return {
    records: (Records ?? []).map((record) => toRecord(record, streamArn)),
    nextIterator: NextShardIterator,
  };
}

function toRecord(record: _Record, streamArn: string): StreamRecord {
  return {
    sequenceNumber: known(record.dynamodb?.SequenceNumber, 'SequenceNumber'),
    bytes: record.dynamodb?.SizeBytes ?? 0,
    record: lambdaRecord(record, streamArn),
  };
}

/** The SDK's types allow anything to be missing. */
function known(value: string | undefined, name: string): string {
  if (value === undefined) {
    throw new Error(`DynamoDB Streams answered without ${name}`);
  }
  return value;
}

async function translated<Result>(request: () => Promise<Result>): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof ExpiredIteratorException) {
      throw new IteratorExpired(error.message, { cause: error });
    }
    if (error instanceof TrimmedDataAccessException) {
      throw new RecordsTrimmed(error.message, { cause: error });
    }
    if (error instanceof ResourceNotFoundException) {
      throw new ShardGone(error.message, { cause: error });
    }
    throw error;
  }
}
