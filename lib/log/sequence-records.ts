import { UnreadableItem } from '../events/errors.ts';
import { type CommitHead, decodeCommitHead } from '../events/stored-commit.ts';
import { itemOfImage, type StreamImage } from '../tables/stream-image.ts';
import { ENTRIES_PER_INVOCATION_MAX } from './bounds.ts';
import type { Sequencer } from './sequencer.ts';

/** What is used of a record of the Events table's stream, as Lambda hands it on. */
export interface EventsRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | { readonly NewImage?: StreamImage | undefined; readonly SequenceNumber?: string | undefined }
    | undefined;
}

/** The partial batch response of a stream's handler ("ReportBatchItemFailures", AWS Lambda developer guide). */
export interface RecordFailures {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export interface SequenceRecordsOptions {
  /** Whether there is time for another entry. */
  readonly mayGoOn: () => boolean;
  /** Is told of records and streams that are passed over because they are damaged. */
  readonly reportError: (error: unknown) => void;
}

/**
 * Puts into the log what a batch of records of the Events table tells of. A record is only a hint: what is in the log already, and
 * what is not yet, is for the tables to say. What there is no time for is reported from its first record on, and comes again;
 * so does everything where it throws.
 *
 * A stream that is damaged is reported and passed over. It would otherwise hold up all the others for a day, and be lost then:
 * `verify` names it, and once it is mended the scan puts it into the log.
 *
 * @throws as `Sequencer.sequence` does
 */
export async function sequenceRecords(
  sequencer: Sequencer,
  records: readonly EventsRecord[],
  { mayGoOn, reportError }: SequenceRecordsOptions,
): Promise<RecordFailures> {
  const hints = records.map((record) => hintOf(record, reportError));
  const { left, damaged } = await sequencer.sequence(
    hints.filter((hint) => hint !== undefined),
    { mayGoOn, entriesMax: ENTRIES_PER_INVOCATION_MAX },
  );
  for (const error of damaged.values()) {
    reportError(error);
  }
  const isLeft = new Set<unknown>(left);
  const firstLeft = hints.findIndex((hint) => isLeft.has(hint));
  // An empty identifier would mean all of them, as it should for a record without a number.
  const itemIdentifier = records[firstLeft]?.dynamodb?.SequenceNumber ?? '';
  return { batchItemFailures: firstLeft === -1 ? [] : [{ itemIdentifier }] };
}

/**
 * Nothing is ever changed or deleted, so a record has an image, or is not about a commit.
 *
 * @throws {TypeError} the stream is one without images: to pass its records over would lose everything without a word
 */
function hintOf({ eventName, dynamodb }: EventsRecord, reportError: (error: unknown) => void): CommitHead | undefined {
  if (dynamodb?.NewImage === undefined) {
    if (eventName === 'INSERT') {
      throw new TypeError('A record of a new item has no NewImage: the stream of the Events table must be NEW_IMAGE');
    }
    return undefined;
  }
  try {
    return decodeCommitHead(itemOfImage(dynamodb.NewImage));
  } catch (error) {
    if (error instanceof UnreadableItem) {
      reportError(error);
      return undefined;
    }
    throw error;
  }
}
