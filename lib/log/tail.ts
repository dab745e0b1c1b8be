import { Throttled, UnreadableItem } from '../events/errors.ts';
import type { Item } from '../events/item.ts';
import { inParallel } from '../tables/in-parallel.ts';
import { firstItems, getAll, type ReadContext } from '../tables/read-all.ts';
import type { Consistency, Tables } from '../tables/tables.ts';
import { REQUESTS_AT_ONCE } from './bounds.ts';
import { decodeEntry, LOG_PARTITION, type LogEntry } from './log-entry.ts';
import { decodeMark, markForward, markKey, marksOf, type SequencedMark, streamOfMark } from './sequenced-mark.ts';

/** The last entry of the log, or undefined where there is none: one Query. */
export async function readTail(tables: Tables, consistency: Consistency): Promise<LogEntry | undefined> {
  const options = { direction: 'backward', limit: 1, consistency } as const;
  const { items } = await firstItems(tables, 'log', { partition: LOG_PARTITION }, options);
  const [tail] = items;
  return tail === undefined ? undefined : decodeEntry(tail);
}

/**
 * Moves the marks of an entry's streams forward. A refused write is charged as any other, so where the marks most likely stand
 * they are read before: at half price, because an older answer only means a write too many.
 */
export async function markStreams(context: ReadContext, entry: LogEntry, likely: 'stand' | 'missing'): Promise<void> {
  const marks = marksOf(entry);
  const known: ReadMarks = likely === 'stand' ? await readMarks(context, [...marks.keys()], 'eventual') : new Map();
  const behind = [...marks.values()].filter(({ streamId, version }) => versionOf(known.get(streamId)) < version);
  await inParallel(behind, REQUESTS_AT_ONCE, async (mark) => {
    const { outcome } = await context.tables.put(markForward(mark));
    if (outcome === 'contended') {
      // No transaction writes marks, so it is DynamoDB that cannot keep up. Whether it stands is not known.
      throw new Throttled(new Error(`the sequenced mark of ${mark.streamId} could not be written`));
    }
  });
}

/** The marks of streams that have one; of those that cannot be read, why. */
export type ReadMarks = Map<string, SequencedMark | UnreadableItem>;

/** The marks of streams: one request for each started hundred. One that cannot be read concerns nobody but its stream. */
export async function readMarks(
  context: ReadContext,
  streamIds: readonly string[],
  consistency: Consistency,
): Promise<ReadMarks> {
  const items = await getAll(context, 'state', streamIds.map(markKey), consistency);
  return new Map(items.map((item) => [streamOfMark(item), decoded(item)]));
}

function decoded(item: Item): SequencedMark | UnreadableItem {
  try {
    return decodeMark(item);
  } catch (error) {
    if (error instanceof UnreadableItem) {
      return error;
    }
    throw error;
  }
}

/** 0 where nothing is known: then the mark is written, or stands, which the condition of the write says. */
export function versionOf(mark: SequencedMark | UnreadableItem | undefined): number {
  return mark === undefined || mark instanceof UnreadableItem ? 0 : mark.version;
}

/** The mark of a stream, if it has one. */
export async function readMark({ tables }: ReadContext, streamId: string): Promise<SequencedMark | undefined> {
  const item = await tables.get('state', markKey(streamId), 'strong');
  return item === undefined ? undefined : decodeMark(item);
}
