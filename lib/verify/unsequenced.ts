import { commitKey } from '../events/stored-commit.ts';
import { marksOf } from '../log/sequenced-mark.ts';
import { UNSEQUENCED_ATTEMPTS_MAX, UNSEQUENCED_WAIT_MS } from './bounds.ts';
import { type FoundMark, findEntry, findMarks } from './reads.ts';
import type { VerifyRun } from './run.ts';

/** A commit that was not in the log when it was looked for. */
export interface Unsequenced {
  readonly streamId: string;
  readonly version: number;
  /** The version of its last event. */
  readonly end: number;
}

/** Up to which version a stream is in the log by its mark; by the log itself where the mark is damaged. */
export function loggedThrough({ damagedMarks }: VerifyRun, streamId: string, mark: FoundMark | undefined): number {
  const marked = mark === undefined || mark === 'unreadable' ? undefined : mark.version;
  const known = damagedMarks.through(streamId, marked);
  // A mark that cannot be read, of which the log was not asked: nothing can be said.
  return known ?? (mark === 'unreadable' ? Number.POSITIVE_INFINITY : (marked ?? 0));
}

/**
 * Reports the commits that do not get into the log, after having waited for them: no read can tell a commit that nobody will
 * sequence from one that is about to be. Waits at most ten times one second.
 */
export async function settleUnsequenced(run: VerifyRun, commits: readonly Unsequenced[]): Promise<void> {
  let left = commits;
  let seen: number | undefined;
  for (let attempt = 0; left.length > 0 && attempt <= UNSEQUENCED_ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) {
      await run.context.delay(UNSEQUENCED_WAIT_MS);
    }
    // First the tail, then the marks: whatever stood in the log when the tail was read is in the tail, or marked.
    const tail = await findEntry(run);
    if (tail.position === seen) {
      continue;
    }
    seen = tail.position;
    left = await notInLog(run, left, tail.entry === undefined ? new Map() : marksOf(tail.entry));
  }
  for (const { streamId, version, end } of left) {
    const seconds = (UNSEQUENCED_ATTEMPTS_MAX * UNSEQUENCED_WAIT_MS) / 1_000;
    run.findings.add({
      kind: 'not-in-log',
      table: 'events',
      key: commitKey(streamId, version),
      message: `The log does not have versions ${version} to ${end} of stream "${streamId}", and did not get them within ${seconds} seconds; "sequence --scan" puts them there, if the mark of the stream is right`,
      streamId,
      version,
    });
  }
}

async function notInLog(
  run: VerifyRun,
  commits: readonly Unsequenced[],
  tail: ReadonlyMap<string, { readonly version: number }>,
): Promise<readonly Unsequenced[]> {
  const marks = await findMarks(run, [...new Set(commits.map(({ streamId }) => streamId))], 'strong');
  return commits.filter(({ streamId, end }) => {
    const through = Math.max(loggedThrough(run, streamId, marks.get(streamId)), tail.get(streamId)?.version ?? 0);
    return end > through;
  });
}
