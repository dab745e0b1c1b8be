/** What a put may replace, and what may be removed: the part of it that tables in memory and in DynamoDB have in common. */
import type { Item } from '../events/item.ts';
import { TABLES, type Table } from './definitions.ts';
import type { ConditionalPut, Replaceable } from './tables.ts';

/**
 * Refuses puts that no tables may make, before any of them is made: that events cannot be changed hangs on nobody's care. The
 * role that the functions run under cannot hold it, since replacing an item needs no other permission than putting it.
 */
export function requireReplaceable(puts: readonly ConditionalPut[]): void {
  for (const { table, over } of puts) {
    if (over === undefined) {
      continue;
    }
    if (TABLES[table].appendOnly) {
      throw new RangeError(`The table ${table} is append-only: no item in it is replaced, so a put takes no "over"`);
    }
    if (over === 'any') {
      continue;
    }
    const limit = limitOf(over);
    // What the SDK's marshaller refuses in items: such a number would not arrive in DynamoDB as what it is.
    if (!Number.isFinite(limit) || Math.abs(limit) > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(
        `A put over ${over.attribute} is compared with ${limit}, which DynamoDB cannot hold exactly`,
      );
    }
  }
}

/** Refuses removals that no tables may make. */
export function requireRemovable(table: Table): void {
  if (TABLES[table].appendOnly) {
    throw new RangeError(`The table ${table} is append-only: no item in it is removed`);
  }
}

/** Whether a put may replace the item that it found. */
export function isReplaceable(found: Item, over: Replaceable | undefined): boolean {
  if (over === undefined || over === 'any') {
    return over === 'any';
  }
  const value = found[over.attribute];
  if (typeof value !== 'number') {
    return false;
  }
  return 'below' in over ? value < over.below : value === over.is;
}

/** Whether a put is written only over an item that is there. */
export function needsItem(over: Replaceable | undefined): boolean {
  return typeof over === 'object' && 'is' in over;
}

/** The number that the attribute is compared with. */
export function limitOf(over: Exclude<Replaceable, 'any'>): number {
  return 'below' in over ? over.below : over.is;
}
