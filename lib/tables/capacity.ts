/**
 * Read and write units by AWS's published rules ("DynamoDB throughput capacity", "Capacity unit consumption"):
 * writes by the started KB of an item, reads by the started 4 KB, eventually consistent reads half, transactions double.
 */
import { type Item, itemSizeBytes } from '../events/item.ts';
import type { ConditionalPut, Consistency } from './tables.ts';

export const READ_UNIT_BYTES = 4 * 1024;
const WRITE_UNIT_BYTES = 1024;

/** Of a GetItem, or of one item of a BatchGetItem: a missing item costs the smallest read. */
export function getUnits(item: Item | undefined, consistency: Consistency): number {
  return readUnits(item === undefined ? 0 : itemSizeBytes(item), consistency);
}

/** Of a Query or a Scan: the items of its page are added up before rounding. */
export function pageUnits(items: readonly Item[], consistency: Consistency): number {
  return readUnits(
    items.reduce((size, item) => size + itemSizeBytes(item), 0),
    consistency,
  );
}

/** Of a conditional put: for the larger of its item and of the one that is `there`, which it replaces or is refused by. */
export function putUnits({ item }: ConditionalPut, there: Item | undefined): number {
  return writeUnits(Math.max(itemSizeBytes(item), there === undefined ? 0 : itemSizeBytes(there)));
}

/** Of a removal: for the item that was there, and at least one. */
export function removeUnits(there: Item | undefined): number {
  return writeUnits(there === undefined ? 0 : itemSizeBytes(there));
}

/**
 * Of a transaction: two writes for each item, one to prepare and one to commit. A cancelled one is charged too.
 *
 * @param there the item that each put has found, in their order
 */
export function transactionUnits(puts: readonly ConditionalPut[], there: readonly (Item | undefined)[]): number {
  return puts.reduce((units, one, index) => units + 2 * putUnits(one, there[index]), 0);
}

/** Of a write of so many bytes outside of a transaction. */
export function writeUnits(bytes: number): number {
  return startedUnits(bytes, WRITE_UNIT_BYTES);
}

/** Of a read of so many bytes outside of a transaction. */
export function readUnits(bytes: number, consistency: Consistency): number {
  return startedUnits(bytes, READ_UNIT_BYTES) * (consistency === 'strong' ? 1 : 0.5);
}

/** At least one: there is no request that costs nothing. */
function startedUnits(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}
