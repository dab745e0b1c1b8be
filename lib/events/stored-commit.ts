/**
 * STORAGE FORMAT. A commit as an item of the Events table. What is written here is read for ever: a change needs a new
 * `format` number, a decoder beside the old one, and golden files of its own (test/golden).
 */

import { hash as digest } from 'node:crypto';
import { CommitTooLarge, quote, UnreadableItem } from './errors.ts';
import { derivedEventId, type RecordedEvent, type StreamState } from './event.ts';
import { ITEM_SIZE_BYTES_MAX, type Item, type ItemKey, type ItemValue, itemSizeBytes } from './item.ts';
import type { NewCommit } from './new-commit.ts';
import { parseJson } from './parse-json.ts';
import { isStoredEvent, type StoredEvent } from './stored-event.ts';
import { decodeText, encodeText } from './stored-text.ts';
import { hashOf, isBytes, isListOf, isText, isWhole } from './stored-value.ts';

const FORMAT = 1;

/** The attributes of a `CommitHead`. */
export const COMMIT_HEAD_ATTRIBUTES: readonly string[] = [
  'format',
  'count',
  'previous',
  'commitId',
  'timestamp',
  'types',
  'group',
  'hash',
];

/** A commit that was appended together with others, all or none: which one. */
export interface GroupMember {
  readonly streamId: string;
  /** The first version of the member's commit. */
  readonly version: number;
}

/** The events of one append: written together or not at all, stored as one item. */
export interface Commit {
  readonly streamId: string;
  /** The version of its first event. */
  readonly version: number;
  readonly count: number;
  /** The first version of the commit before it; 0 for none. */
  readonly previous: number;
  readonly commitId: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  /** Each event type once. */
  readonly types: readonly string[];
  /** All commits of the same `appendMany`, this one included, in the caller's order. */
  readonly group?: readonly GroupMember[];
  /** SHA-256, base64url. */
  readonly hash: string;
  readonly eventsJson: string;
}

/** Everything that a commit says but its events. */
export type CommitHead = Omit<Commit, 'eventsJson'>;

/** The partition of a stream's commits. */
export function streamPartition(streamId: string): string {
  return `STREAM#${streamId}`;
}

/** The stream whose commits are in a partition. */
export function streamOfPartition(partition: string): string {
  return partition.slice('STREAM#'.length);
}

/** The sort key of the commit that begins with `version`; 20 digits sort as numbers do. */
export function commitSortKey(version: number): string {
  return `VERSION#${String(version).padStart(20, '0')}`;
}

export function commitKey(streamId: string, version: number): ItemKey {
  return { PK: streamPartition(streamId), SK: commitSortKey(version) };
}

/** The commit that follows `state`. */
export function commitAfter(
  state: StreamState,
  commit: NewCommit,
  timestamp: string,
  group?: readonly GroupMember[],
): Commit {
  const { streamId, commitId, count, types, eventsJson } = commit;
  const unhashed = {
    streamId,
    version: state.version + 1,
    count,
    previous: state.lastCommit,
    commitId,
    timestamp,
    types,
    ...(group === undefined ? {} : { group }),
    eventsJson,
  };
  return { ...unhashed, hash: commitHash(state.hash, unhashed) };
}

/** What a stream looks like once `commit` is its last. */
export function stateAfter({ streamId, version, count, hash }: CommitHead): StreamState {
  return { streamId, version: version + count - 1, lastCommit: version, hash };
}

/**
 * SHA-256 over the hash of the commit before it and everything that the commit says, so that a stream is a hash chain:
 * `JSON([previous hash, format, stream id, version, count, previous, commit id, timestamp, types, group or null])`,
 * a line feed (which JSON never contains, so the parts cannot run into each other), and the events as stored.
 */
export function commitHash(previousHash: string, commit: Omit<Commit, 'hash'>): string {
  const { streamId, version, count, previous, commitId, timestamp, types, eventsJson } = commit;
  const group = commit.group?.map((member) => [member.streamId, member.version]) ?? null;
  const head = [previousHash, FORMAT, streamId, version, count, previous, commitId, timestamp, types, group];
  return digest('sha256', `${JSON.stringify(head)}\n${eventsJson}`, 'base64url');
}

/**
 * The item of a commit. The events are one JSON string, or raw deflate where that lowers the started kilobytes.
 *
 * The limit counts the events before compression: whether a commit fits must not depend on how alike its events are.
 *
 * @throws {CommitTooLarge} the item would have more than 400 KB
 */
export function encodeCommit(commit: Commit): Item {
  const { streamId, version, count, previous, commitId, timestamp, types, group, hash, eventsJson } = commit;
  const plain = {
    ...commitKey(streamId, version),
    format: FORMAT,
    count,
    previous,
    commitId,
    timestamp,
    types,
    ...(group === undefined ? {} : { group: group.map((member) => ({ ...member })) }),
    hash: Buffer.from(hash, 'base64url'),
    events: eventsJson,
  };
  const plainBytes = itemSizeBytes(plain);
  if (plainBytes > ITEM_SIZE_BYTES_MAX) {
    throw new CommitTooLarge([streamId], plainBytes, ITEM_SIZE_BYTES_MAX);
  }
  return { ...plain, events: encodeText(eventsJson, plainBytes) };
}

/**
 * Reads a commit from its item.
 *
 * @throws {UnreadableItem} the item is damaged, or of a format that this version does not know
 */
export function decodeCommit(item: Item): Commit {
  const head = decodeCommitHead(item);
  return { ...head, eventsJson: decodeText(item, 'events') };
}

/** As `decodeCommit`, without the events: for an item that was read without them. */
export function decodeCommitHead(item: Item): CommitHead {
  const { PK, SK, format, count, previous, commitId, timestamp, types, group, hash } = item;
  if (format !== FORMAT) {
    throw unreadable(item, `its format is ${quote(format)}; this version knows ${FORMAT}`);
  }
  const version = Number(SK.slice('VERSION#'.length));
  if (
    !PK.startsWith('STREAM#') ||
    !isWhole(version, 1) ||
    !isWhole(count, 1) ||
    !isWhole(previous, 0) ||
    typeof commitId !== 'string' ||
    typeof timestamp !== 'string' ||
    !isListOf(types, isText) ||
    !isBytes(hash) ||
    !(group === undefined || isListOf(group, isGroupMember))
  ) {
    throw unreadable(item, 'an attribute of a commit is missing or of the wrong type');
  }
  // In another notation, such as 1e3, the number does not sort as it should: the item would stand between others.
  if (SK !== commitSortKey(version)) {
    throw unreadable(item, 'its sort key is not that of a version');
  }
  return {
    streamId: streamOfPartition(PK),
    version,
    count,
    previous,
    commitId,
    timestamp,
    types,
    ...(group === undefined ? {} : { group }),
    hash: hashOf(hash),
  };
}

/**
 * The events of a commit, as users see them.
 *
 * @throws {UnreadableItem} the stored events are not what the commit says
 */
export function recordedEvents(commit: Commit): RecordedEvent[] {
  const { streamId, version, commitId, timestamp } = commit;
  return storedEvents(commit).map((event, index) => ({
    id: event.id ?? derivedEventId(commitId, index),
    streamId,
    type: event.type,
    version: version + index,
    schemaVersion: event.schemaVersion ?? 1,
    data: event.data,
    metadata: { ...event.metadata, timestamp },
  }));
}

/** The events of a commit, as they are stored. */
export function storedEvents(commit: Commit): readonly StoredEvent[] {
  let events: unknown;
  try {
    events = parseJson(commit.eventsJson);
  } catch (cause) {
    throw unreadable(commitKey(commit.streamId, commit.version), 'its events are not JSON', { cause });
  }
  if (!isListOf(events, isStoredEvent) || events.length !== commit.count) {
    const reason = `its events are not a list of ${commit.count} events`;
    throw unreadable(commitKey(commit.streamId, commit.version), reason);
  }
  return events;
}

function unreadable({ PK, SK }: ItemKey, reason: string, options?: ErrorOptions): UnreadableItem {
  return new UnreadableItem(PK, SK, reason, options);
}

function isGroupMember(value: unknown): value is { streamId: string; version: number } {
  return isRecord(value) && typeof value['streamId'] === 'string' && isWhole(value['version'], 1);
}

function isRecord(value: unknown): value is { readonly [name: string]: ItemValue } {
  return typeof value === 'object' && value !== null;
}
