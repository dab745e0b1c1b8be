/**
 * STORAGE FORMAT of snapshots, items of the State table: what a decider has made of a stream up to a version. They are a cache: each may
 * be deleted at any time, and one that does not fit is ignored.
 */
import { UnreadableItem } from '../events/errors.ts';
import type { StreamState } from '../events/event.ts';
import { type Item, type ItemKey, itemSizeBytes } from '../events/item.ts';
import { parseJson } from '../events/parse-json.ts';
import { decodeText, encodeText } from '../events/stored-text.ts';
import { hashOf, isBytes, isWhole } from '../events/stored-value.ts';

const FORMAT = 1;
const PARTITION = 'SNAPSHOT#';
const SORT_KEY = 'STATE';

/** The state of a stream at a version. */
export interface Snapshot {
  readonly stream: StreamState;
  /** Of the decider. */
  readonly stateVersion: number;
  /** SHA-256 of everything that says what the state looks like, base64url. */
  readonly shape: string;
  /** JSON. */
  readonly state: unknown;
}

export function snapshotKey(streamId: string): ItemKey {
  return { PK: `${PARTITION}${streamId}`, SK: SORT_KEY };
}

export function encodeSnapshot({ stream, stateVersion, shape, state }: Snapshot): Item {
  const json = JSON.stringify(state);
  const plain = {
    ...snapshotKey(stream.streamId),
    format: FORMAT,
    version: stream.version,
    lastCommit: stream.lastCommit,
    hash: Buffer.from(stream.hash, 'base64url'),
    stateVersion,
    shape: Buffer.from(shape, 'base64url'),
    state: json,
  };
  return { ...plain, state: encodeText(json, itemSizeBytes(plain)) };
}

/** @throws {UnreadableItem} the item is damaged, or of a format that this version does not know */
export function decodeSnapshot(item: Item): Snapshot {
  const { PK, SK, format, version, lastCommit, hash, stateVersion, shape } = item;
  if (
    format !== FORMAT ||
    !PK.startsWith(PARTITION) ||
    !isWhole(version, 1) ||
    !isWhole(lastCommit, 1) ||
    lastCommit > version ||
    !isBytes(hash) ||
    !isWhole(stateVersion, 1) ||
    !isBytes(shape)
  ) {
    throw new UnreadableItem(PK, SK, 'it is not a snapshot of a format that this version knows');
  }
  const stream = { streamId: PK.slice(PARTITION.length), version, lastCommit, hash: hashOf(hash) };
  return { stream, stateVersion, shape: hashOf(shape), state: parsedState(item) };
}

function parsedState(item: Item): unknown {
  const json = decodeText(item, 'state');
  try {
    return parseJson(json);
  } catch (cause) {
    throw new UnreadableItem(item.PK, item.SK, 'its state is not JSON', { cause });
  }
}
