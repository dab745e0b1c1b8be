import { COMMIT_HEAD_ATTRIBUTES, type CommitHead, decodeCommitHead } from '../events/stored-commit.ts';
import { scanAll } from '../tables/read-all.ts';
import { UNSEQUENCED_COMMITS_MAX } from './bounds.ts';
import { notFollowing } from './following.ts';
import { findMarks } from './reads.ts';
import type { VerifyRun } from './run.ts';
import { loggedThrough, settleUnsequenced, type Unsequenced } from './unsequenced.ts';

/** Consistent: an eventually consistent page may lack a commit, and then nobody would look whether it is in the log. */
const SCAN = { consistency: 'strong', attributes: COMMIT_HEAD_ATTRIBUTES } as const;

/**
 * Looks at all commits that there are: whether each follows the one before it, and is in the log. Marks were compared with the
 * log, and the log with the commits that it names; so what a mark covers is in the log, unless it overlaps another commit, and
 * then it does not follow. Yields after each MB.
 *
 * Costs one read unit for each 4 KB of the Events table, and a half for each stream of each MB.
 */
export async function* verifyEvents(run: VerifyRun): AsyncGenerator<void, void, undefined> {
  let unsequenced: Unsequenced[] = [];
  let last: CommitHead | undefined;
  for await (const { items } of scanAll(run.context.tables, 'events', SCAN)) {
    const commits = items.flatMap((item) => run.findings.decoded('events', item, decodeCommitHead) ?? []);
    const damaged = await notFollowing(run, commits, last);
    const sound = commits.filter((commit) => !damaged.has(commit));
    unsequenced.push(...(await behindMarks(run, sound)));
    run.scanned += items.length;
    last = commits.at(-1);
    if (unsequenced.length >= UNSEQUENCED_COMMITS_MAX) {
      await settleUnsequenced(run, unsequenced);
      unsequenced = [];
    }
    yield;
  }
  await settleUnsequenced(run, unsequenced);
  yield;
}

/** Commits that the marks of their streams do not cover; the marks may be older. */
async function behindMarks(run: VerifyRun, commits: readonly CommitHead[]): Promise<Unsequenced[]> {
  const marks = await findMarks(run, [...new Set(commits.map(({ streamId }) => streamId))], 'eventual');
  return commits
    .map(({ streamId, version, count }) => ({ streamId, version, end: version + count - 1 }))
    .filter(({ streamId, end }) => end > loggedThrough(run, streamId, marks.get(streamId)));
}
