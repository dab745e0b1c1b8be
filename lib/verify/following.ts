import {
  type CommitHead,
  commitKey,
  commitSortKey,
  decodeCommitHead,
  stateAfter,
  streamPartition,
} from '../events/stored-commit.ts';
import { COMMITS_AT_ONCE } from '../log/bounds.ts';
import { getAll } from '../tables/read-all.ts';
import { inChunks } from './chunks.ts';
import type { VerifyRun } from './run.ts';

/** Commits by their keys; what could not be read is there without a value. */
type Known = Map<string, CommitHead | undefined>;

/**
 * The commits that do not begin where the one that they name as the one before them ends, each reported.
 *
 * Two commits that begin in the same place would have the same key. So where every commit follows on the one it names, by
 * induction, the commits of a stream tile its versions; and an overlap, or a gap, has a first commit that does not follow.
 *
 * @param last the one that was read before them: pages seldom end with a stream
 */
export async function notFollowing(
  run: VerifyRun,
  commits: readonly CommitHead[],
  last: CommitHead | undefined,
): Promise<ReadonlySet<CommitHead>> {
  const damaged = new Set<CommitHead>();
  const known: Known = new Map(
    [...(last === undefined ? [] : [last]), ...commits].map((commit) => [nameOf(commit), commit]),
  );
  for (const chunk of inChunks(commits, COMMITS_AT_ONCE)) {
    const others = await readPredecessors(run, chunk, known);
    for (const commit of chunk) {
      const name = predecessorName(commit);
      const predecessor = known.get(name) ?? others.get(name);
      const isUnreadable = others.has(name) && predecessor === undefined;
      if (!isUnreadable && !follows(commit, predecessor)) {
        damaged.add(commit);
        await report(run, commit, predecessor);
      }
    }
  }
  return damaged;
}

function follows({ version, previous }: CommitHead, predecessor: CommitHead | undefined): boolean {
  return previous === 0 ? version === 1 : predecessor !== undefined && stateAfter(predecessor).version === version - 1;
}

/** Those that are not known. A scan goes from stream to stream, so it is the first of a page at the most; that is not relied on. */
async function readPredecessors(run: VerifyRun, commits: readonly CommitHead[], known: Known): Promise<Known> {
  const others: Known = new Map();
  const wanted = new Map(
    commits
      .filter((commit) => commit.previous > 0 && !known.has(predecessorName(commit)))
      .map((commit) => [predecessorName(commit), commitKey(commit.streamId, commit.previous)]),
  );
  for (const consistency of ['eventual', 'strong'] as const) {
    const keys = [...wanted].filter(([name]) => !others.has(name)).map(([, key]) => key);
    for (const item of await getAll(run.context, 'events', keys, consistency)) {
      others.set(`${item.SK} ${item.PK}`, run.findings.decoded('events', item, decodeCommitHead));
    }
  }
  return others;
}

/** What is wrong: the commit, or that there is none before it. Of a commit that was changed, that is known already. */
async function report(run: VerifyRun, commit: CommitHead, predecessor: CommitHead | undefined): Promise<void> {
  const { findings } = run;
  const { streamId, version, previous } = commit;
  const isExplained = [commit, predecessor].some(
    (one) => one !== undefined && findings.has('changed-commit', commitKey(one.streamId, one.version)),
  );
  if (isExplained) {
    return;
  }
  const through = predecessor === undefined ? await endBefore(run, commit) : stateAfter(predecessor).version;
  if (predecessor === undefined && previous < version && through !== undefined && through < version - 1) {
    findings.add({
      kind: 'missing-commit',
      table: 'events',
      key: commitKey(streamId, through + 1),
      message: `Stream "${streamId}" has no commit that holds version ${through + 1}, although it has one at version ${version}`,
      streamId,
      version: through + 1,
    });
    return;
  }
  const names =
    previous === 0
      ? 'none'
      : `the one at version ${previous}, which ${predecessor === undefined ? 'is not there' : `ends at ${through}`}`;
  findings.add({
    kind: 'not-following',
    table: 'events',
    key: commitKey(streamId, version),
    message: `The commit of stream "${streamId}" at version ${version} does not follow on: it names as the one before it ${names}`,
    streamId,
    version,
  });
}

/** Where the commit that stands before another in the table ends; undefined where it cannot be read. */
async function endBefore(run: VerifyRun, { streamId, version }: CommitHead): Promise<number | undefined> {
  if (version === 1) {
    return 0;
  }
  const range = { partition: streamPartition(streamId), through: commitSortKey(version - 1) };
  const options = { consistency: 'strong', direction: 'backward', limit: 1 } as const;
  const { items } = await run.context.tables.query('events', range, options);
  const [item] = items;
  const before = item === undefined ? undefined : run.findings.decoded('events', item, decodeCommitHead);
  if (item !== undefined && before === undefined) {
    return undefined;
  }
  return before === undefined ? 0 : stateAfter(before).version;
}

function predecessorName({ streamId, previous }: CommitHead): string {
  return nameOf({ streamId, version: previous });
}

function nameOf({ streamId, version }: Pick<CommitHead, 'streamId' | 'version'>): string {
  const { PK, SK } = commitKey(streamId, version);
  return `${SK} ${PK}`;
}
