import type { TidemarkError } from '../events/errors.ts';
import type { ReadContext } from '../tables/read-all.ts';
import { SCANNED_AGE_MS } from './bounds.ts';
import { sequenceScan } from './scan-events.ts';
import { moveScanPlace, readScanPlace, type ScanPlace } from './scan-place.ts';
import type { Sequencer } from './sequencer.ts';

export interface ScanOnOptions {
  /** Whether there is time for another page. */
  readonly mayGoOn: () => boolean;
  readonly now: () => Date;
}

/**
 * How a part of a scan has ended:
 * - `done`: it has come to the end of the table; the next part begins anew;
 * - `more`: there was no time for the rest;
 * - `overtaken`: another one does the same work.
 */
export interface ScannedPart {
  readonly outcome: 'done' | 'more' | 'overtaken';
  /** Commits that were looked at. */
  readonly seen: number;
  /** Commits that were put into the log. */
  readonly sequenced: number;
  /** Streams that cannot be sequenced, and why. */
  readonly damaged: ReadonlyMap<string, TidemarkError>;
}

/**
 * Goes on with a scan of the Events table where the last part has ended, and keeps its place after each page of 1 MB: so a table of
 * any size is gone through, whatever time there is at once. A crash costs a page.
 *
 * Leaves alone what was appended within the last hour: the sequencer is about to put that into the log, or its records wait. So
 * what is put into the log here is what no record has told of.
 *
 * Costs what `sequenceScan` does, and one write unit for each page.
 *
 * @throws as `Sequencer.sequence` does
 * @throws {UnreadableItem} the place cannot be read
 */
export async function scanOn(
  context: ReadContext,
  sequencer: Sequencer,
  { mayGoOn, now }: ScanOnOptions,
): Promise<ScannedPart> {
  let place: ScanPlace | undefined = await readScanPlace(context.tables);
  const appendedBefore = new Date(now().getTime() - SCANNED_AGE_MS);
  let part: Omit<ScannedPart, 'outcome'> = { seen: 0, sequenced: 0, damaged: new Map() };
  for await (const progress of sequenceScan(context, sequencer, { after: place?.after, appendedBefore })) {
    const { seen, sequenced, damaged, resumeAfter } = progress;
    part = { seen, sequenced, damaged };
    const next = {
      revision: (place?.revision ?? 0) + 1,
      ...(resumeAfter === undefined ? {} : { after: resumeAfter }),
      updatedAt: now().toISOString(),
    };
    if (!(await moveScanPlace(context.tables, place, next))) {
      return { outcome: 'overtaken', ...part };
    }
    place = next;
    if (resumeAfter !== undefined && !mayGoOn()) {
      return { outcome: 'more', ...part };
    }
  }
  return { outcome: 'done', ...part };
}
