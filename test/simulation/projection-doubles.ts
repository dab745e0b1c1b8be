/** Bugs of projections that tables can play. */
import type { Item } from '../../lib/events/item.ts';
import type { ConditionalPut } from '../../lib/tables/tables.ts';
import { withCalls } from '../support/faulty-tables.ts';
import type { Double } from './plant.ts';

export const checkpointAfterDocuments: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      const [checkpoint, ...documents] = puts;
      if (checkpoint === undefined || !isBatch(puts)) {
        return tables.transact(puts);
      }
      await tables.transact(documents);
      const result = await tables.put(checkpoint);
      return result.outcome === 'written' ? result : { outcome: 'cancelled', puts: [result] };
    },
  });

export const conditionLeftOut: Double = (tables) =>
  withCalls(tables, {
    transact: (puts) => tables.transact(isBatch(puts) ? puts.map((put) => ({ ...put, over: 'any' })) : puts),
  });

export const loserThinksItWon: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      const result = await tables.transact(puts);
      return isBatch(puts) ? { outcome: 'written' } : result;
    },
  });

export const documentsReadEventually: Double = (tables) =>
  withCalls(tables, { batchGet: (table, keys) => tables.batchGet(table, keys, 'eventual') });

export const unprocessedNotRead: Double = (tables) =>
  withCalls(tables, {
    batchGet: async (table, keys, consistency) => {
      const page = await tables.batchGet(table, keys, consistency);
      return table === 'readModels' ? { ...page, unprocessed: [] } : page;
    },
  });

export const retiredNotTold: Double = (tables) =>
  withCalls(tables, { transact: (puts) => tables.transact(puts.filter(({ item }) => item['isRetired'] !== true)) });

/** Single documents are read by who redrives only. */
export const parkedBackward: Double = (tables) =>
  withCalls(tables, {
    get: async (table, key, consistency) => {
      const item = await tables.get(table, key, consistency);
      const parked: unknown = item?.['parked'];
      const isParked = table === 'readModels' && item !== undefined && Array.isArray(parked);
      return isParked ? { ...item, parked: parked.toReversed() } : item;
    },
  });

export const parkedNotListed: Double = (tables) =>
  withCalls(tables, {
    transact: (puts) => tables.transact(puts.filter(({ item }) => !item.PK.startsWith('PARKED#'))),
  });

export const nothingRemoved: Double = (tables) =>
  withCalls(tables, {
    remove: (table, keys) =>
      table === 'readModels' ? Promise.resolve({ unprocessed: [] }) : tables.remove(table, keys),
  });

/** Where no document is found, what was live before is taken for live. */
export const switchNotSeen: Double = (tables) => {
  let before: Item | undefined;
  let hasReadDocument = false;
  return withCalls(tables, {
    get: async (table, key, consistency) => {
      if (key.PK === 'PROJECTIONS' && hasReadDocument) {
        hasReadDocument = false;
        return before;
      }
      const item = await tables.get(table, key, consistency);
      before = key.PK === 'PROJECTIONS' ? item : before;
      hasReadDocument = table === 'readModels' && item === undefined;
      return item;
    },
  });
};

function isBatch(puts: readonly ConditionalPut[]): boolean {
  return puts.some(({ table }) => table === 'readModels');
}
