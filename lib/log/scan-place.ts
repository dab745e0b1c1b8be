/**
 * STORAGE FORMAT of the place of the scan that goes on by itself, an item of the State table: where in the Events table it goes on.
 */
import { Throttled, UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { isText, isWhole } from '../events/stored-value.ts';
import type { Tables } from '../tables/tables.ts';

const FORMAT = 1;

export const SCAN_PLACE_KEY: ItemKey = { PK: 'SCAN', SK: 'PLACE' };

/** Where a scan goes on. */
export interface ScanPlace {
  /** Counts the writes: each is on condition of the one before it. */
  readonly revision: number;
  /** The commit behind which it goes on. Without: it begins anew. */
  readonly after?: ItemKey;
  /** When it was written: ISO 8601, UTC. */
  readonly updatedAt: string;
}

export function encodeScanPlace({ revision, after, updatedAt }: ScanPlace): Item {
  return {
    ...SCAN_PLACE_KEY,
    format: FORMAT,
    revision,
    ...(after === undefined ? {} : { after: { PK: after.PK, SK: after.SK } }),
    updatedAt,
  };
}

/** @throws {UnreadableItem} */
export function decodeScanPlace({ PK, SK, format, revision, after, updatedAt }: Item): ScanPlace {
  const isPlace = after === undefined || isItemKey(after);
  if (format !== FORMAT || !isWhole(revision, 1) || !isPlace || !isText(updatedAt)) {
    throw new UnreadableItem(PK, SK, 'it is not the place of a scan of a format that this version knows');
  }
  return { revision, ...(after === undefined ? {} : { after }), updatedAt };
}

/** The place, read consistently; undefined where there is none yet. */
export async function readScanPlace(tables: Tables): Promise<ScanPlace | undefined> {
  const item = await tables.get('state', SCAN_PLACE_KEY, 'strong');
  return item === undefined ? undefined : decodeScanPlace(item);
}

/**
 * Moves the place on from the one that was read. False where somebody else has moved it since.
 *
 * @throws {Throttled}
 */
export async function moveScanPlace(tables: Tables, before: ScanPlace | undefined, place: ScanPlace): Promise<boolean> {
  const over = before === undefined ? {} : { over: { attribute: 'revision', is: before.revision } };
  const { outcome } = await tables.put({ table: 'state', item: encodeScanPlace(place), ...over });
  if (outcome === 'contended') {
    throw new Throttled(new Error('the place of the scan could not be written'));
  }
  return outcome === 'written';
}

function isItemKey(value: unknown): value is ItemKey {
  return (
    typeof value === 'object' &&
    value !== null &&
    'PK' in value &&
    isText(value.PK) &&
    'SK' in value &&
    isText(value.SK)
  );
}
