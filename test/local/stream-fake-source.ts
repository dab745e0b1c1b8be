import {
  IteratorExpired,
  RecordsTrimmed,
  ShardGone,
  type ShardPage,
  type StreamRecord,
  type StreamSource,
} from '../../lib/local/stream-source.ts';

interface FakeShard {
  readonly parent: string | undefined;
  readonly records: StreamRecord[];
  isClosed: boolean;
  /** Records that are no longer there. */
  trimmed: number;
}

/** A stream in memory that can do to its reader what DynamoDB Streams can. */
export interface FakeStream {
  readonly source: StreamSource;
  /** The calls so far: `shards`, `iterator A after A-2`, `records A`. */
  readonly calls: string[];
  readonly shards: ReadonlyMap<string, FakeShard>;
  addShard(shardId: string, parent?: string): void;
  /** Adds records, named `A-0`, `A-1` …. */
  add(shardId: string, count: number, bytes?: number): void;
  close(shardId: string): void;
  /** Takes away the first records of a shard; they count from its very first. */
  trim(shardId: string, count: number): void;
  /** Takes away a shard. */
  remove(shardId: string): void;
  /** All iterators given so far. */
  expireIterators(): void;
}

interface FakeOptions {
  /** Awaited before each call. May throw, as the network does. */
  readonly before?: (call: string) => Promise<void>;
  /** How many of these records are in a page; none of them is allowed, too. */
  readonly pageLength?: (available: number) => number;
}

export function fakeStream({ before = async () => {}, pageLength = (available) => available }: FakeOptions = {}) {
  const shards = new Map<string, FakeShard>();
  const calls: string[] = [];
  const iterators = new Map<string, { shardId: string; index: number; number: number }>();
  let given = 0;
  let expired = 0;

  const find = (shardId: string): FakeShard => {
    const shard = shards.get(shardId);
    if (shard === undefined) {
      throw new ShardGone(shardId);
    }
    return shard;
  };
  const give = (shardId: string, index: number): string => {
    given += 1;
    const iterator = `iterator ${given}`;
    iterators.set(iterator, { shardId, index, number: given });
    return iterator;
  };
  const call = async (name: string, signal: AbortSignal) => {
    calls.push(name);
    await before(name);
    signal.throwIfAborted();
  };

  const source: StreamSource = {
    shards: async (signal) => {
      await call('shards', signal);
      return [...shards].map(([shardId, { parent: parentShardId, isClosed }]) => ({
        shardId,
        parentShardId,
        isClosed,
      }));
    },
    iterator: async (shardId, after, signal) => {
      await call(after === undefined ? `iterator ${shardId}` : `iterator ${shardId} after ${after}`, signal);
      const { records, trimmed } = find(shardId);
      const index = after === undefined ? trimmed : records.findIndex((one) => one.sequenceNumber === after) + 1;
      if (index < trimmed) {
        throw new RecordsTrimmed(shardId);
      }
      return give(shardId, index);
    },
    records: async (iterator, limit, signal): Promise<ShardPage> => {
      const { shardId, index, number } = iterators.get(iterator) ?? { shardId: '', index: 0, number: 0 };
      await call(`records ${shardId}`, signal);
      const { records, trimmed, isClosed } = find(shardId);
      if (number <= expired) {
        throw new IteratorExpired(iterator);
      }
      // As DynamoDB Local does: without any record that is left, also behind the last one.
      if (index < trimmed || (trimmed > 0 && trimmed === records.length)) {
        throw new RecordsTrimmed(shardId);
      }
      const end = index + pageLength(Math.min(limit, records.length - index));
      return {
        records: records.slice(index, end),
        nextIterator: isClosed && end === records.length ? undefined : give(shardId, end),
      };
    },
  };
  const fake: FakeStream = {
    source,
    calls,
    shards,
    addShard: (shardId, parent) => {
      shards.set(shardId, { parent, records: [], isClosed: false, trimmed: 0 });
    },
    add: (shardId, count, bytes = 100) => {
      const { records } = find(shardId);
      for (const _ of Array.from({ length: count })) {
        const sequenceNumber = `${shardId}-${records.length}`;
        records.push({ sequenceNumber, bytes, record: { dynamodb: { SequenceNumber: sequenceNumber } } });
      }
    },
    close: (shardId) => {
      find(shardId).isClosed = true;
    },
    trim: (shardId, count) => {
      find(shardId).trimmed = count;
    },
    remove: (shardId) => {
      shards.delete(shardId);
    },
    expireIterators: () => {
      expired = given;
    },
  };
  return fake;
}
