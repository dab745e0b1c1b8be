import { commitKey } from '../events/stored-commit.ts';
import { entryKey, type LogEntry, type PlacedCommit } from '../log/log-entry.ts';
import { STREAM_GAPS_MAX } from './bounds.ts';
import type { VerifyRun } from './run.ts';
import type { StreamPlace } from './streams.ts';

/**
 * Where a commit stands in the order of its stream, as far as that was followed: it is the `next`, there is a `gap` before it, it
 * comes `late` and belongs into such a gap, or stands `again` what was there already.
 */
export type Order = 'next' | 'gap' | 'late' | 'again';

/** @param isChecked it was reported in an earlier pass, whatever is wrong */
export function orderOf(
  run: VerifyRun,
  reference: PlacedCommit,
  entry: LogEntry,
  place: StreamPlace,
  isChecked: boolean,
): Order {
  const { version, count } = reference;
  const isBelieved = place.version === 0 && run.from > 1;
  if (version === place.version + 1 || isBelieved) {
    return 'next';
  }
  if (version > place.version) {
    if (!isChecked) {
      reportOutOfOrder(run, reference, entry, place);
    }
    addGap(run, reference, place);
    return 'gap';
  }
  const end = version + count - 1;
  const gap = place.gaps.find(([first, last]) => first <= version && end <= last);
  if (gap !== undefined) {
    const [first, last] = gap;
    const others = place.gaps.filter((one) => one !== gap);
    place.gaps = [...others, ...rangeOf(first, version - 1), ...rangeOf(end + 1, last)];
    return 'late';
  }
  if (!isChecked) {
    reportAgain(run, reference, entry, place);
  }
  return 'again';
}

/** An entry that cannot be read, or is not there, is damage enough: what it has held is missing for that reason. */
function reportOutOfOrder(run: VerifyRun, reference: PlacedCommit, entry: LogEntry, place: StreamPlace): void {
  const { streamId, version, position } = reference;
  if (run.unreadable.touches(place.position + 1, position - 1)) {
    return;
  }
  const before = place.version === 0 ? 'without anything before' : `after ${place.version}`;
  run.findings.add({
    kind: 'out-of-order',
    table: 'log',
    key: entryKey(entry.position),
    message: `The log has version ${version} of stream "${streamId}" at position ${position}, ${before}: version ${place.version + 1} would be next`,
    position,
    streamId,
    version,
  });
}

function addGap(run: VerifyRun, { streamId, version }: PlacedCommit, place: StreamPlace): void {
  const first = place.version + 1;
  if (place.gaps.length < STREAM_GAPS_MAX) {
    place.gaps = [...place.gaps, [first, version - 1]];
  } else {
    reportGap(run, streamId, first, version - 1);
  }
}

/** Versions that the log does not have, although it has later ones. */
export function reportGap({ findings }: VerifyRun, streamId: string, first: number, last: number): void {
  findings.add({
    kind: 'not-in-log',
    table: 'events',
    key: commitKey(streamId, first),
    message: `The log does not have versions ${first} to ${last} of stream "${streamId}", although it has later ones`,
    streamId,
    version: first,
  });
}

function reportAgain(run: VerifyRun, reference: PlacedCommit, entry: LogEntry, place: StreamPlace): void {
  const { streamId, version, position } = reference;
  run.findings.add({
    kind: 'twice-in-log',
    table: 'log',
    key: entryKey(entry.position),
    message: `The log has version ${version} of stream "${streamId}" at position ${position}, but has it before already: it goes through ${place.version} at position ${place.position}`,
    position,
    streamId,
    version,
  });
}

function rangeOf(first: number, last: number): readonly (readonly [number, number])[] {
  return first <= last ? [[first, last]] : [];
}
