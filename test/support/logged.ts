import type { Item, ItemKey } from '../../lib/events/item.ts';
import {
  createEventStore,
  createSequencer,
  type LogFilter,
  type LoggedEvent,
  memoryTables,
  type RecordedEvent,
  type Tables,
} from '../../lib/index.ts';
import {
  type CommitReference,
  EMPTY_LOG,
  encodeEntry,
  endAfter,
  entryAfter,
  placedCommits,
} from '../../lib/log/log-entry.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { scanAll } from '../../lib/tables/read-all.ts';
import type { Consistency, QueryOptions, QueryRange } from '../../lib/tables/tables.ts';
import { withCalls } from './faulty-tables.ts';
import { allCommits, soundLog } from './stored-log.ts';

/** Puts all commits into the log that are not in it. */
export async function sequenceAll(tables: Tables): Promise<void> {
  await createSequencer({ tables, delay: async () => {}, random: () => 0 }).sequence(await allCommits(tables));
}

/** All events of the log, told in another way: the streams as they are read by themselves, in the order of the entries. */
export async function toldLog(tables: Tables): Promise<LoggedEvent[]> {
  const store = createEventStore({ tables });
  const streams = new Map<string, readonly RecordedEvent[]>();
  const told: LoggedEvent[] = [];
  for (const { streamId, version, count, position } of (await soundLog(tables)).flatMap(placedCommits)) {
    const events = streams.get(streamId) ?? (await store.read(streamId)).events;
    streams.set(streamId, events);
    const commit = events.slice(version - 1, version - 1 + count);
    told.push(...commit.map((event, index) => ({ ...event, position: position + index })));
  }
  return told;
}

/** What a filter means, told in another way. */
export function isWanted({ category, types }: LogFilter, { streamId, type }: LoggedEvent): boolean {
  const isOfCategory = category === undefined || streamId.split('-')[0] === category;
  return isOfCategory && (types === undefined || types.includes(type));
}

/** Puts entries of these references into the log, whether or not there are such commits. */
export async function putEntries(tables: Tables, entries: readonly (readonly CommitReference[])[]): Promise<void> {
  let end = EMPTY_LOG;
  for (const commits of entries) {
    const entry = entryAfter(end, commits);
    await tables.put({ table: 'log', item: encodeEntry(entry) });
    end = endAfter(entry);
  }
}

/** Tables in memory with what these have, but for what was deleted. */
export async function without(tables: Tables, isDeleted: (table: Table, item: Item) => boolean): Promise<Tables> {
  const copy = memoryTables();
  for (const table of ['events', 'log', 'state'] as const) {
    for await (const { items } of scanAll(tables, table, { consistency: 'strong' })) {
      for (const item of items.filter((one) => !isDeleted(table, one))) {
        await copy.put({ table, item });
      }
    }
  }
  return copy;
}

/** Tables whose eventually consistent reads see what another has. */
export function withReplica(tables: Tables, replica: Tables): Tables {
  const of = (consistency: Consistency) => (consistency === 'strong' ? tables : replica);
  return withCalls(tables, {
    get: (table, key, consistency) => of(consistency).get(table, key, consistency),
    query: (table, range, options) => of(options.consistency).query(table, range, options),
    scan: (table, options) => of(options.consistency).scan(table, options),
    batchGet: (table, keys, consistency) => of(consistency).batchGet(table, keys, consistency),
  });
}

/** A read of several items: which it has returned. */
export interface MadeRead {
  readonly operation: 'query' | 'batchGet';
  readonly consistency: Consistency;
  readonly items: readonly ItemKey[];
}

/** Tables, and the reads that were made of them since the last look. */
export function watched(tables: Tables): { readonly tables: Tables; readonly reads: () => MadeRead[] } {
  let made: MadeRead[] = [];
  return {
    tables: withCalls(tables, {
      query: async (table: Table, range: QueryRange, options: QueryOptions) => {
        const page = await tables.query(table, range, options);
        made.push({ operation: 'query', consistency: options.consistency, items: page.items });
        return page;
      },
      batchGet: async (table, keys, consistency) => {
        const page = await tables.batchGet(table, keys, consistency);
        made.push({ operation: 'batchGet', consistency, items: page.items });
        return page;
      },
    }),
    reads: () => {
      const reads = made;
      made = [];
      return reads;
    },
  };
}
