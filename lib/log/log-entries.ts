import { DamagedLog } from '../events/errors.ts';
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
  /** Whether it has ended at 1 MB, so that entries may follow that were asked for. */
  readonly isCut: boolean;
}

/**
 * The entries that hold the next events behind a place: one Query of at most 1 MB, and another of one entry where the place may be
 * inside of an entry. Where they seem to be the last ones, another Query looks without a bound: whether the log ends there, or an entry
 * was deleted whose events reach past the range, is told by what comes behind it.
 *
 * Entries are keyed by positions, and positions have no gap: so the range of keys says which entries hold the next `count`
 * events, whether an entry has one event or ten thousand, and no other entry is read.
 *
 * An eventually consistent Query may lack an entry that is there, since replicas promise nothing across items. Entries must
 * follow on, so a hole shows; then all is read again consistently, and nothing is ever passed over.
 *
 * @param count of events; without a bound: `Infinity`
 * @throws {DamagedLog} a consistent read has a hole: something was deleted
 */
export async function entriesAfter(tables: Tables, place: LogPlace, count: number): Promise<EntriesPage> {
  const page = await readEntries(tables, place, count, 'eventual');
  const isSound = holeIn(page, place) === undefined && (page.head ?? place.position) >= place.position;
  if (isSound) {
    return page;
  }
  const again = await readEntries(tables, place, count, 'strong');
  const hole = holeIn(again, place);
  if (hole !== undefined) {
    throw new DamagedLog(hole, 'no entry holds it, although later ones are there');
  }
  return again;
}

async function readEntries(
  tables: Tables,
  { position, isEntryEnd }: LogPlace,
  count: number,
  consistency: Consistency,
): Promise<EntriesPage> {
  const from = entrySortKey(position + 1);
  const through = position + count;
  const isBounded = Number.isFinite(count);
  const range = { partition: LOG_PARTITION, from, ...(isBounded ? { through: entrySortKey(through) } : {}) };
  const page = await firstItems(tables, 'log', range, { direction: 'forward', consistency });
  const following = page.items.map(decodeEntry);
  const isExact = isEntryEnd || following[0]?.position === position + 1;
  const before = isExact ? undefined : await entryThrough(tables, from, consistency);
  const isInside = before !== undefined && endAfter(before).position > position;
  const entries = isInside && before.position !== following[0]?.position ? [before, ...following] : following;
  if (page.resumeAfter !== undefined) {
    return { entries, isCut: true };
  }
  const last = entries.at(-1) ?? before;
  const end = last === undefined ? 0 : endAfter(last).position;
  if (!isBounded) {
    return { entries, head: isEntryEnd ? Math.max(position, end) : end, isCut: false };
  }
  if (end >= through) {
    return { entries, isCut: false };
  }
  // An entry behind it would begin in the range, unless one was deleted that reached past it.
  const seen = end < position ? { position, isEntryEnd } : { position: end, isEntryEnd: true };
  const behind = await readEntries(tables, seen, Number.POSITIVE_INFINITY, consistency);
  return { ...behind, entries: [...entries, ...behind.entries] };
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
