import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { STREAM_ANSWER_CHARS_MAX, STREAM_RETRY_MS_MAX, STREAM_RETRY_MS_MIN } from './bounds.ts';
import { countDone, firstBatch } from './stream-batch.ts';
import { doublingMs, type Pause } from './stream-pause.ts';
import type { StreamRecord } from './stream-source.ts';

/** What Lambda calls with the records of a stream. The answer may name those that failed; by throwing, all have. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined> | Promise<void>;

export interface Delivery {
  readonly handler: StreamHandler;
  /** Is told each failure. Must not throw. */
  readonly reportError: (error: unknown) => void;
  readonly pause: Pause;
  /** Whose stream it is, for error messages. */
  readonly tableName: string;
}

/**
 * Hands records of one shard to the handler, in order, one invocation at a time. What fails is delivered again, without
 * end, after a wait that doubles up to 5 s while nothing moves. Returns whether all are done: false where the signal
 * came first.
 */
export async function deliver(
  delivery: Delivery,
  records: readonly StreamRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  let rest = records;
  let failures = 0;
  while (rest.length > 0 && !signal.aborted) {
    const batch = firstBatch(rest);
    const done = await invoke(delivery, batch);
    rest = rest.slice(done);
    if (done < batch.length) {
      failures = done === 0 ? failures + 1 : 1;
      await delivery.pause(doublingMs(failures, STREAM_RETRY_MS_MIN, STREAM_RETRY_MS_MAX), signal);
    } else {
      failures = 0;
    }
  }
  return rest.length === 0;
}

/** How many records, from the first, are done. */
async function invoke({ handler, reportError, tableName }: Delivery, batch: readonly StreamRecord[]): Promise<number> {
  try {
    // A copy, as with Lambda: what a handler does to it must not be seen when it gets the records again.
    const answer = await handler({ Records: structuredClone(batch.map(({ record }) => record)) });
    const done = countDone(batch, answer);
    if (done < batch.length) {
      const from = batch[done]?.sequenceNumber;
      reportError(new Error(`A handler of ${tableName} failed at record ${from}, and gets it again: ${say(answer)}`));
    }
    return done;
  } catch (error) {
    reportError(
      new Error(`A handler of ${tableName} failed, and gets ${batch.length} records again`, { cause: error }),
    );
    return 0;
  }
}

function say(answer: unknown): string {
  return JSON.stringify(answer).slice(0, STREAM_ANSWER_CHARS_MAX);
}
