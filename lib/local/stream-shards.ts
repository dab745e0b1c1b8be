import {
  STREAM_DESCRIBE_MS_MAX,
  STREAM_DESCRIBE_MS_MIN,
  STREAM_FAILURES_UNSAID,
  STREAM_RETRY_MS_MAX,
  STREAM_RETRY_MS_MIN,
} from './bounds.ts';
import { doublingMs } from './stream-pause.ts';
import { readShard, type ShardState, type StreamReading } from './stream-shard-reader.ts';
import type { StreamShard } from './stream-source.ts';

/** What became of the shards that were begun. (Grows by some shards a day; DynamoDB Local has one for ever.) */
type Progress = Map<string, 'reading' | 'finished'>;

/**
 * Reads all shards of a stream, each from its oldest record, side by side; a child after its parent. Shards that are new
 * are found by asking again, at once after the end of a shard, otherwise every 10 s. Resolves when the signal came and
 * all handlers under way have ended. Never rejects: what fails is tried again.
 */
export async function readStream(reading: StreamReading, signal: AbortSignal): Promise<void> {
  const progress: Progress = new Map();
  const readers = new Set<Promise<void>>();
  let shards: readonly StreamShard[] = [];
  let quietRounds = 0;
  let failures = 0;
  // Ends the wait of a round.
  let wake = new AbortController();
  signal.addEventListener('abort', () => wake.abort(), { once: true });

  const begin = (shardId: string) => {
    progress.set(shardId, 'reading');
    const reader = readShard(reading, shardId, () => stateOf(shards, shardId), signal).then((end) => {
      readers.delete(reader);
      if (end === 'finished') {
        progress.set(shardId, 'finished');
        quietRounds = 0;
        wake.abort();
      }
    });
    readers.add(reader);
  };

  while (!signal.aborted) {
    // Before asking, so that a shard that ends meanwhile is not missed.
    wake = new AbortController();
    quietRounds += 1;
    try {
      shards = await reading.source.shards(signal);
      failures = 0;
      readyShards(shards, progress).forEach(begin);
    } catch (error) {
      failures += 1;
      tell(reading, error, failures, signal);
    }
    await reading.pause(roundMs(quietRounds, failures), wake.signal);
  }
  await Promise.all(readers);
}

/** The shards that can be begun: not begun yet, and nothing of the parent is left to be read. */
export function readyShards(
  shards: readonly StreamShard[],
  progress: ReadonlyMap<string, 'reading' | 'finished'>,
): string[] {
  const listed = new Set(shards.map(({ shardId }) => shardId));
  const isDone = (shardId: string) => progress.get(shardId) === 'finished';
  const isTrimmedAway = (shardId: string) => !progress.has(shardId) && !listed.has(shardId);
  return shards
    .filter(({ shardId }) => !progress.has(shardId))
    .filter(({ parentShardId: parent }) => parent === undefined || isDone(parent) || isTrimmedAway(parent))
    .map(({ shardId }) => shardId);
}

function stateOf(shards: readonly StreamShard[], shardId: string): ShardState {
  const shard = shards.find((one) => one.shardId === shardId);
  if (shard === undefined) {
    return 'gone';
  }
  return shard.isClosed ? 'closed' : 'open';
}

function roundMs(quietRounds: number, failures: number): number {
  return failures === 0
    ? doublingMs(Math.max(1, quietRounds), STREAM_DESCRIBE_MS_MIN, STREAM_DESCRIBE_MS_MAX)
    : doublingMs(failures, STREAM_RETRY_MS_MIN, STREAM_RETRY_MS_MAX);
}

function tell({ reportError, tableName }: StreamReading, error: unknown, failures: number, signal: AbortSignal): void {
  if (!signal.aborted && failures > STREAM_FAILURES_UNSAID) {
    reportError(new Error(`The stream of ${tableName} cannot be described; trying again`, { cause: error }));
  }
}
