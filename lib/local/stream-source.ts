import type { DynamoDBRecord } from 'aws-lambda';

/** A part of a stream. Its records are in order; it goes on from its parent. */
export interface StreamShard {
  readonly shardId: string;
  /** May be trimmed away, and then is no longer among the shards of the stream. */
  readonly parentShardId?: string | undefined;
  /** Whether it is over: no record is added to it any more. */
  readonly isClosed: boolean;
}

export interface StreamRecord {
  /** Its place in its shard. */
  readonly sequenceNumber: string;
  /** Of its keys and images, as DynamoDB counts them. */
  readonly bytes: number;
  /** As Lambda hands it to a function. */
  readonly record: DynamoDBRecord;
}

export interface ShardPage {
  /** In order. None does not mean that there are no more. */
  readonly records: readonly StreamRecord[];
  /** Where to go on; undefined where a closed shard is read to its end. */
  readonly nextIterator: string | undefined;
}

/** A stream of changes, as `GetRecords` and its kin give it: the few calls that reading it takes, which fakes have too. */
export interface StreamSource {
  /** All shards that are not trimmed away, parents before their children. */
  shards(signal: AbortSignal): Promise<readonly StreamShard[]>;
  /** Where to read a shard: after a sequence number, or from its oldest record. Throws `RecordsTrimmed`, `ShardGone`. */
  iterator(shardId: string, after: string | undefined, signal: AbortSignal): Promise<string>;
  /** Up to `limit` (1 to 1000) records. Throws `IteratorExpired`, `RecordsTrimmed`, `ShardGone`. */
  records(iterator: string, limit: number, signal: AbortSignal): Promise<ShardPage>;
}

/** An iterator is too old: it is good for 15 minutes ("GetShardIterator", Amazon DynamoDB API reference). */
export class IteratorExpired extends Error {
  override readonly name = 'IteratorExpired';
}

/** Records from here on are older than 24 hours, and no longer there ("GetShardIterator", Amazon DynamoDB API reference). */
export class RecordsTrimmed extends Error {
  override readonly name = 'RecordsTrimmed';
}

/** A shard, or the whole stream, is no longer there. */
export class ShardGone extends Error {
  override readonly name = 'ShardGone';
}
