/**
 * STORAGE FORMAT of idempotency keys, items of the State table: which commit of a stream a key has made. They are written in
 * one transaction with the commit, so that a key is there exactly where its commit is. A command that was accepted and has changed
 * nothing leaves a key without a commit.
 */

import { isDeepStrictEqual } from 'node:util';
import { IdempotencyConflict, UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import type { NewCommit } from '../events/new-commit.ts';
import { parseJson } from '../events/parse-json.ts';
import { type Commit, storedEvents } from '../events/stored-commit.ts';
import { hashOf, isBytes, isWhole } from '../events/stored-value.ts';
import { IDEMPOTENCY_KEY_SECONDS } from './bounds.ts';

const FORMAT = 1;

/** Where a key stands: one that the caller chose for the request, or the id of the commit itself. */
export interface IdempotencyKey {
  readonly kind: 'KEY' | 'COMMIT';
  readonly name: string;
  /**
   * Of a command: SHA-256 of what it asks for, base64url. A repeat is told by it and not by its events, for by now the command might
   * be decided in another way.
   */
  readonly command?: string | undefined;
  /** Whether it is kept for ever. Default: for 7 days. */
  readonly isLasting?: boolean | undefined;
}

/** What a key has made. */
export interface MadeByKey {
  /** The first version of its commit; where it has made none, the version at which the stream was then. */
  readonly version: number;
  readonly hasCommit: boolean;
  readonly command?: string;
}

export function keyItemKey(streamId: string, { kind, name }: IdempotencyKey): ItemKey {
  return { PK: `IDEMPOTENCY#${streamId}`, SK: `${kind}#${name}` };
}

export function encodeKeyItem(
  streamId: string,
  key: IdempotencyKey,
  { version, hasCommit }: Pick<MadeByKey, 'version' | 'hasCommit'>,
  now: Date,
): Item {
  const expiresAt = Math.floor(now.getTime() / 1000) + IDEMPOTENCY_KEY_SECONDS;
  return {
    ...keyItemKey(streamId, key),
    format: FORMAT,
    version,
    ...(hasCommit ? {} : { hasCommit }),
    ...(key.command === undefined ? {} : { command: Buffer.from(key.command, 'base64url') }),
    ...(key.isLasting === true ? {} : { expiresAt }),
  };
}

/** @throws {UnreadableItem} */
export function decodeKeyItem({ PK, SK, format, version, hasCommit = true, command }: Item): MadeByKey {
  const isCommand = command === undefined || isBytes(command);
  if (format !== FORMAT || !isWhole(version, 0) || typeof hasCommit !== 'boolean' || !isCommand) {
    throw new UnreadableItem(PK, SK, 'it is not an idempotency key of a format that this version knows');
  }
  return { version, hasCommit, ...(command === undefined ? {} : { command: hashOf(command) }) };
}

/**
 * Whether a key that was found has been used for what is asked for again: for the same command, or as well for an append.
 *
 * @throws {IdempotencyConflict} it was used for something else
 */
export function requireSameUse(streamId: string, asked: IdempotencyKey, { command, hasCommit }: MadeByKey): void {
  const isAppend = asked.command === undefined;
  if (command !== asked.command || (isAppend && !hasCommit)) {
    throw new IdempotencyConflict(streamId, asked.name);
  }
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
