import assert from 'node:assert/strict';
import { type CommitHead, decodeCommitHead } from '../events/stored-commit.ts';
import {
  decodeEntry,
  EMPTY_LOG,
  endAfter,
  entryHash,
  LOG_PARTITION,
  type LogEntry,
  placedCommits,
} from '../log/log-entry.ts';
import { decodeMark, markKey } from '../log/sequenced-mark.ts';
import { queryAll, scanAll } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';
import { expectEqual } from './expect.ts';

/** All commits that are stored, as hints for a sequencer. */
export async function allCommits(tables: Tables): Promise<CommitHead[]> {
  const commits: CommitHead[] = [];
  for await (const { items } of scanAll(tables, 'events', { consistency: 'strong' })) {
    commits.push(...items.map(decodeCommitHead));
  }
  return commits;
}

/**
 * The entries of the log, after checking that they are a log: positions without a gap, hashes that chain, and each stream's commits
 * once, in the order of their versions, those of a group side by side.
 */
export async function soundLog(tables: Tables): Promise<LogEntry[]> {
  const commits = new Map((await allCommits(tables)).map((commit) => [nameOf(commit), commit]));
  const options = { direction: 'forward', consistency: 'strong' } as const;
  const entries: LogEntry[] = [];
  let end = EMPTY_LOG;
  const ends = new Map<string, number>();
  for await (const item of queryAll(tables, 'log', { partition: LOG_PARTITION }, options)) {
    const entry = decodeEntry(item);
    assert.equal(entry.position, end.position + 1, `positions have no gap: ${entry.position} after ${end.position}`);
    assert.equal(entry.hash, entryHash(end.hash, entry), `hashes chain: not at ${entry.position}`);
    for (const { streamId, version, count, types } of entry.commits) {
      const name = nameOf({ streamId, version });
      const last = ends.get(streamId) ?? 0;
      assert.equal(version, last + 1, `${name} is in order, and nothing of it twice, after version ${last}`);
      const stored = commits.get(name);
      assert(stored !== undefined, `what is in the log is stored: ${name}`);
      expectEqual({ count, types }, { count: stored.count, types: stored.types }, `${name} in the log`);
      ends.set(streamId, version + count - 1);
    }
    requireWholeGroups(entry, commits);
    entries.push(entry);
    end = endAfter(entry);
  }
  return entries;
}

/** What each stream's commits are in the log, in its order: `Order-1@3`. */
export function namesOf(entries: readonly LogEntry[]): string[] {
  return entries.flatMap(({ commits }) => commits.map(nameOf));
}

/** After checking the log: that everything is in it, and that the marks say so. */
export async function expectAllSequenced(tables: Tables): Promise<LogEntry[]> {
  const entries = await soundLog(tables);
  const stored = (await allCommits(tables)).map(nameOf);
  expectEqual(namesOf(entries).toSorted(), stored.toSorted(), 'what is stored is in the log');
  const last = new Map(entries.flatMap(placedCommits).map((commit) => [commit.streamId, commit]));
  for (const { streamId, version, count, position } of last.values()) {
    const item = await tables.get('state', markKey(streamId), 'strong');
    const mark = item === undefined ? undefined : decodeMark(item);
    const expected = { streamId, version: version + count - 1, position: position + count - 1 };
    expectEqual(mark, expected, `the mark of ${streamId}`);
  }
  return entries;
}

function requireWholeGroups(entry: LogEntry, commits: ReadonlyMap<string, CommitHead>): void {
  const names = entry.commits.map(nameOf);
  for (const name of names) {
    const group = commits.get(name)?.group?.map(nameOf);
    if (group !== undefined) {
      const begin = Math.min(...group.map((member) => names.indexOf(member)));
      expectEqual(names.slice(Math.max(0, begin), begin + group.length), group, 'a group stands side by side');
    }
  }
}

function nameOf({ streamId, version }: { readonly streamId: string; readonly version: number }): string {
  return `${streamId}@${version}`;
}
