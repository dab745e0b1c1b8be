/** Bugs of commands, process managers and scans that tables can play. */
import type { Item } from '../../lib/events/item.ts';
import { SCAN_PLACE_KEY } from '../../lib/log/scan-place.ts';
import type { ConditionalPut, PutOutcome } from '../../lib/tables/tables.ts';
import { withCalls } from '../support/faulty-tables.ts';
import type { Double } from './plant.ts';

const WRITTEN: PutOutcome = { outcome: 'written' };

export const streamsReadEventually: Double = (tables) =>
  withCalls(tables, {
    query: (table, range, options) => tables.query(table, range, { ...options, consistency: 'eventual' }),
  });

export const keysReadEventually: Double = (tables) =>
  withCalls(tables, { get: (table, key) => tables.get(table, key, 'eventual') });

export const keyNotWritten: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      const [commit, ...others] = puts.filter((put) => !isKey(put));
      if (commit === undefined || others.length > 0) {
        return tables.transact(puts);
      }
      const result = await tables.put(commit);
      return result.outcome === 'written'
        ? result
        : { outcome: 'cancelled', puts: puts.map((_, index) => (index === 0 ? result : WRITTEN)) };
    },
  });

/** The key is there before its commit, which may never be. */
export const keyBeforeCommit: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      const key = puts.find(isKey);
      const written = key === undefined ? WRITTEN : await tables.put(key);
      const left = puts.filter((put) => put !== key);
      const result = written.outcome === 'written' ? await putAll(tables, left) : written;
      const isOfKey = written.outcome !== 'written';
      return result.outcome === 'written'
        ? result
        : { outcome: 'cancelled', puts: puts.map((put) => (isKey(put) === isOfKey ? result : WRITTEN)) };
    },
  });

async function putAll(tables: Parameters<Double>[0], [only]: readonly ConditionalPut[]): Promise<PutOutcome> {
  return only === undefined ? WRITTEN : tables.put(only);
}

/** That there was nothing to do is not written down. */
export const unchangedNotKept: Double = (tables) =>
  withCalls(tables, {
    put: async (put) => (isKey(put) && put.item['hasCommit'] === false ? WRITTEN : tables.put(put)),
  });

/** Whoever finds that a command was done before takes it for not done. */
export const keyNotLookedUp: Double = (tables) =>
  withCalls(tables, {
    get: (table, key, consistency) =>
      key.PK.startsWith('IDEMPOTENCY#') ? Promise.resolve(undefined) : tables.get(table, key, consistency),
  });

/** Needs tables that let it. */
export const commitsOverwritten: Double = (tables) =>
  withCalls(tables, {
    put: (put) => tables.put(put.table === 'events' ? { ...put, over: 'any' } : put),
    transact: (puts) => tables.transact(puts.map((put) => (put.table === 'events' ? { ...put, over: 'any' } : put))),
  });

/** What the command finds in its place is never its own. */
export const ownCommitNotKnown: Double = (tables) => {
  const stranger = (result: PutOutcome): PutOutcome =>
    result.outcome === 'occupied' && typeof result.found['commitId'] === 'string'
      ? { outcome: 'occupied', found: { ...result.found, commitId: 'of another' } }
      : result;
  return withCalls(tables, { put: async (put) => stranger(await tables.put(put)) });
};

/** A snapshot says that it is of a commit that it does not have yet. */
export const snapshotOfNext: Double = (tables) => {
  const older = new Map<string, Item>();
  return withCalls(tables, {
    put: (put) => {
      if (!put.item.PK.startsWith('SNAPSHOT#')) {
        return tables.put(put);
      }
      const before = older.get(put.item.PK) ?? put.item;
      older.set(put.item.PK, put.item);
      return tables.put({ ...put, item: { ...put.item, state: before['state'] ?? null } });
    },
  });
};

/** Sound: a snapshot is a cache. */
export const snapshotsNotFound: Double = (tables) =>
  withCalls(tables, {
    get: (table, key, consistency) =>
      key.PK.startsWith('SNAPSHOT#') ? Promise.resolve(undefined) : tables.get(table, key, consistency),
  });

/** Nobody knows what waits behind what. */
export const parkedNotSeen: Double = (tables) =>
  withCalls(tables, {
    query: async (table, range, options) =>
      range.partition.startsWith('PARKED#') ? { items: [] } : tables.query(table, range, options),
  });

export const scannedEventually: Double = (tables) =>
  withCalls(tables, { scan: (table, options) => tables.scan(table, { ...options, consistency: 'eventual' }) });

export const onePageOnly: Double = (tables) =>
  withCalls(tables, {
    scan: async (table, options) => ({ items: (await tables.scan(table, { ...options, limit: 2 })).items }),
  });

/** The end of a scan is not written down, so the next one goes on behind it. */
export const endNotKept: Double = (tables) => {
  let last: Item | undefined;
  return withCalls(tables, {
    put: (put) => {
      if (put.item.PK !== SCAN_PLACE_KEY.PK) {
        return tables.put(put);
      }
      const item =
        put.item['after'] === undefined && last !== undefined
          ? { ...last, ...put.item, after: last['after'] ?? null }
          : put.item;
      last = item;
      return tables.put({ ...put, item });
    },
  });
};

/** Pages of a scan begin one commit too late. */
export const pagesBeginLate: Double = (tables) =>
  withCalls(tables, {
    scan: async (table, options) => {
      const page = await tables.scan(table, options);
      return options.after === undefined || table !== 'events' ? page : { ...page, items: page.items.slice(1) };
    },
  });

/** All marks are taken to be where the newest one is. */
export const marksTooFar: Double = (tables) =>
  withCalls(tables, {
    batchGet: async (table, keys, consistency) => {
      const page = await tables.batchGet(table, keys, consistency);
      const items = page.items.map((item) => ({ ...item, version: Number(item['version']) + 1 }));
      return consistency === 'eventual' && table === 'state' ? { ...page, items } : page;
    },
  });

function isKey({ item }: ConditionalPut): boolean {
  return item.PK.startsWith('IDEMPOTENCY#');
}
