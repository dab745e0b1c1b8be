/** What a verification reads to judge what is under way: in the order that each function's caller says. */
import { decodeEntry, entrySortKey, LOG_PARTITION, type LogEntry } from '../log/log-entry.ts';
import { decodeMark, markKey, type SequencedMark, streamOfMark } from '../log/sequenced-mark.ts';
import { getAll } from '../tables/read-all.ts';
import type { Consistency } from '../tables/tables.ts';
import type { VerifyRun } from './run.ts';

/** A mark, as far as it could be read. */
export type FoundMark = SequencedMark | 'unreadable';

/** The marks of streams that have one: one request for each started hundred. */
export async function findMarks(
  { context, findings }: VerifyRun,
  streamIds: readonly string[],
  consistency: Consistency,
): Promise<Map<string, FoundMark>> {
  const items = await getAll(context, 'state', streamIds.map(markKey), consistency);
  return new Map(
    items.map((item) => [streamOfMark(item), findings.decoded('state', item, decodeMark) ?? 'unreadable']),
  );
}

/** An entry at the end of the log, or of a part of it. */
export interface FoundEntry {
  /** Of its first event; 0 where there is no entry. */
  readonly position: number;
  /** Undefined where it cannot be read. */
  readonly entry: LogEntry | undefined;
}

/** The last entry that begins at a position or before it, read consistently. */
export async function findEntry(
  { context, findings }: VerifyRun,
  through = Number.MAX_SAFE_INTEGER,
): Promise<FoundEntry> {
  const range = { partition: LOG_PARTITION, through: entrySortKey(through) };
  const page = await context.tables.query('log', range, { consistency: 'strong', direction: 'backward', limit: 1 });
  const [item] = page.items;
  return item === undefined
    ? { position: 0, entry: undefined }
    : {
        position: Number(item.SK.slice('POSITION#'.length)) || 0,
        entry: findings.decoded('log', item, decodeEntry),
      };
}
