import assert from 'node:assert/strict';
import { type Commit, commitHash, decodeCommit, streamPartition } from '../events/stored-commit.ts';
import { queryAll } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';

/**
 * The commits of a stream as they are stored, after checking that they are a stream: they tile the versions from 1 without
 * gap or overlap, each names the one before it, and the hashes chain.
 */
export async function soundStream(tables: Tables, streamId: string): Promise<Commit[]> {
  const commits: Commit[] = [];
  const options = { direction: 'forward', consistency: 'strong' } as const;
  let next = 1;
  let previous = 0;
  let previousHash = '';
  for await (const item of queryAll(tables, 'events', { partition: streamPartition(streamId) }, options)) {
    const commit = decodeCommit(item);
    assert.equal(
      commit.version,
      next,
      `${streamId}: versions have no gap and no overlap: ${commit.version}, not ${next}`,
    );
    assert.equal(commit.previous, previous, `${streamId}@${commit.version}: each commit names the one before it`);
    assert.equal(commit.hash, commitHash(previousHash, commit), `${streamId}@${commit.version}: hashes chain`);
    commits.push(commit);
    next = commit.version + commit.count;
    previous = commit.version;
    previousHash = commit.hash;
  }
  return commits;
}
