import { Throttled } from '../events/errors.ts';
import { inParallel } from '../tables/in-parallel.ts';
import { getAll, type ReadContext } from '../tables/read-all.ts';
import type { Consistency, Tables } from '../tables/tables.ts';
import { REQUESTS_AT_ONCE } from './bounds.ts';
import { decodeEntry, LOG_PARTITION, type LogEntry } from './log-entry.ts';
import { decodeMark, markForward, markKey, marksOf, type SequencedMark } from './sequenced-mark.ts';

/** The last entry of the log, or undefined where there is none: one Query. */
export async function readTail(tables: Tables, consistency: Consistency): Promise<LogEntry | undefined> {
  const page = await tables.query(
    'log',
    { partition: LOG_PARTITION },
    { direction: 'backward', limit: 1, consistency },
  );
  const tail = page.items[0];
  return tail === undefined ? undefined : decodeEntry(tail);
}

/**
 * Moves the marks of an entry's streams forward. A refused write is charged as any other, so where the marks most likely stand
 * they are read before: at half price, because an older answer only means a write too many.
 */
export async function markStreams(context: ReadContext, entry: LogEntry, likely: 'stand' | 'missing'): Promise<void> {
  const marks = marksOf(entry);
  const known = likely === 'stand' ? await readMarks(context, [...marks.keys()], 'eventual') : new Map();
  const behind = [...marks.values()].filter(({ streamId, version }) => (known.get(streamId)?.version ?? 0) < version);
  await inParallel(behind, REQUESTS_AT_ONCE, async (mark) => {
    const { outcome } = await context.tables.put(markForward(mark));
    if (outcome === 'contended') {
      // No transaction writes marks, so it is DynamoDB that cannot keep up. Whether it stands is not known.
      throw new Throttled(new Error(`the sequenced mark of ${mark.streamId} could not be written`));
    }
  });
}

/** The marks of streams, as far as they have one: one request for each started hundred. */
export async function readMarks(
  context: ReadContext,
  streamIds: readonly string[],
  consistency: Consistency,
): Promise<Map<string, SequencedMark>> {
  const items = await getAll(context, 'state', streamIds.map(markKey), consistency);
  return new Map(items.map(decodeMark).map((mark) => [mark.streamId, mark]));
}

/** The mark of a stream, if it has one. */
export async function readMark({ tables }: ReadContext, streamId: string): Promise<SequencedMark | undefined> {
  const item = await tables.get('state', markKey(streamId), 'strong');
  return item === undefined ? undefined : decodeMark(item);
}
