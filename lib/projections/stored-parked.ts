/**
 * STORAGE FORMAT of what is parked, items of the State table: which keys have events that were set aside (of handlers: which
 * events), so that they are found without looking at all documents.
 */
import { UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { isText, isWhole } from '../events/stored-value.ts';
import { type Build, buildName } from './build.ts';

const FORMAT = 1;

/** What was parked under a name: the key of a document, or of a handler's event its position. */
export interface Parked {
  readonly id: string;
  /** Of a handler's event: what it has in common with those that wait behind it. */
  readonly key?: string;
  /** Of the event that failed; 0 once nothing is parked under it any more. */
  readonly position: number;
  readonly type: string;
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export function parkedPartition(name: string, build: Build): string {
  return `PARKED#${name}@${buildName(build)}`;
}

export function parkedKey(name: string, build: Build, id: string): ItemKey {
  return { PK: parkedPartition(name, build), SK: id };
}

export function encodeParked(name: string, build: Build, { id, ...rest }: Parked): Item {
  return { ...parkedKey(name, build, id), format: FORMAT, ...rest };
}

/** @throws {UnreadableItem} */
export function decodeParked({ PK, SK, format, key, position, type, message, since }: Item): Parked {
  if (format !== FORMAT || !isWhole(position, 0) || !isText(type) || !isText(message) || !isText(since)) {
    throw new UnreadableItem(PK, SK, 'it is not a parked event of a format that this version knows');
  }
  return { id: SK, ...(isText(key) ? { key } : {}), position, type, message, since };
}
