import { markKey } from '../log/sequenced-mark.ts';
import type { Damage } from './damage.ts';
import type { FoundMark } from './reads.ts';
import type { VerifyRun } from './run.ts';
import type { StreamPlace } from './streams.ts';

/** The damages of a mark. */
type MarkDamage = 'mark-ahead' | 'mark-behind' | 'mark-missing' | 'mark-position';

/**
 * What a mark is, compared with the log:
 * - `agrees`: the same, or as it may be while sequencers run;
 * - `moved`: it names an entry behind the end of the walk, so that entry says whether it is right;
 * - `unknown`: it names a part of the log that cannot be read;
 * - otherwise damaged.
 */
export type MarkVerdict = 'agrees' | 'moved' | 'unknown' | 'unreadable' | MarkDamage;

/**
 * @param place where the walk has found the stream
 * @param tail the first position of an entry that was the last one at some time before the mark was read; Infinity for
 *   the verdict as if all entries had been marked
 */
export function verdictOf(
  run: VerifyRun,
  place: StreamPlace | undefined,
  mark: FoundMark | undefined,
  tail: number,
): MarkVerdict {
  if (mark === 'unreadable') {
    return 'unreadable';
  }
  const version = place?.version ?? 0;
  const marked = mark?.version ?? 0;
  if (mark !== undefined && marked > version) {
    return aheadVerdict(run, place, mark.position);
  }
  if (marked < version) {
    return behindVerdict(place, mark, tail);
  }
  return mark === undefined || mark.position === place?.position ? 'agrees' : 'mark-position';
}

function aheadVerdict(run: VerifyRun, place: StreamPlace | undefined, position: number): MarkVerdict {
  if (place === undefined && position < run.from) {
    return 'agrees';
  }
  if (run.unreadable.touches(position, position)) {
    return 'unknown';
  }
  return position > run.position ? 'moved' : 'mark-ahead';
}

/** Only the streams of the last entry may not be marked yet. */
function behindVerdict(place: StreamPlace | undefined, mark: FoundMark | undefined, tail: number): MarkVerdict {
  const isBeforeTail = place !== undefined && place.position < tail;
  if (!isBeforeTail) {
    return 'agrees';
  }
  return mark === undefined ? 'mark-missing' : 'mark-behind';
}

/** A damage in words. */
export function markDamage(
  streamId: string,
  place: StreamPlace | undefined,
  mark: FoundMark | undefined,
  kind: MarkDamage,
): Damage {
  const key = markKey(streamId);
  const says =
    mark === undefined || mark === 'unreadable'
      ? `Stream "${streamId}" has no mark`
      : `The mark of stream "${streamId}" says that it is in the log through version ${mark.version} at position ${mark.position}`;
  return {
    kind,
    table: 'state',
    key,
    message: `${says}, ${truth(place, kind)}`,
    streamId,
    ...(place === undefined ? {} : { position: place.position, version: place.version }),
  };
}

function truth(place: StreamPlace | undefined, kind: MarkDamage): string {
  if (place === undefined) {
    return `but nothing of it was found there; delete this item by hand (nothing here deletes), then run "sequence --scan"`;
  }
  const isThrough = `but the log has it through version ${place.version} at position ${place.position}`;
  return kind === 'mark-ahead' ? `${isThrough}; after repairing it, run "sequence --scan"` : `${isThrough}; repair it`;
}
