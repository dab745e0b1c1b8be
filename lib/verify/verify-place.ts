/**
 * STORAGE FORMAT of the place of the verification that goes on by itself, an item of the State table: up to where the log was verified.
 */
import { Throttled, UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { hashOf, isBytes, isText, isWhole } from '../events/stored-value.ts';
import type { Tables } from '../tables/tables.ts';

const FORMAT = 1;

export const VERIFY_PLACE_KEY: ItemKey = { PK: 'VERIFY', SK: 'PLACE' };

/** Up to where the log was verified. */
export interface VerifyPlace {
  /** Counts the writes: each is on condition of the one before it. */
  readonly revision: number;
  /** Of the log; 0 for nothing. */
  readonly position: number;
  /** Of the entry that holds the position: whoever makes the log anew cannot make this one. Empty for none. */
  readonly hash: string;
  /** Damages that were found since it began with position 1, or where it was told to begin. */
  readonly damages: number;
  /** When it was written: ISO 8601, UTC. */
  readonly updatedAt: string;
}

export function encodeVerifyPlace({ revision, position, hash, damages, updatedAt }: VerifyPlace): Item {
  const entryHash = Buffer.from(hash, 'base64url');
  return { ...VERIFY_PLACE_KEY, format: FORMAT, revision, position, hash: entryHash, damages, updatedAt };
}

/** @throws {UnreadableItem} */
export function decodeVerifyPlace({ PK, SK, format, revision, position, hash, damages, updatedAt }: Item): VerifyPlace {
  if (
    format !== FORMAT ||
    !isWhole(revision, 1) ||
    !isWhole(position, 0) ||
    !isBytes(hash) ||
    !isWhole(damages, 0) ||
    !isText(updatedAt)
  ) {
    throw new UnreadableItem(PK, SK, 'it is not the place of a verification of a format that this version knows');
  }
  return { revision, position, hash: hashOf(hash), damages, updatedAt };
}

/** The place, read consistently; undefined where there is none yet. */
export async function readVerifyPlace(tables: Tables): Promise<VerifyPlace | undefined> {
  const item = await tables.get('state', VERIFY_PLACE_KEY, 'strong');
  return item === undefined ? undefined : decodeVerifyPlace(item);
}

/**
 * Moves the place on from the one that was read. False where somebody else has moved it since.
 *
 * @throws {Throttled}
 */
export async function moveVerifyPlace(
  tables: Tables,
  before: VerifyPlace | undefined,
  place: VerifyPlace,
): Promise<boolean> {
  const over = before === undefined ? {} : { over: { attribute: 'revision', is: before.revision } };
  const { outcome } = await tables.put({ table: 'state', item: encodeVerifyPlace(place), ...over });
  if (outcome === 'contended') {
    throw new Throttled(new Error('the place of the verification could not be written'));
  }
  return outcome === 'written';
}
