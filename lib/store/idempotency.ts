/**
 * STORAGE FORMAT of idempotency keys, items of the State table: which commit of a stream a key has made. They are written in
 * one transaction with the commit, so that a key is there exactly where its commit is.
 */

import { isDeepStrictEqual } from 'node:util';
import { IdempotencyConflict, UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import type { NewCommit } from '../events/new-commit.ts';
import { parseJson } from '../events/parse-json.ts';
import { type Commit, storedEvents } from '../events/stored-commit.ts';
import { IDEMPOTENCY_KEY_SECONDS } from './bounds.ts';

const FORMAT = 1;

/** Where a key stands: one that the caller chose for the request, or the id of the commit itself. */
export interface IdempotencyKey {
  readonly kind: 'KEY' | 'COMMIT';
  readonly name: string;
}

export function keyItemKey(streamId: string, { kind, name }: IdempotencyKey): ItemKey {
  return { PK: `IDEMPOTENCY#${streamId}`, SK: `${kind}#${name}` };
}

/** `version` is the first version of the commit that the key has made. */
export function encodeKeyItem(streamId: string, key: IdempotencyKey, version: number, now: Date): Item {
  const expiresAt = Math.floor(now.getTime() / 1000) + IDEMPOTENCY_KEY_SECONDS;
  return { ...keyItemKey(streamId, key), format: FORMAT, version, expiresAt };
}

/** The first version of the commit that a key has made. */
export function decodeKeyItem({ PK, SK, format, version }: Item): number {
  if (format !== FORMAT || typeof version !== 'number') {
    throw new UnreadableItem(PK, SK, 'it is not an idempotency key of a format that this version knows');
  }
  return version;
}

/**
 * Whether a commit that is stored is the one that is asked for again: the same events, their time aside.
 *
 * @throws {IdempotencyConflict} it has other events
 */
export function requireSameEvents(asked: NewCommit, stored: Commit, key: string): void {
  const askedEvents: unknown = parseJson(asked.eventsJson);
  if (!isDeepStrictEqual(askedEvents, storedEvents(stored))) {
    throw new IdempotencyConflict(asked.streamId, key);
  }
}
