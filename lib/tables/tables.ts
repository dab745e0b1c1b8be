import type { Item, ItemKey } from '../events/item.ts';
import type { Table } from './definitions.ts';

/**
 * How fresh a read must be. `strong` sees every write that was answered before it began and costs one read unit for each
 * started 4 KB; `eventual` may see any older state and costs half of it.
 */
export type Consistency = 'strong' | 'eventual';

/** Items of one partition in the order of their sort keys. Both bounds are inclusive. */
export interface QueryRange {
  /** The partition key. */
  readonly partition: string;
  /** Default: the first sort key. */
  readonly from?: string;
  /** Default: the last sort key. */
  readonly through?: string;
}

/** How a partition is read. */
export interface QueryOptions {
  readonly consistency: Consistency;
  readonly direction: 'forward' | 'backward';
  /** Items to read at most. Default: as many as 1 MB holds. */
  readonly limit?: number;
  /** Goes on after the item with this sort key. */
  readonly after?: string;
  /** Attributes to return besides the keys. It costs as much as all of them. Default: all. */
  readonly attributes?: readonly string[];
}

/**
 * One answer of a Query: at most 1 MB. Where there is a `resumeAfter`, more may follow, or nothing: DynamoDB does not always
 * look behind the item that ends a page. Where there is none, nothing follows.
 */
export interface QueryPage {
  readonly items: readonly Item[];
  readonly resumeAfter?: string;
}

/** How a whole table is read. */
export interface ScanOptions {
  readonly consistency: Consistency;
  /** Goes on after the item with this key. */
  readonly after?: ItemKey;
  /** Items to read at most. Default: as many as 1 MB holds. */
  readonly limit?: number;
  /** Attributes to return besides the keys. It costs as much as all of them. Default: all. */
  readonly attributes?: readonly string[];
}

/** One answer of a Scan, as `QueryPage`. */
export interface ScanPage {
  readonly items: readonly Item[];
  readonly resumeAfter?: ItemKey;
}

/** One answer of a BatchGetItem. `unprocessed` were not read: too much for one answer, or throttled. */
export interface BatchGetResult {
  readonly items: readonly Item[];
  readonly unprocessed: readonly ItemKey[];
}

/**
 * An item that is put only where no item has its key, or over one that `over` describes: a number in it is below another
 * (for what only moves forward), or is exactly another (compare and set).
 */
export interface ConditionalPut {
  readonly table: Table;
  readonly item: Item;
  /** Default: over none. Never on an append-only table. */
  readonly over?: Replaceable;
}

/**
 * `below`: where there is an item, the attribute is a number below another one. `is`: there is an item, and the attribute is that
 * number: what was removed meanwhile is not made again. `'any'`: whatever is there.
 */
export type Replaceable =
  | 'any'
  | { readonly attribute: string; readonly below: number }
  | { readonly attribute: string; readonly is: number };

/** One answer of a removal. `unprocessed` were not removed: throttled. */
export interface RemoveResult {
  readonly unprocessed: readonly ItemKey[];
}

/**
 * What became of a conditional put:
 * - `written`: the item is there;
 * - `occupied`: another item has the key and may not be replaced, and this is it. It may be our own, from a try whose answer
 *   was lost;
 * - `missing`: nothing is there, and only an item that is there was to be replaced;
 * - `contended`: a transaction on the same item is under way (or DynamoDB throttles the transaction); nothing was
 *   written, and the same call may succeed.
 */
export type PutOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'occupied'; readonly found: Item }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'contended' };

/**
 * What became of a transaction: all of its puts are written, or none is; then `puts` says for each, in their order, whether
 * it was the reason. `written` in it means "not a reason".
 */
export type TransactionOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'cancelled'; readonly puts: readonly PutOutcome[] };

/**
 * The few DynamoDB calls that Tidemark makes: the port that the DynamoDB tables and the tables in memory implement, held
 * together by one contract suite. Nothing in an append-only table is ever replaced or removed: events cannot be changed
 * through it.
 *
 * Every call may throw `Throttled` or `Unavailable`; after those, whether a write took effect is not known.
 */
export interface Tables {
  /** Reads one item by its key; undefined where it is not there. */
  get(table: Table, key: ItemKey, consistency: Consistency): Promise<Item | undefined>;

  /** Reads items of one partition, a page of at most 1 MB. */
  query(table: Table, range: QueryRange, options: QueryOptions): Promise<QueryPage>;

  /** Reads a whole table, page by page, in an order that only says where to go on. */
  scan(table: Table, options: ScanOptions): Promise<ScanPage>;

  /** Reads up to 100 items by key, in no order. Items that are not there are in neither list. */
  batchGet(table: Table, keys: readonly ItemKey[], consistency: Consistency): Promise<BatchGetResult>;

  /** Puts an item where its key is free, or over an item that it may replace. */
  put(put: ConditionalPut): Promise<PutOutcome>;

  /** Removes up to 25 items by key; those that are not there do no harm. Never from an append-only table. */
  remove(table: Table, keys: readonly ItemKey[]): Promise<RemoveResult>;

  /** Puts up to 100 items of at most 4 MB together, all or none. */
  transact(puts: readonly ConditionalPut[]): Promise<TransactionOutcome>;
}

/** A request that was made, and what it cost. */
export interface TableRequest {
  readonly operation: 'get' | 'query' | 'scan' | 'batchGet' | 'put' | 'remove' | 'transact';
  /** Read request units: one for each started 4 KB that is read consistently, half of it otherwise. */
  readonly readUnits: number;
  /** Write request units: one for each started KB, two in a transaction. */
  readonly writeUnits: number;
}

/** Is told of every request that reached DynamoDB, also of those that were refused: they are charged too. */
export type RequestObserver = (request: TableRequest) => void;
