import { STREAM_BATCH_BYTES_MAX } from './bounds.ts';
import type { StreamRecord } from './stream-source.ts';

/** The first records, as many as one invocation gets at once: up to 1 MB, but always one. */
export function firstBatch(records: readonly StreamRecord[]): readonly StreamRecord[] {
  let total = 0;
  const end = records.findIndex(({ bytes }, index) => {
    total += bytes;
    return index > 0 && total > STREAM_BATCH_BYTES_MAX;
  });
  return end === -1 ? records : records.slice(0, end);
}

/**
 * How many records of a batch are done, by the answer of its handler: all of them where no failure is listed, otherwise
 * those before the first one that failed. None where a failure names no record of the batch, as Lambda has it
 * ("Configuring partial batch response with DynamoDB and Lambda", AWS Lambda developer guide).
 */
export function countDone(batch: readonly StreamRecord[], answer: unknown): number {
  const failures = listedFailures(answer);
  if (failures === undefined) {
    return batch.length;
  }
  const places = failures.map((failure) => placeOf(batch, failure));
  return Math.max(0, Math.min(batch.length, ...places));
}

/** The failures in an answer, or undefined where it lists none. What is no list at all is a failure of the whole batch. */
function listedFailures(answer: unknown): readonly unknown[] | undefined {
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer)) {
    return undefined;
  }
  const { batchItemFailures: failures } = answer;
  if (failures === null || failures === undefined) {
    return undefined;
  }
  return Array.isArray(failures) ? failures : [failures];
}

/** The index of a failed record in its batch, or -1 where it is none of them. */
function placeOf(batch: readonly StreamRecord[], failure: unknown): number {
  const identifier =
    typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure ? failure.itemIdentifier : undefined;
  return batch.findIndex(({ sequenceNumber }) => sequenceNumber === identifier);
}
