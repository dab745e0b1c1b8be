import { expect } from 'vitest';
import { type Commit, commitHash, decodeCommit, streamPartition } from '../../lib/events/stored-commit.ts';
import type { Tables } from '../../lib/tables/tables.ts';

/**
 * The commits of a stream as they are stored, after checking that they are a stream: they tile the versions from 1 without
 * gap or overlap, each names the one before it, and the hashes chain.
 */
export async function soundStream(tables: Tables, streamId: string): Promise<Commit[]> {
  const commits: Commit[] = [];
  let after: { after?: string } = {};
  do {
    const options = { direction: 'forward', consistency: 'strong', ...after } as const;
    const page = await tables.query('events', { partition: streamPartition(streamId) }, options);
    commits.push(...page.items.map(decodeCommit));
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined);
  let next = 1;
  let previous = 0;
  let previousHash = '';
  for (const commit of commits) {
    expect(commit.version, `${streamId}: versions have no gap and no overlap`).toBe(next);
    expect(commit.previous, `${streamId}: each commit names the one before it`).toBe(previous);
    expect(commit.hash, `${streamId}: hashes chain`).toBe(commitHash(previousHash, commit));
    next = commit.version + commit.count;
    previous = commit.version;
    previousHash = commit.hash;
  }
  return commits;
}
