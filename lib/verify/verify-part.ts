import { endAfter, entryKey } from '../log/log-entry.ts';
import type { ReadContext } from '../tables/read-all.ts';
import type { Damage } from './damage.ts';
import { verifyLog } from './log.ts';
import { verifyOtherMarks } from './marks.ts';
import { findEntry } from './reads.ts';
import { beginRun, type VerifyRun } from './run.ts';
import type { VerifyPlace } from './verify-place.ts';

/** Up to where the log was verified before, and what must still stand there; an empty hash: whatever does. */
export type PartStart = Pick<VerifyPlace, 'position' | 'hash'>;

export interface VerifiedPart {
  /** Up to where the log is verified now. */
  readonly end: PartStart;
  /** Whether that is the end of the log. */
  readonly isLast: boolean;
  readonly commits: number;
  readonly events: number;
  readonly found: readonly Damage[];
}

/**
 * Verifies the next part of the log: some thousand commits behind a place, with the entries that name them and the marks of their
 * streams, as `verify` does; and that the log still holds at that place what it held there. Memory does not grow with the store.
 *
 * What it cannot see, and `verify` does: what stands in the tables without that the log says so, such as commits that are not in it
 * (the scan finds them) or that overlap others; and of a stream that the order is right from one part to the next.
 *
 * Costs for each commit half a read unit for each 4 KB, as much for the commit before it where that was not in the same part, and
 * one for the mark of each stream; one more where a mark has moved on to a later entry; and four Queries.
 *
 * @param commitsMax where it ends, at the next wave of 400
 * @throws {Throttled | Unavailable}
 */
export async function verifyPart(context: ReadContext, start: PartStart, commitsMax: number): Promise<VerifiedPart> {
  const run = beginRun(context, start.position + 1, false, Number.POSITIVE_INFINITY);
  await verifyStart(run, start);
  const tail = await findEntry(run);
  run.head = tail.entry === undefined ? 0 : endAfter(tail.entry).position;
  let isLast = true;
  for await (const _ of verifyLog(run)) {
    if (run.commits >= commitsMax && run.position < run.head) {
      isLast = false;
      break;
    }
  }
  for await (const _ of verifyOtherMarks(run)) {
    // Each step is one of some thousand marks.
  }
  const { position, commits, events } = run;
  const hash = position === start.position ? start.hash : await hashAt(run, position);
  return { end: { position, hash }, isLast, commits, events, found: run.findings.take() };
}

/**
 * What nobody can tell from the tables alone: that the end of the log is gone, or that all hashes from some entry on were made again.
 */
async function verifyStart(run: VerifyRun, { position, hash }: PartStart): Promise<void> {
  if (position === 0) {
    return;
  }
  const found = await findEntry(run, position);
  if (found.position > 0 && found.entry === undefined) {
    // It cannot be read, and was reported.
    return;
  }
  if (found.entry === undefined || endAfter(found.entry).position < position) {
    run.findings.add({
      kind: 'hole-in-log',
      table: 'log',
      key: entryKey(found.entry === undefined ? 1 : endAfter(found.entry).position + 1),
      message: `The log was verified through position ${position}, but no entry holds that position any more; restore the entries from a backup`,
      position,
    });
  } else if (hash !== '' && found.entry.hash !== hash) {
    run.findings.add({
      kind: 'wrong-entry-hash',
      table: 'log',
      key: entryKey(found.entry.position),
      message: `The entry that holds position ${position} has another hash than when it was verified: the log was changed before it, and its hashes made again`,
      position: found.entry.position,
    });
  }
}

async function hashAt(run: VerifyRun, position: number): Promise<string> {
  const { entry } = await findEntry(run, position);
  return entry?.hash ?? '';
}
