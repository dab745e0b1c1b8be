import { DamagedLog } from '../events/errors.ts';
import { QUERY_ITEMS_MAX } from '../tables/bounds.ts';
import { firstItems } from '../tables/read-all.ts';
import type { Consistency, Tables } from '../tables/tables.ts';
import { decodeEntry, endAfter, entrySortKey, LOG_PARTITION, type LogEntry } from './log-entry.ts';

/** A place in the log: behind the event at a position. */
export interface LogPlace {
  readonly position: number;
  /** Whether that event is known to be the last of its entry (or the place is before the first). */
  readonly isEntryEnd: boolean;
}

export interface EntriesPage {
  /** Without a gap; the first one holds the event behind the place. */
  readonly entries: readonly LogEntry[];
  /** Of the last event of the log, where the page has reached it. */
  readonly head?: number;
}

/**
 * The entries from the one that holds the event behind a place: one Query of at most 1 MB, and another of one entry where the
 * place may be inside of an entry.
 *
 * An eventually consistent Query may lack an entry that is there, since replicas promise nothing across items. Entries must
 * follow on, so a hole shows; then all is read again consistently, and nothing is ever passed over.
 *
 * @param limit of entries
 * @throws {DamagedLog} a consistent read has a hole: something was deleted
 */
export async function entriesAfter(tables: Tables, place: LogPlace, limit: number): Promise<EntriesPage> {
  const page = await readEntries(tables, place, limit, 'eventual');
  const isSound = holeIn(page, place) === undefined && (page.head ?? place.position) >= place.position;
  if (isSound) {
    return page;
  }
  const again = await readEntries(tables, place, limit, 'strong');
  const hole = holeIn(again, place);
  if (hole !== undefined) {
    throw new DamagedLog(hole, 'no entry holds it, although later ones are there');
  }
  return again;
}

async function readEntries(
  tables: Tables,
  { position, isEntryEnd }: LogPlace,
  limit: number,
  consistency: Consistency,
): Promise<EntriesPage> {
  const from = entrySortKey(position + 1);
  const range = { partition: LOG_PARTITION, from };
  const options = { direction: 'forward', consistency, limit: Math.min(limit, QUERY_ITEMS_MAX) } as const;
  const page = await firstItems(tables, 'log', range, options);
  const following = page.items.map(decodeEntry);
  const isExact = isEntryEnd || following[0]?.position === position + 1;
  const before = isExact ? undefined : await entryThrough(tables, from, consistency);
  const isInside = before !== undefined && endAfter(before).position > position;
  const entries = isInside && before.position !== following[0]?.position ? [before, ...following] : following;
  if (page.resumeAfter !== undefined) {
    return { entries };
  }
  const last = entries.at(-1) ?? before;
  const end = last === undefined ? undefined : endAfter(last).position;
  return { entries, head: end ?? (isEntryEnd ? position : 0) };
}

/** The last entry that begins at a sort key or before it. */
async function entryThrough(tables: Tables, through: string, consistency: Consistency): Promise<LogEntry | undefined> {
  const range = { partition: LOG_PARTITION, through };
  const page = await firstItems(tables, 'log', range, { direction: 'backward', limit: 1, consistency });
  const [entry] = page.items;
  return entry === undefined ? undefined : decodeEntry(entry);
}

/** The first position, behind the place, that no entry holds although a later one is there. */
function holeIn({ entries }: EntriesPage, { position }: LogPlace): number | undefined {
  let next = Math.min(entries[0]?.position ?? 0, position + 1);
  for (const entry of entries) {
    if (entry.position !== next) {
      return next;
    }
    next = endAfter(entry).position + 1;
  }
  return undefined;
}
