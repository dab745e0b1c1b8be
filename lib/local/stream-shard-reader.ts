import { STREAM_FAILURES_UNSAID, STREAM_RETRY_MS_MAX, STREAM_RETRY_MS_MIN, STREAM_TRIMS_MAX } from './bounds.ts';
import { type Delivery, deliver } from './stream-delivery.ts';
import { doublingMs } from './stream-pause.ts';
import { IteratorExpired, RecordsTrimmed, ShardGone, type ShardPage, type StreamSource } from './stream-source.ts';

export interface StreamReading extends Delivery {
  readonly source: StreamSource;
  /** From a page without records to the next request. */
  readonly pollMs: number;
  /** Records of one invocation at most. */
  readonly batchSize: number;
}

/** What the last description of the stream says of a shard. */
export type ShardState = 'open' | 'closed' | 'gone';

/** How far a shard is done. */
interface Place {
  /** The last record that is done; undefined: read from the oldest one that is there. */
  after: string | undefined;
  /** Good for 15 minutes, so not kept while none is needed. */
  iterator: string | undefined;
  /** Requests that failed in a row. */
  failures: number;
  /** Answers in a row that the records are trimmed. */
  trims: number;
}

/**
 * Hands all records of a shard to the handler, from the oldest one on. Resolves when a closed shard is done, or when the
 * signal came and the handler under way has ended. Never rejects: what fails is tried again.
 */
export async function readShard(
  reading: StreamReading,
  shardId: string,
  state: () => ShardState,
  signal: AbortSignal,
): Promise<'finished' | 'stopped'> {
  const place: Place = { after: undefined, iterator: undefined, failures: 0, trims: 0 };
  while (!signal.aborted) {
    const page = await nextPage(reading, shardId, place, signal);
    if (signal.aborted) {
      break;
    }
    if (page instanceof Error) {
      if (isOver(page, place, state())) {
        return 'finished';
      }
      await afterFailure(reading, page, place, signal);
      continue;
    }
    if (!(await deliver(reading, page.records, signal))) {
      break;
    }
    place.after = page.records.at(-1)?.sequenceNumber ?? place.after;
    place.iterator = page.nextIterator;
    if (page.nextIterator === undefined) {
      return 'finished';
    }
    if (page.records.length === 0) {
      await reading.pause(reading.pollMs, signal);
    }
  }
  return 'stopped';
}

async function nextPage(
  { source, batchSize }: StreamReading,
  shardId: string,
  place: Place,
  signal: AbortSignal,
): Promise<ShardPage | Error> {
  try {
    place.iterator ??= await source.iterator(shardId, place.after, signal);
    const page = await source.records(place.iterator, batchSize, signal);
    place.failures = 0;
    place.trims = 0;
    return page;
  } catch (error) {
    const isTrim = error instanceof RecordsTrimmed;
    place.trims = isTrim ? place.trims + 1 : 0;
    place.failures = isTrim ? 0 : place.failures + 1;
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Whether a shard has no more records, although its end was not read. It may have been trimmed away while we were behind.
 * DynamoDB Local keeps a shard without records for ever, and answers as if there were some to miss. A trim between the
 * request for the iterator and that for the records looks alike, but hardly so often in a row.
 */
function isOver(error: Error, { trims }: Place, state: ShardState): boolean {
  return (error instanceof ShardGone && state === 'gone') || (trims >= STREAM_TRIMS_MAX && state !== 'open');
}

async function afterFailure(reading: StreamReading, error: Error, place: Place, signal: AbortSignal): Promise<void> {
  const { reportError, tableName, pollMs, pause } = reading;
  if (error instanceof RecordsTrimmed) {
    // Not told: DynamoDB Local answers so for as long as the last write is more than a day ago. Nothing has failed.
    place.after = undefined;
    place.iterator = undefined;
    await pause(pollMs, signal);
    return;
  }
  if (error instanceof IteratorExpired) {
    place.iterator = undefined;
  }
  if (place.failures > STREAM_FAILURES_UNSAID) {
    reportError(new Error(`The stream of ${tableName} cannot be read; trying again`, { cause: error }));
  }
  await pause(doublingMs(place.failures, STREAM_RETRY_MS_MIN, STREAM_RETRY_MS_MAX), signal);
}
