import { expect } from 'vitest';
import { type CommitHead, decodeCommitHead } from '../../lib/events/stored-commit.ts';
import {
  decodeEntry,
  EMPTY_LOG,
  endAfter,
  entryHash,
  LOG_PARTITION,
  type LogEntry,
  placedCommits,
} from '../../lib/log/log-entry.ts';
import { decodeMark, markKey } from '../../lib/log/sequenced-mark.ts';
import { queryAll, scanAll } from '../../lib/tables/read-all.ts';
import type { Tables } from '../../lib/tables/tables.ts';

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
    expect(entry.position, 'positions have no gap').toBe(end.position + 1);
    expect(entry.hash, 'hashes chain').toBe(entryHash(end.hash, entry));
    for (const { streamId, version, count, types } of entry.commits) {
      expect(version, `${streamId} is in order, and nothing of it twice`).toBe((ends.get(streamId) ?? 0) + 1);
      expect(commits.get(nameOf({ streamId, version })), 'what is in the log is stored').toMatchObject({
        count,
        types,
      });
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
  return entries.flatMap(({ commits }) => commits.map(({ streamId, version }) => `${streamId}@${version}`));
}

/** After checking the log: that everything is in it, and that the marks say so. */
export async function expectAllSequenced(tables: Tables): Promise<LogEntry[]> {
  const entries = await soundLog(tables);
  const stored = (await allCommits(tables)).map(({ streamId, version }) => `${streamId}@${version}`);
  expect(namesOf(entries).toSorted()).toEqual(stored.toSorted());
  const last = new Map(entries.flatMap(placedCommits).map((commit) => [commit.streamId, commit]));
  for (const { streamId, version, count, position } of last.values()) {
    const item = await tables.get('state', markKey(streamId), 'strong');
    const mark = item === undefined ? undefined : decodeMark(item);
    expect(mark).toEqual({ streamId, version: version + count - 1, position: position + count - 1 });
  }
  return entries;
}

function requireWholeGroups(entry: LogEntry, commits: ReadonlyMap<string, CommitHead>): void {
  const names = entry.commits.map(nameOf);
  for (const name of names) {
    const group = commits.get(name)?.group?.map(nameOf);
    if (group !== undefined) {
      const begin = Math.min(...group.map((member) => names.indexOf(member)));
      expect(names.slice(Math.max(0, begin), begin + group.length), 'a group stands side by side').toEqual(group);
    }
  }
}

function nameOf({ streamId, version }: { readonly streamId: string; readonly version: number }): string {
  return `${streamId}@${version}`;
}
