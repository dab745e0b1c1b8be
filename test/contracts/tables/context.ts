import { randomUUID } from 'node:crypto';
import { type Item, type ItemKey, itemSizeBytes } from '../../../lib/events/item.ts';
import type { Table } from '../../../lib/tables/definitions.ts';
import type { Consistency, QueryOptions, QueryPage, QueryRange, Tables } from '../../../lib/tables/tables.ts';

/** What the parts of the contract run on. A function, because tables are made when the tests begin. */
export interface Context {
  readonly tables: () => Tables;
}

/** A partition that no other test uses. */
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

/** All pages of a query, one after another. */
export async function pagesOf(
  tables: Tables,
  range: QueryRange,
  options: Omit<QueryOptions, 'consistency' | 'after'> & { readonly consistency?: Consistency },
): Promise<QueryPage[]> {
  const pages: QueryPage[] = [];
  let after: { readonly after?: string } = {};
  do {
    const page = await tables.query('events', range, { consistency: 'strong', ...options, ...after });
    pages.push(page);
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined && pages.length < 100);
  return pages;
}

/** The sort keys of items, in their order. */
export function sortKeys(items: readonly Item[]): string[] {
  return items.map(({ SK }) => SK);
}

/** Items by sort key, as results in no order are compared. */
export function bySortKey(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => (one.SK < other.SK ? -1 : 1));
}

/** Bytes as plain Uint8Arrays: whether they come as a Buffer makes no difference. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return new Uint8Array(value);
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
    : value;
}
