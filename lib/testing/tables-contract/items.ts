import { randomUUID } from 'node:crypto';
import { type Item, type ItemKey, itemSizeBytes } from '../../events/item.ts';
import type { Table } from '../../tables/definitions.ts';
import type { Tables } from '../../tables/tables.ts';

/** A partition that no other case uses. */
export function newPartition(): string {
  return `TEST#${randomUUID()}`;
}

/** An item of so many bytes by DynamoDB's rules. */
export function itemOfSize(key: ItemKey, bytes: number): Item {
  const rest = bytes - itemSizeBytes({ ...key, pad: '' });
  return { ...key, pad: 'x'.repeat(rest) };
}

export async function putAll(tables: Tables, items: readonly Item[], table: Table = 'events'): Promise<void> {
  for (const item of items) {
    await tables.put({ table, item });
  }
}

export function getStrong(tables: Tables, { PK, SK }: ItemKey, table: Table = 'events'): Promise<Item | undefined> {
  return tables.get(table, { PK, SK }, 'strong');
}

/** The items of a partition that one query finds. */
export async function itemsIn(tables: Tables, partition: string, table: Table = 'events'): Promise<readonly Item[]> {
  return (await tables.query(table, { partition }, { consistency: 'strong', direction: 'forward' })).items;
}

/** The sort keys of items, in their order. */
export function sortKeys(items: readonly Item[]): string[] {
  return items.map(({ SK }) => SK);
}

/** Items by sort key, as results in no order are compared. */
export function bySortKey(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => (one.SK < other.SK ? -1 : 1));
}
