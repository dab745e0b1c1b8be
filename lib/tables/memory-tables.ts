import {
  ITEM_SIZE_BYTES_MAX,
  type Item,
  type ItemKey,
  type ItemMap,
  type ItemValue,
  isList,
  itemSizeBytes,
} from '../events/item.ts';
import {
  BATCH_GET_BYTES_MAX,
  BATCH_GET_ITEMS_MAX,
  QUERY_PAGE_BYTES_MAX,
  TRANSACTION_BYTES_MAX,
  TRANSACTION_ITEMS_MAX,
} from './bounds.ts';
import { getUnits, putUnits, queryUnits, transactionUnits } from './capacity.ts';
import type { Table } from './definitions.ts';
import type {
  BatchGetResult,
  ConditionalPut,
  Consistency,
  PutOutcome,
  QueryOptions,
  QueryPage,
  QueryRange,
  RequestObserver,
  Tables,
  TransactionOutcome,
} from './tables.ts';

export interface MemoryTablesOptions {
  /** Is told of every request and its units. */
  readonly observer?: RequestObserver;
  /**
   * How many writes an eventually consistent read of an item lags behind, of the `writes` there have been; asked for each
   * item that is read, because DynamoDB's replicas promise nothing across items. Default: none.
   */
  readonly lag?: (writes: number) => number;
  /** How many of the keys of a batch are left unprocessed besides those over 16 MB. Default: none. */
  readonly unprocessed?: (keys: number) => number;
}

/**
 * Tables in memory that behave as DynamoDB's do, for tests and for trying things out: conditions, transactions, pages of
 * 1 MB, limits and units, and on demand stale reads and unprocessed keys. Nothing outlives the process.
 */
export function memoryTables(options: MemoryTablesOptions = {}): Tables {
  const state: State = { options, partitions: new Map(), writes: 0 };
  return {
    get: async (table, key, consistency) => get(state, table, key, consistency),
    query: async (table, range, queryOptions) => query(state, table, range, queryOptions),
    batchGet: async (table, keys, consistency) => batchGet(state, table, keys, consistency),
    put: async (conditionalPut) => put(state, conditionalPut),
    transact: async (puts) => transact(state, puts),
  };
}

interface StoredItem {
  readonly item: Item;
  /** The number of the write that put it. */
  readonly write: number;
}

/** Items in the order of their sort keys. */
type Partition = StoredItem[];

interface State {
  readonly options: MemoryTablesOptions;
  readonly partitions: Map<string, Partition>;
  writes: number;
}

function get(state: State, table: Table, key: ItemKey, consistency: Consistency): Item | undefined {
  const item = visibleItem(state, table, key, consistency);
  state.options.observer?.({ operation: 'get', readUnits: getUnits(item, consistency), writeUnits: 0 });
  return item;
}

function query(state: State, table: Table, range: QueryRange, options: QueryOptions): QueryPage {
  checkQuery(range, options);
  const partition = partitionOf(state, table, range.partition);
  const page: Item[] = [];
  let bytes = 0;
  let resumeAfter: string | undefined;
  for (const stored of inDirection(partition, range, options)) {
    const { item } = stored;
    if (!isVisible(state, stored, options.consistency)) {
      continue;
    }
    page.push(item);
    bytes += itemSizeBytes(item);
    // As DynamoDB: the item that reaches the limit ends the page, and whether another follows is not looked at.
    if (page.length === options.limit || bytes >= QUERY_PAGE_BYTES_MAX) {
      resumeAfter = item.SK;
      break;
    }
  }
  const readUnits = queryUnits(page, options.consistency);
  state.options.observer?.({ operation: 'query', readUnits, writeUnits: 0 });
  return {
    items: page.map((item) => withAttributes(item, options.attributes)),
    ...(resumeAfter === undefined ? {} : { resumeAfter }),
  };
}

function batchGet(state: State, table: Table, keys: readonly ItemKey[], consistency: Consistency): BatchGetResult {
  requireAtMost('keys in a batch', keys.length, BATCH_GET_ITEMS_MAX);
  requireDistinct('keys in a batch', keys);
  const processed = keys.length - (state.options.unprocessed?.(keys.length) ?? 0);
  const items: Item[] = [];
  const unprocessed = keys.slice(processed);
  let bytes = 0;
  let units = 0;
  for (const key of keys.slice(0, processed)) {
    const item = visibleItem(state, table, key, consistency);
    bytes += item === undefined ? 0 : itemSizeBytes(item);
    if (bytes > BATCH_GET_BYTES_MAX) {
      unprocessed.push(key);
      continue;
    }
    units += getUnits(item, consistency);
    if (item !== undefined) {
      items.push(item);
    }
  }
  state.options.observer?.({ operation: 'batchGet', readUnits: units, writeUnits: 0 });
  return { items, unprocessed };
}

function put(state: State, conditionalPut: ConditionalPut): PutOutcome {
  const result = outcomeOf(state, conditionalPut);
  state.options.observer?.({ operation: 'put', readUnits: 0, writeUnits: putUnits(conditionalPut, result) });
  if (result.outcome === 'written') {
    write(state, [conditionalPut]);
  }
  return result;
}

function transact(state: State, puts: readonly ConditionalPut[]): TransactionOutcome {
  requireAtMost('items in a transaction', puts.length, TRANSACTION_ITEMS_MAX);
  requireDistinct(
    'items in a transaction',
    puts.map(({ table, item }) => ({ PK: `${table} ${item.PK}`, SK: item.SK })),
  );
  const bytes = puts.reduce((size, { item }) => size + itemSizeBytes(item), 0);
  requireAtMost('bytes in a transaction', bytes, TRANSACTION_BYTES_MAX);
  const outcomes = puts.map((one) => outcomeOf(state, one));
  state.options.observer?.({ operation: 'transact', readUnits: 0, writeUnits: transactionUnits(puts) });
  if (outcomes.some(({ outcome }) => outcome !== 'written')) {
    return { outcome: 'cancelled', puts: outcomes };
  }
  write(state, puts);
  return { outcome: 'written' };
}

function outcomeOf(state: State, { table, item }: ConditionalPut): PutOutcome {
  requireAtMost('bytes in an item', itemSizeBytes(item), ITEM_SIZE_BYTES_MAX);
  const found = storedItem(state, table, item);
  return found === undefined ? { outcome: 'written' } : { outcome: 'occupied', found: found.item };
}

/** Items of one transaction become visible in one write. Copies are kept: the caller's object may change later. */
function write(state: State, puts: readonly ConditionalPut[]): void {
  state.writes += 1;
  for (const { table, item } of puts) {
    const partition = partitionOf(state, table, item.PK);
    state.partitions.set(partitionName(table, item.PK), partition);
    partition.splice(firstFrom(partition, item.SK), 0, { item: copyOf(item), write: state.writes });
  }
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
  if (value instanceof Uint8Array) {
    return new Uint8Array(value);
  }
  return isList(value) ? value.map(copyOfValue) : copyOfMap(value);
}

function visibleItem(state: State, table: Table, key: ItemKey, consistency: Consistency): Item | undefined {
  const stored = storedItem(state, table, key);
  return stored !== undefined && isVisible(state, stored, consistency) ? stored.item : undefined;
}

function storedItem(state: State, table: Table, { PK, SK }: ItemKey): StoredItem | undefined {
  const partition = partitionOf(state, table, PK);
  const stored = partition[firstFrom(partition, SK)];
  return stored?.item.SK === SK ? stored : undefined;
}

function isVisible(state: State, stored: StoredItem, consistency: Consistency): boolean {
  const lag = consistency === 'strong' ? 0 : (state.options.lag?.(state.writes) ?? 0);
  return stored.write <= state.writes - lag;
}

function partitionOf(state: State, table: Table, partitionKey: string): Partition {
  return state.partitions.get(partitionName(table, partitionKey)) ?? [];
}

function partitionName(table: Table, partitionKey: string): string {
  return `${table} ${partitionKey}`;
}

/** Index of the first item whose sort key is not before `sortKey`: binary search, so that long streams stay fast. */
function firstFrom(partition: Partition, sortKey: string): number {
  let low = 0;
  let high = partition.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(partition[middle]?.item.SK ?? '', sortKey)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** DynamoDB orders strings by their UTF-8 bytes. `<` compares UTF-16, which differs where there are surrogates. */
function isBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}

/** The items of a range, in the direction asked for. */
function* inDirection(partition: Partition, range: QueryRange, options: QueryOptions): Generator<StoredItem> {
  const { direction, after } = options;
  const low = Math.max(lowIndex(partition, range.from), direction === 'forward' ? indexAfter(partition, after, 0) : 0);
  const high = indexAfter(partition, range.through, partition.length);
  const end = direction === 'backward' && after !== undefined ? Math.min(high, firstFrom(partition, after)) : high;
  for (let index = low; index < end; index++) {
    const stored = partition[direction === 'forward' ? index : low + end - 1 - index];
    if (stored !== undefined) {
      yield stored;
    }
  }
}

function lowIndex(partition: Partition, from: string | undefined): number {
  return from === undefined ? 0 : firstFrom(partition, from);
}

/** Index of the first item after a sort key. */
function indexAfter(partition: Partition, sortKey: string | undefined, otherwise: number): number {
  if (sortKey === undefined) {
    return otherwise;
  }
  const index = firstFrom(partition, sortKey);
  return partition[index]?.item.SK === sortKey ? index + 1 : index;
}

function withAttributes(item: Item, attributes: readonly string[] | undefined): Item {
  if (attributes === undefined) {
    return item;
  }
  const wanted = Object.entries(item).filter(([name]) => attributes.includes(name));
  return { PK: item.PK, SK: item.SK, ...Object.fromEntries(wanted) };
}

function checkQuery({ from, through }: QueryRange, { limit, after }: QueryOptions): void {
  requireThat(limit === undefined || limit >= 1, 'a limit is at least 1');
  requireThat(!isAfter(from, through), 'the range ends before it begins');
  requireThat(!isAfter(from, after) && !isAfter(after, through), 'the key to go on after is outside of the range');
}

function isAfter(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && isBefore(other, one);
}

function requireAtMost(what: string, actual: number, limit: number): void {
  requireThat(actual <= limit, `${actual} ${what}; DynamoDB allows ${limit}`);
}

function requireDistinct(what: string, keys: readonly ItemKey[]): void {
  requireThat(keys.length > 0, `no ${what}`);
  const distinct = new Set(keys.map(({ PK, SK }) => JSON.stringify([PK, SK])));
  requireThat(distinct.size === keys.length, `${what} are not distinct`);
}

function requireThat(isAllowed: boolean, otherwise: string): void {
  if (!isAllowed) {
    throw new RangeError(`ValidationException: ${otherwise}`);
  }
}
