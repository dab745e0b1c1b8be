import { Throttled } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { backoffMs } from './backoff.ts';
import {
  BATCH_GET_ITEMS_MAX,
  REMOVE_ITEMS_MAX,
  UNPROCESSED_ATTEMPTS_MAX,
  UNPROCESSED_MS_MAX,
  UNPROCESSED_MS_MIN,
} from './bounds.ts';
import type { Table } from './definitions.ts';
import { inParallel } from './in-parallel.ts';
import type { Consistency, QueryOptions, QueryPage, QueryRange, ScanOptions, ScanPage, Tables } from './tables.ts';

/** What reading by more than one request works with. Time and chance are parameters, so that a test can replay them. */
export interface ReadContext {
  readonly tables: Tables;
  /** Resolves after so many milliseconds; rejects, or resolves at once, when the signal aborts. */
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 (inclusive) to 1. */
  readonly random: () => number;
}

/** Batches that are read at the same time: 400 items, which are 64 MB at the most. */
const BATCHES_AT_ONCE = 4;

/** All items of a range, page by page. */
export async function* queryAll(
  tables: Tables,
  table: Table,
  range: QueryRange,
  options: Omit<QueryOptions, 'after'>,
): AsyncGenerator<Item, void, undefined> {
  let after: Pick<QueryOptions, 'after'> | undefined = {};
  while (after !== undefined) {
    const { items, resumeAfter } = await tables.query(table, range, { ...options, ...after });
    yield* items;
    after = resumeAfter === undefined ? undefined : { after: resumeAfter };
  }
}

/**
 * The first page of a range that has items. One without any is not the end of the range, as long as it says where to go on
 * ("Paginating table query results", Amazon DynamoDB developer guide).
 */
export async function firstItems(
  tables: Tables,
  table: Table,
  range: QueryRange,
  options: Omit<QueryOptions, 'after'>,
): Promise<QueryPage> {
  let page = await tables.query(table, range, options);
  while (page.items.length === 0 && page.resumeAfter !== undefined) {
    page = await tables.query(table, range, { ...options, after: page.resumeAfter });
  }
  return page;
}

/** All pages of a table. */
export async function* scanAll(
  tables: Tables,
  table: Table,
  options: ScanOptions,
): AsyncGenerator<ScanPage, void, undefined> {
  let after: Pick<ScanOptions, 'after'> | undefined = {};
  while (after !== undefined) {
    const page: ScanPage = await tables.scan(table, { ...options, ...after });
    yield page;
    after = page.resumeAfter === undefined ? undefined : { after: page.resumeAfter };
  }
}

/**
 * Any number of items by key, in no order; those that are not there are left out. One request for each started hundred, four
 * at a time, and more where DynamoDB leaves keys unprocessed.
 *
 * @throws {Throttled} keys stayed unprocessed
 */
export async function getAll(
  context: ReadContext,
  table: Table,
  keys: readonly ItemKey[],
  consistency: Consistency,
): Promise<Item[]> {
  const batches = batchesOf(keys, BATCH_GET_ITEMS_MAX);
  const items = await inParallel(batches, BATCHES_AT_ONCE, (batch) => getBatch(context, table, batch, consistency));
  return items.flat();
}

/**
 * Removes any number of items by key: one request for each started twenty-five, four at a time.
 *
 * @throws {Throttled} keys stayed unprocessed
 */
export async function removeAll(context: ReadContext, table: Table, keys: readonly ItemKey[]): Promise<void> {
  const batches = batchesOf(keys, REMOVE_ITEMS_MAX);
  await inParallel(batches, BATCHES_AT_ONCE, (batch) =>
    untilProcessed(context, batch, async (left) => (await context.tables.remove(table, left)).unprocessed),
  );
}

async function getBatch(
  context: ReadContext,
  table: Table,
  keys: readonly ItemKey[],
  consistency: Consistency,
): Promise<Item[]> {
  const items: Item[] = [];
  await untilProcessed(context, keys, async (left) => {
    const page = await context.tables.batchGet(table, left, consistency);
    items.push(...page.items);
    return page.unprocessed;
  });
  return items;
}

/** DynamoDB leaves keys unprocessed past 16 MB, which the next request gets on with, and where it throttles. */
async function untilProcessed(
  { delay, random }: ReadContext,
  keys: readonly ItemKey[],
  process: (keys: readonly ItemKey[]) => Promise<readonly ItemKey[]>,
): Promise<void> {
  let left = keys;
  let idle = 0;
  while (left.length > 0) {
    const unprocessed = await process(left);
    idle = unprocessed.length < left.length ? 0 : idle + 1;
    left = unprocessed;
    if (idle >= UNPROCESSED_ATTEMPTS_MAX) {
      throw new Throttled(new Error(`DynamoDB left ${left.length} keys of a batch unprocessed`));
    }
    if (idle > 0) {
      await delay(backoffMs(random, idle, UNPROCESSED_MS_MIN, UNPROCESSED_MS_MAX));
    }
  }
}

function batchesOf(keys: readonly ItemKey[], size: number): ItemKey[][] {
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, index) =>
    keys.slice(index * size, (index + 1) * size),
  );
}
