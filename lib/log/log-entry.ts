/**
 * STORAGE FORMAT. An entry of the log as an item of the Log table. What is written here is read for ever: a change needs a new
 * `format` number, a decoder beside the old one, and golden files of its own (test/golden).
 */

import { hash as digest } from 'node:crypto';
import { quote, UnreadableItem } from '../events/errors.ts';
import { type Item, type ItemKey, itemSizeBytes } from '../events/item.ts';
import { parseJson } from '../events/parse-json.ts';
import { decodeText, encodeText } from '../events/stored-text.ts';
import { hashOf, isBytes, isListOf, isText, isWhole } from '../events/stored-value.ts';

const FORMAT = 1;

/** The partition of the one log that a store has. */
export const LOG_PARTITION = 'LOG#main';

/** Which commit stands in the log: enough to filter and to count without reading it. */
export interface CommitReference {
  readonly streamId: string;
  /** The version of its first event. */
  readonly version: number;
  readonly count: number;
  /** Each event type once. */
  readonly types: readonly string[];
}

/** Commits that were put into the log together. */
export interface LogEntry {
  /** Of its first event. */
  readonly position: number;
  /** Of its events. */
  readonly count: number;
  readonly commits: readonly CommitReference[];
  /** SHA-256, base64url. */
  readonly hash: string;
}

/** Where the log ends, and so what the next entry must be. */
export interface LogEnd {
  /** Of the last event; 0 where there is none. */
  readonly position: number;
  /** Of the last entry; empty for none. */
  readonly hash: string;
}

export const EMPTY_LOG: LogEnd = { position: 0, hash: '' };

/** The sort key of the entry that begins with `position`; 20 digits sort as numbers do. */
export function entrySortKey(position: number): string {
  return `POSITION#${String(position).padStart(20, '0')}`;
}

export function entryKey(position: number): ItemKey {
  return { PK: LOG_PARTITION, SK: entrySortKey(position) };
}

/** The entry that puts commits behind the end of the log. */
export function entryAfter(end: LogEnd, commits: readonly CommitReference[]): LogEntry {
  const position = end.position + 1;
  const count = commits.reduce((events, commit) => events + commit.count, 0);
  return { position, count, commits, hash: entryHash(end.hash, { position, commits }) };
}

/** Where the log ends once `entry` is its last. */
export function endAfter({ position, count, hash }: LogEntry): LogEnd {
  return { position: position + count - 1, hash };
}

/**
 * SHA-256 over the hash of the entry before it and everything that the entry says, so that the log is a hash chain:
 * `JSON([previous hash, format, position, types])`, a line feed, and the references as JSON, before compression.
 */
export function entryHash(previousHash: string, { position, commits }: Pick<LogEntry, 'position' | 'commits'>): string {
  const types = typesOf(commits);
  const head = [previousHash, FORMAT, position, types];
  return digest('sha256', `${JSON.stringify(head)}\n${referencesJson(commits, types)}`, 'base64url');
}

/** A commit of an entry, and where it stands. */
export interface PlacedCommit extends CommitReference {
  /** Of its first event. */
  readonly position: number;
}

/** The commits of an entry with their positions. */
export function placedCommits({ position, commits }: LogEntry): PlacedCommit[] {
  let next = position;
  return commits.map((commit) => {
    const placed = { ...commit, position: next };
    next += commit.count;
    return placed;
  });
}

/** Bytes that a reference takes in an entry at the most, before compression. */
export function referenceBytes(commit: CommitReference): number {
  return Buffer.byteLength(JSON.stringify([commit.streamId, commit.version, commit.count, commit.types])) + 1;
}

export function encodeEntry({ position, count, commits, hash }: LogEntry): Item {
  const types = typesOf(commits);
  const references = referencesJson(commits, types);
  const plain = {
    ...entryKey(position),
    format: FORMAT,
    count,
    types,
    hash: Buffer.from(hash, 'base64url'),
    commits: references,
  };
  return { ...plain, commits: encodeText(references, itemSizeBytes(plain)) };
}

/** @throws {UnreadableItem} the item is damaged, or of a format that this version does not know */
export function decodeEntry(item: Item): LogEntry {
  const { PK, SK, format, count, types, hash } = item;
  if (format !== FORMAT) {
    throw new UnreadableItem(PK, SK, `its format is ${quote(format)}; this version knows ${FORMAT}`);
  }
  const position = Number(SK.slice('POSITION#'.length));
  if (
    PK !== LOG_PARTITION ||
    !isWhole(position, 1) ||
    !isWhole(count, 1) ||
    !isListOf(types, isText) ||
    !isBytes(hash)
  ) {
    throw new UnreadableItem(PK, SK, 'an attribute of a log entry is missing or of the wrong type');
  }
  // As with commits.
  if (SK !== entrySortKey(position)) {
    throw new UnreadableItem(PK, SK, 'its sort key is not that of a position');
  }
  const commits = decodeReferences(item, types);
  if (commits.reduce((events, commit) => events + commit.count, 0) !== count) {
    throw new UnreadableItem(PK, SK, `its commits do not have ${count} events`);
  }
  return {
    position,
    count,
    commits,
    hash: hashOf(hash),
  };
}

/** Each type of the commits once, in the order of the first. */
function typesOf(commits: readonly CommitReference[]): string[] {
  return [...new Set(commits.flatMap(({ types }) => types))];
}

/** `[stream id, first version, count, types]` of each commit, each type being its place in the entry's list. */
function referencesJson(commits: readonly CommitReference[], entryTypes: readonly string[]): string {
  const place = new Map(entryTypes.map((type, index) => [type, index]));
  return JSON.stringify(
    commits.map(({ streamId, version, count, types }) => [
      streamId,
      version,
      count,
      types.map((type) => place.get(type)),
    ]),
  );
}

type StoredReference = readonly [string, number, number, readonly number[]];

function decodeReferences(item: Item, types: readonly string[]): CommitReference[] {
  const { PK, SK } = item;
  const text = decodeText(item, 'commits');
  let stored: unknown;
  try {
    stored = parseJson(text);
  } catch (cause) {
    throw new UnreadableItem(PK, SK, 'its commits are not JSON', { cause });
  }
  if (!isListOf(stored, isStoredReference) || stored.length === 0) {
    throw new UnreadableItem(PK, SK, 'its commits are not a list of references');
  }
  return stored.map(([streamId, version, count, places]) => ({
    streamId,
    version,
    count,
    types: places.map((place) => {
      const type = types[place];
      if (type === undefined) {
        throw new UnreadableItem(PK, SK, `a commit has type ${place}, but there are ${types.length} types`);
      }
      return type;
    }),
  }));
}

function isStoredReference(value: unknown): value is StoredReference {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    typeof value[0] === 'string' &&
    isWhole(value[1], 1) &&
    isWhole(value[2], 1) &&
    isListOf(value[3], isPlace)
  );
}

function isPlace(value: unknown): value is number {
  return isWhole(value, 0);
}
