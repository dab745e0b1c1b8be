/** Bugs that tables can play: what a process sees and does is what it would with the bug. */
import type { Item } from '../../lib/events/item.ts';
import { decodeEntry, EMPTY_LOG, encodeEntry, entryAfter } from '../../lib/log/log-entry.ts';
import { decodeMark, isMarkKey, markForward, markKey, marksOf } from '../../lib/log/sequenced-mark.ts';
import type { ConditionalPut, PutOutcome, Tables, TransactionOutcome } from '../../lib/tables/tables.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { STREAMS } from './parameters.ts';
import type { Double, Plant } from './plant.ts';

const WRITTEN: PutOutcome = { outcome: 'written' };

/** Marks that are read, or written, with an older knowledge of the log are wrong: so the tail's marks come first. */
export const tailNotMarked: Double = (tables) => {
  let isTailPhase = false;
  return withCalls(tables, {
    query: (table, range, options) => {
      isTailPhase ||= table === 'log';
      return tables.query(table, range, options);
    },
    put: async (put) => {
      if (put.table === 'log') {
        isTailPhase = false;
      }
      return isTailPhase && isMark(put) ? WRITTEN : tables.put(put);
    },
  });
};

export const entryNotMarked: Double = (tables) => {
  let hasWritten = false;
  return withCalls(tables, {
    query: (table, range, options) => {
      hasWritten = false;
      return tables.query(table, range, options);
    },
    put: async (put) => {
      if (isMark(put)) {
        return hasWritten ? WRITTEN : tables.put(put);
      }
      const result = await tables.put(put);
      hasWritten = put.table === 'log' && result.outcome === 'written';
      return result;
    },
  });
};

export const marksReadEventually: Double = (tables) =>
  withCalls(tables, { batchGet: (table, keys) => tables.batchGet(table, keys, 'eventual') });

/** Where the tail is read, the marks are those that were there before. */
export const marksReadBeforeTail: Double = (tables, memory) => {
  let before: readonly Item[] | undefined;
  return withCalls(tables, {
    query: async (table, range, options) => {
      if (table === 'log') {
        before = (await memory.batchGet('state', STREAMS.map(markKey), 'strong')).items;
      }
      return tables.query(table, range, options);
    },
    batchGet: async (table, keys, consistency) => {
      const page = await tables.batchGet(table, keys, consistency);
      const isRead = (item: Item) => keys.some(({ PK }) => PK === item.PK);
      return consistency === 'strong' && before !== undefined ? { ...page, items: before.filter(isRead) } : page;
    },
    put: (put) => {
      before = put.table === 'log' ? undefined : before;
      return tables.put(put);
    },
  });
};

/** Who has lost takes the winner's entry for marked. */
export const winnerNotMarked: Double = (tables) => {
  let hasLost = false;
  return withCalls(tables, {
    put: async (put) => {
      if (isMark(put) && hasLost) {
        return WRITTEN;
      }
      const result = await tables.put(put);
      if (put.table === 'log') {
        hasLost = result.outcome === 'occupied';
      }
      return result;
    },
    query: (table, range, options) => {
      hasLost = hasLost && table !== 'log';
      return tables.query(table, range, options);
    },
  });
};

/** Keys that were left unprocessed are taken for items that are not there. */
export const unprocessedNotRead: Double = (tables) =>
  withCalls(tables, {
    batchGet: async (...parameters) => ({ ...(await tables.batchGet(...parameters)), unprocessed: [] }),
  });

export const marksBeforeEntry: Double = (tables) =>
  withCalls(tables, {
    put: async (put) => {
      for (const mark of put.table === 'log' ? marksOf(decodeEntry(put.item)).values() : []) {
        await tables.put(markForward(mark));
      }
      return tables.put(put);
    },
  });

export const loserThinksItWon: Double = (tables) =>
  withCalls(tables, {
    put: async (put) => {
      const result = await tables.put(put);
      return put.table === 'log' && result.outcome === 'occupied' ? WRITTEN : result;
    },
  });

/** Needs tables that let it: see `isAppendOnlyOff` in the test. */
export const entryOverwritten: Double = (tables) =>
  withCalls(tables, {
    put: (put) => tables.put(put.table === 'log' ? { ...put, over: 'any' } : put),
  });

/** As after a condition on the version was forgotten. */
export const markMovedBack: Double = (tables, memory) =>
  withCalls(tables, {
    put: async (put) => {
      const there = isMark(put) ? await memory.get('state', put.item, 'strong') : undefined;
      const over = there === undefined ? undefined : { attribute: 'version', is: decodeMark(there).version };
      return tables.put(over === undefined ? put : { ...put, over });
    },
  });

/** The last entry is taken for one commit shorter, so the next one begins inside of it. */
export const positionsReused: Double = (tables) =>
  withCalls(tables, {
    query: async (table, range, options) => {
      const page = await tables.query(table, range, options);
      return table === 'log' ? { ...page, items: page.items.map(shortened) } : page;
    },
  });

export const chainedToNothing: Double = (tables) =>
  withCalls(tables, {
    put: (put) => tables.put(put.table === 'log' ? { ...put, item: unchained(put.item) } : put),
  });

/** What the writer finds in its place is never its own. */
export const ownCommitNotKnown: Double = (tables) =>
  withCalls(tables, {
    put: async (put) => stranger(await tables.put(put)),
    transact: async (puts) => {
      const result = await tables.transact(puts);
      return result.outcome === 'written' ? result : { ...result, puts: result.puts.map(stranger) };
    },
  });

/** Keys are not written with their commits but before them. */
export const keyNotWithCommit: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      const commits = puts.filter(({ table }) => table === 'events');
      const written = commits.length > 1 ? await tables.transact(commits) : await first(tables, commits);
      if (written.outcome !== 'written') {
        return written;
      }
      for (const put of puts.filter(({ table }) => table !== 'events')) {
        await tables.put(put);
      }
      return written;
    },
  });

export const groupNotAtOnce: Double = (tables) =>
  withCalls(tables, {
    transact: async (puts) => {
      for (const put of puts) {
        const result = await tables.put(put);
        if (result.outcome !== 'written') {
          return { outcome: 'cancelled', puts: puts.map((other) => (other === put ? result : WRITTEN)) };
        }
      }
      return WRITTEN;
    },
  });

export const commitOverwritten: Double = (tables) =>
  withCalls(tables, {
    put: (put) => tables.put(put.table === 'events' ? { ...put, over: 'any' } : put),
  });

/** A stale answer is taken for the truth. */
export const writersNeverStrong: Double = (tables) =>
  withCalls(tables, {
    query: (table, range, options) => tables.query(table, range, { ...options, consistency: 'eventual' }),
  });

export const keysReadEventually: Double = (tables) =>
  withCalls(tables, { get: (table, key) => tables.get(table, key, 'eventual') });

/** What is not visible yet is not read again. */
export const readersNeverStrong: Double = (tables) =>
  withCalls(tables, {
    query: (table, range, options) => tables.query(table, range, { ...options, consistency: 'eventual' }),
    batchGet: (table, keys) => tables.batchGet(table, keys, 'eventual'),
  });

/** Sound: an older tail, or older marks of it, only cost a write. */
export const everyTailStale: Plant = {
  sequencer: (tables) =>
    withCalls(tables, {
      query: async (table, range, options) => {
        const page = await tables.query(table, range, options);
        return table === 'log' && options.consistency === 'eventual' ? { items: [] } : page;
      },
      batchGet: async (table, keys, consistency) => {
        const page = await tables.batchGet(table, keys, consistency);
        return consistency === 'eventual' ? { ...page, items: [] } : page;
      },
    }),
};

/** Sound: a head that is read eventually is proven or read again. */
export const everyHeadStale: Plant = {
  writer: (tables) =>
    withCalls(tables, {
      query: async (table, range, options) => {
        const page = await tables.query(table, range, options);
        return options.consistency === 'eventual' ? { items: [] } : page;
      },
    }),
};

function isMark({ table, item }: ConditionalPut): boolean {
  return table === 'state' && isMarkKey(item);
}

function shortened(item: Item): Item {
  const entry = decodeEntry(item);
  const commits = entry.commits.slice(0, -1);
  const count = commits.reduce((sum, commit) => sum + commit.count, 0);
  return commits.length === 0 ? item : encodeEntry({ ...entry, commits, count });
}

function unchained(item: Item): Item {
  const { position, commits } = decodeEntry(item);
  return encodeEntry(entryAfter({ ...EMPTY_LOG, position: position - 1 }, commits));
}

function stranger(result: PutOutcome): PutOutcome {
  return result.outcome === 'occupied' && typeof result.found['commitId'] === 'string'
    ? { outcome: 'occupied', found: { ...result.found, commitId: 'of another' } }
    : result;
}

async function first(tables: Tables, [put]: readonly ConditionalPut[]): Promise<TransactionOutcome> {
  if (put === undefined) {
    throw new RangeError('A transaction without a commit');
  }
  const result = await tables.put(put);
  return result.outcome === 'written' ? result : { outcome: 'cancelled', puts: [result] };
}
