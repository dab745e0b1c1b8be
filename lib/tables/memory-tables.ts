import { ITEM_SIZE_BYTES_MAX, type Item, type ItemKey, itemSizeBytes } from '../events/item.ts';
import {
  BATCH_GET_BYTES_MAX,
  BATCH_GET_ITEMS_MAX,
  PAGE_BYTES_MAX,
  REMOVE_ITEMS_MAX,
  TRANSACTION_BYTES_MAX,
  TRANSACTION_ITEMS_MAX,
} from './bounds.ts';
import { getUnits, pageUnits, putUnits, removeUnits, transactionUnits } from './capacity.ts';
import type { Table } from './definitions.ts';
import {
  emptyTables,
  isBefore,
  itemsAfter,
  itemsInRange,
  newestVersion,
  removeItem,
  type StoredItem,
  type StoredTables,
  storedItem,
  storeItem,
} from './memory-partitions.ts';
import { isReplaceable, needsItem, requireRemovable, requireReplaceable } from './replaceable.ts';
import type {
  BatchGetResult,
  ConditionalPut,
  Consistency,
  PutOutcome,
  QueryOptions,
  QueryPage,
  QueryRange,
  RemoveResult,
  RequestObserver,
  ScanOptions,
  ScanPage,
  Tables,
  TransactionOutcome,
} from './tables.ts';

/** What tables in memory do besides what DynamoDB most often does: of all that it may do. */
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
  const state: State = { options, tables: emptyTables(), writes: 0 };
  return {
    get: async (table, key, consistency) => get(state, table, key, consistency),
    query: async (table, range, queryOptions) => query(state, table, range, queryOptions),
    scan: async (table, scanOptions) => scan(state, table, scanOptions),
    batchGet: async (table, keys, consistency) => batchGet(state, table, keys, consistency),
    put: async (conditionalPut) => put(state, conditionalPut),
    remove: async (table, keys) => remove(state, table, keys),
    transact: async (puts) => transact(state, puts),
  };
}

interface State {
  readonly options: MemoryTablesOptions;
  readonly tables: StoredTables;
  writes: number;
}

function get(state: State, table: Table, key: ItemKey, consistency: Consistency): Item | undefined {
  const item = visibleItem(state, table, key, consistency);
  state.options.observer?.({ operation: 'get', readUnits: getUnits(item, consistency), writeUnits: 0 });
  return item;
}

function query(state: State, table: Table, range: QueryRange, options: QueryOptions): QueryPage {
  checkQuery(range, options);
  const { items, last } = readPage(state, itemsInRange(state.tables[table], range, options), options);
  const readUnits = pageUnits(items, options.consistency);
  state.options.observer?.({ operation: 'query', readUnits, writeUnits: 0 });
  return {
    items: items.map((item) => withAttributes(item, options.attributes)),
    ...(last === undefined ? {} : { resumeAfter: last.SK }),
  };
}

function scan(state: State, table: Table, options: ScanOptions): ScanPage {
  checkLimit(options);
  const { items, last } = readPage(state, itemsAfter(state.tables[table], options.after), options);
  const readUnits = pageUnits(items, options.consistency);
  state.options.observer?.({ operation: 'scan', readUnits, writeUnits: 0 });
  return {
    items: items.map((item) => withAttributes(item, options.attributes)),
    ...(last === undefined ? {} : { resumeAfter: { PK: last.PK, SK: last.SK } }),
  };
}

/** As many items as a page holds, and the last of them where it is what ended the page. */
function readPage(
  state: State,
  source: Iterable<StoredItem>,
  { consistency, limit }: Pick<ScanOptions, 'consistency' | 'limit'>,
): { readonly items: readonly Item[]; readonly last?: Item } {
  const items: Item[] = [];
  let bytes = 0;
  for (const stored of source) {
    const item = visibleVersion(state, stored, consistency);
    if (item === undefined) {
      continue;
    }
    items.push(item);
    bytes += itemSizeBytes(item);
    // As DynamoDB: the item that reaches the limit ends the page, and whether another follows is not looked at.
    if (items.length === limit || bytes >= PAGE_BYTES_MAX) {
      return { items, last: item };
    }
  }
  return { items };
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
  requireReplaceable([conditionalPut]);
  const there = itemThere(state, conditionalPut);
  const result = outcomeOf(conditionalPut, there);
  state.options.observer?.({ operation: 'put', readUnits: 0, writeUnits: putUnits(conditionalPut, there) });
  if (result.outcome === 'written') {
    write(state, [conditionalPut]);
  }
  return result;
}

function remove(state: State, table: Table, keys: readonly ItemKey[]): RemoveResult {
  requireRemovable(table);
  requireAtMost('keys in a batch', keys.length, REMOVE_ITEMS_MAX);
  requireDistinct('keys in a batch', keys);
  const processed = keys.length - (state.options.unprocessed?.(keys.length) ?? 0);
  const removed = keys.slice(0, processed);
  const there = removed.map((key) => storedItem(state.tables[table], key)?.item);
  const writeUnits = there.reduce((units, item) => units + removeUnits(item), 0);
  state.options.observer?.({ operation: 'remove', readUnits: 0, writeUnits });
  state.writes += 1;
  for (const key of removed) {
    removeItem(state.tables[table], key, state.writes, state.options.lag !== undefined);
  }
  return { unprocessed: keys.slice(processed) };
}

function transact(state: State, puts: readonly ConditionalPut[]): TransactionOutcome {
  requireReplaceable(puts);
  requireAtMost('items in a transaction', puts.length, TRANSACTION_ITEMS_MAX);
  requireDistinct(
    'items in a transaction',
    puts.map(({ table, item }) => ({ PK: `${table} ${item.PK}`, SK: item.SK })),
  );
  const bytes = puts.reduce((size, { item }) => size + itemSizeBytes(item), 0);
  requireAtMost('bytes in a transaction', bytes, TRANSACTION_BYTES_MAX);
  const there = puts.map((one) => itemThere(state, one));
  const outcomes = puts.map((one, index) => outcomeOf(one, there[index]));
  state.options.observer?.({ operation: 'transact', readUnits: 0, writeUnits: transactionUnits(puts, there) });
  if (outcomes.some(({ outcome }) => outcome !== 'written')) {
    return { outcome: 'cancelled', puts: outcomes };
  }
  write(state, puts);
  return { outcome: 'written' };
}

/** The item that has the key of a put. */
function itemThere(state: State, { table, item }: ConditionalPut): Item | undefined {
  requireAtMost('bytes in an item', itemSizeBytes(item), ITEM_SIZE_BYTES_MAX);
  return storedItem(state.tables[table], item)?.item;
}

function outcomeOf({ over }: ConditionalPut, there: Item | undefined): PutOutcome {
  if (there === undefined) {
    return { outcome: needsItem(over) ? 'missing' : 'written' };
  }
  return isReplaceable(there, over) ? { outcome: 'written' } : { outcome: 'occupied', found: there };
}

/** Items of one transaction become visible in one write. */
function write(state: State, puts: readonly ConditionalPut[]): void {
  state.writes += 1;
  // Only a read that lags sees older versions. Without one, a mark that moves for days would pile them up.
  const keepsOlder = state.options.lag !== undefined;
  for (const { table, item } of puts) {
    storeItem(state.tables[table], item, state.writes, keepsOlder);
  }
}

function visibleItem(state: State, table: Table, key: ItemKey, consistency: Consistency): Item | undefined {
  const stored = newestVersion(state.tables[table], key);
  return stored === undefined ? undefined : visibleVersion(state, stored, consistency);
}

/** The newest version that was written long enough before. */
function visibleVersion(state: State, newest: StoredItem, consistency: Consistency): Item | undefined {
  const lag = consistency === 'strong' ? 0 : (state.options.lag?.(state.writes) ?? 0);
  let version: StoredItem | undefined = newest;
  while (version !== undefined && version.write > state.writes - lag) {
    version = version.older;
  }
  return version?.isRemoved === false ? version.item : undefined;
}

function withAttributes(item: Item, attributes: readonly string[] | undefined): Item {
  if (attributes === undefined) {
    return item;
  }
  const wanted = Object.entries(item).filter(([name]) => attributes.includes(name));
  return { PK: item.PK, SK: item.SK, ...Object.fromEntries(wanted) };
}

function checkQuery({ from, through }: QueryRange, options: QueryOptions): void {
  const { after } = options;
  checkLimit(options);
  requireThat(!isAfter(from, through), 'the range ends before it begins');
  requireThat(!isAfter(from, after) && !isAfter(after, through), 'the key to go on after is outside of the range');
}

function checkLimit({ limit }: Pick<ScanOptions, 'limit'>): void {
  requireThat(limit === undefined || limit >= 1, 'a limit is at least 1');
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
