/** How tables in memory keep their items: partitions that are sorted, and of each item the versions that it has had. */
import { type Item, type ItemKey, type ItemMap, type ItemValue, isList } from '../events/item.ts';
import type { Table } from './definitions.ts';
import type { QueryOptions, QueryRange } from './tables.ts';

export interface StoredItem {
  readonly item: Item;
  /** The number of the write that put it. */
  readonly write: number;
  /** What it replaced. */
  readonly older: StoredItem | undefined;
  /** The write has removed it; reads that lag may still see what it was. */
  readonly isRemoved: boolean;
}

interface Partition {
  /** Its place among the partitions of its table. */
  readonly position: number;
  /** In the order of their sort keys. */
  readonly items: StoredItem[];
}

interface StoredTable {
  readonly byKey: Map<string, Partition>;
  /** In the order in which they were begun, so that a scan meets a partition once, and also one that began after it. */
  readonly inOrder: Partition[];
}

export type StoredTables = { readonly [table in Table]: StoredTable };

export function emptyTables(): StoredTables {
  const empty = (): StoredTable => ({ byKey: new Map(), inOrder: [] });
  return { events: empty(), log: empty(), state: empty(), readModels: empty() };
}

/** The newest version of an item; undefined where it is not there. */
export function storedItem(table: StoredTable, key: ItemKey): StoredItem | undefined {
  const stored = newestVersion(table, key);
  return stored?.isRemoved === false ? stored : undefined;
}

/** The newest version of an item, also where that says that it was removed. */
export function newestVersion({ byKey }: StoredTable, { PK, SK }: ItemKey): StoredItem | undefined {
  const items = byKey.get(PK)?.items ?? [];
  const stored = items[firstFrom(items, SK)];
  return stored?.item.SK === SK ? stored : undefined;
}

/** Adds an item, or puts it over the one with its key. A copy is kept: the caller's object may change later. */
export function storeItem(table: StoredTable, item: Item, write: number, keepsOlder: boolean): void {
  const { items } = table.byKey.get(item.PK) ?? newPartition(table, item.PK);
  const index = firstFrom(items, item.SK);
  const found = items[index];
  const isReplaced = found?.item.SK === item.SK;
  const older = isReplaced && keepsOlder ? found : undefined;
  items.splice(index, isReplaced ? 1 : 0, { item: copyOf(item), write, older, isRemoved: false });
}

/** Removes an item where it is there. Its partition stays: a scan may go on behind it. */
export function removeItem({ byKey }: StoredTable, { PK, SK }: ItemKey, write: number, keepsOlder: boolean): void {
  const items = byKey.get(PK)?.items ?? [];
  const index = firstFrom(items, SK);
  const found = items[index];
  if (found?.item.SK === SK) {
    const removed = { item: found.item, write, older: found, isRemoved: true };
    items.splice(index, 1, ...(keepsOlder ? [removed] : []));
  }
}

function newPartition({ byKey, inOrder }: StoredTable, partitionKey: string): Partition {
  const partition: Partition = { position: inOrder.length, items: [] };
  byKey.set(partitionKey, partition);
  inOrder.push(partition);
  return partition;
}

/** The items of a range, in the direction asked for. */
export function* itemsInRange(table: StoredTable, range: QueryRange, options: QueryOptions): Generator<StoredItem> {
  const items = table.byKey.get(range.partition)?.items ?? [];
  const { direction, after } = options;
  const low = Math.max(lowIndex(items, range.from), direction === 'forward' ? indexAfter(items, after, 0) : 0);
  const high = indexAfter(items, range.through, items.length);
  const end = direction === 'backward' && after !== undefined ? Math.min(high, firstFrom(items, after)) : high;
  for (let index = low; index < end; index++) {
    const stored = items[direction === 'forward' ? index : low + end - 1 - index];
    if (stored !== undefined) {
      yield stored;
    }
  }
}

/** The items of all partitions, from behind a key on. */
export function* itemsAfter(table: StoredTable, after: ItemKey | undefined): Generator<StoredItem> {
  const begin = after === undefined ? 0 : positionOf(table, after.PK);
  for (let position = begin; position < table.inOrder.length; position++) {
    const items = table.inOrder[position]?.items ?? [];
    for (let index = position === begin ? indexAfter(items, after?.SK, 0) : 0; index < items.length; index++) {
      const stored = items[index];
      if (stored !== undefined) {
        yield stored;
      }
    }
  }
}

/** DynamoDB goes on after any key, for it orders partitions by a hash. Here no place is known of one that never was. */
function positionOf({ byKey }: StoredTable, partitionKey: string): number {
  const partition = byKey.get(partitionKey);
  if (partition === undefined) {
    throw new RangeError(`A scan cannot go on after the partition ${partitionKey}: these tables never had it`);
  }
  return partition.position;
}

/** Index of the first item whose sort key is not before `sortKey`: binary search, so that long streams stay fast. */
function firstFrom(items: readonly StoredItem[], sortKey: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle]?.item.SK ?? '', sortKey)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** DynamoDB orders strings by their UTF-8 bytes. `<` compares UTF-16, which differs where there are surrogates. */
export function isBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}

function lowIndex(items: readonly StoredItem[], from: string | undefined): number {
  return from === undefined ? 0 : firstFrom(items, from);
}

/** Index of the first item after a sort key. */
function indexAfter(items: readonly StoredItem[], sortKey: string | undefined, otherwise: number): number {
  if (sortKey === undefined) {
    return otherwise;
  }
  const index = firstFrom(items, sortKey);
  return items[index]?.item.SK === sortKey ? index + 1 : index;
}

/** `structuredClone` would keep the whole 64 KB pool that a small Buffer is a part of. */
function copyOf(item: Item): Item {
  return { ...copyOfMap(item), PK: item.PK, SK: item.SK };
}

function copyOfMap(map: ItemMap): ItemMap {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, copyOfValue(value)]));
}

function copyOfValue(value: ItemValue): ItemValue {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value);
  }
  return isList(value) ? value.map(copyOfValue) : copyOfMap(value);
}
