/** That the contract suites notice tables that are broken, and say which promise is not kept and what differs. */
import { describe, expect, test, vi } from 'vitest';
import { memoryTables, type Tables } from '../../lib/index.ts';
import { type ContractCase, logContract, storeContract, tablesContract } from '../../lib/testing/index.ts';
import { withCalls } from '../support/faulty-tables.ts';

// Each runs a whole contract, and takes a while where other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

/** What the cases that fail say. */
async function failures(cases: readonly ContractCase[]): Promise<string[]> {
  const messages: string[] = [];
  for (const { name, run } of cases) {
    await run().catch((error: Error) => {
      expect(error.message.startsWith(`${name}: `), error.message).toBe(true);
      messages.push(error.message);
    });
  }
  return messages;
}

/** Tables in memory, some calls of which are broken. */
function broken(callsOf: (tables: Tables) => Partial<Tables>): () => Tables {
  return () => {
    const tables = memoryTables();
    return withCalls(tables, callsOf(tables));
  };
}

const putsOverAnything = broken((tables) => ({
  put: async ({ table, item }) => {
    const isKept = table === 'events' || table === 'log';
    return tables.put(isKept ? { table, item } : { table, item, over: 'any' });
  },
}));

const stopsAtTheFirstPage = broken((tables) => ({
  query: async (...parameters) => ({ items: (await tables.query(...parameters)).items }),
}));

const BROKEN: [string, () => Tables, RegExp][] = [
  [
    'a put that replaces whatever is there',
    putsOverAnything,
    /^put over an item: the same number: .*\n\+ actual - expected\n.*outcome: 'written'.*outcome: 'occupied'/s,
  ],
  [
    'a query that stops at the first page',
    stopsAtTheFirstPage,
    /^query: a range begins and ends with its bounds[^:]*: all pages of \{"range":\{\},"direction":"forward","limit":1\}: .*'d'/s,
  ],
  [
    'a query without its upper bound',
    broken((tables) => ({
      query: (table, { partition, from }, options) =>
        tables.query(table, { partition, ...(from === undefined ? {} : { from }) }, options),
    })),
    /^query: a range begins and ends with its bounds[^:]*: the first page of \{"range":\{"through":"a"\}/,
  ],
  [
    'a query that never ends',
    broken((tables) => ({
      query: async (table, range, { after: _, ...options }) => ({
        resumeAfter: 'a',
        ...(await tables.query(table, range, options)),
      }),
    })),
    /^query: a range begins and ends with its bounds/,
  ],
  [
    'a transaction whose puts are made one after the other',
    broken((tables) => ({
      transact: async (puts) => {
        const outcomes = await Promise.all(puts.map((put) => tables.put(put)));
        const isWritten = outcomes.every(({ outcome }) => outcome === 'written');
        return isWritten ? { outcome: 'written' } : { outcome: 'cancelled', puts: outcomes };
      },
    })),
    /^transact: where one key is taken none is written[^:]*: which items are there: .*\n- {3}false,/s,
  ],
  [
    'strong reads that see what was there a write ago',
    () => {
      const tables = memoryTables({ lag: () => 1 });
      return withCalls(tables, { get: (table, key) => tables.get(table, key, 'eventual') });
    },
    /^put: an item that was put is what a strong read gets, at once: .*\+ undefined/s,
  ],
  [
    'items that are kept as they were given',
    () => {
      const tables = memoryTables();
      const given = new Map<string, Parameters<Tables['put']>[0]['item']>();
      return withCalls(tables, {
        put: (put) => {
          given.set(put.item.PK, put.item);
          return tables.put(put);
        },
        get: async (table, key, consistency) => {
          const item = await tables.get(table, key, consistency);
          return item && item.SK === given.get(key.PK)?.SK ? given.get(key.PK) : item;
        },
      });
    },
    /^put: an item keeps what it was when it was put: /,
  ],
  [
    'a batch of keys of which only the first is removed',
    broken((tables) => ({ remove: (table, keys) => tables.remove(table, keys.slice(0, 1)) })),
    /^remove: what is removed is gone/,
  ],
  [
    'events that can be removed',
    broken((tables) => ({
      remove: async (table, keys) =>
        table === 'events' || table === 'log' ? { unprocessed: [] } : tables.remove(table, keys),
    })),
    /^remove: nothing is removed from events: Missing expected rejection/,
  ],
];

describe('the contract of tables', () => {
  test('is kept by tables in memory', async () => {
    expect(await failures(tablesContract(() => memoryTables()))).toEqual([]);
  });

  test.each(BROKEN)('is not kept by %s', async (_, makeTables, message) => {
    expect((await failures(tablesContract(makeTables))).filter((one) => message.test(one))).not.toEqual([]);
  });

  test('says of large items what they are, not all that is in them', async () => {
    const forgetful = broken((tables) => ({
      query: async (...parameters) => {
        const page = await tables.query(...parameters);
        return { ...page, items: page.items.map((item) => ({ ...item, ...(item['pad'] ? { pad: 'x' } : {}) })) };
      },
    }));
    const messages = await failures(tablesContract(forgetful));
    expect(messages).not.toEqual([]);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(5_000);
    expect(messages.join()).toMatch(/x{20}… \(\d+ characters, SHA-256 [0-9a-f]{64}\)/);
  });
});

test('the contract of the store is not kept on tables whose queries stop at the first page', async () => {
  const [message, ...others] = await failures(storeContract(stopsAtTheFirstPage));
  expect(others).toEqual([]);
  expect(message).toMatch(/^read: never stops at 1 MB or at 100 items: /);
});

test('the contract of the log is not kept on tables that do not let a mark move', async () => {
  const stuck = broken((tables) => ({
    put: async (put) => (put.over === undefined ? tables.put(put) : { outcome: 'written' }),
  }));
  expect((await failures(logContract(stuck))).filter((one) => /the mark of Order-/.test(one))).not.toEqual([]);
});

describe('tables that cannot be made', () => {
  test('fail each case with the reason, and are made again for the next', async () => {
    let made = 0;
    const cases = storeContract(() => {
      made += 1;
      if (made === 1) {
        throw new Error('there is no Docker');
      }
      return memoryTables();
    });
    const [first, second] = cases;
    await expect(first?.run()).rejects.toThrow('there is no Docker');
    await second?.run();
    expect(made).toBe(2);
  });
});

test('each case has a name of its own', () => {
  for (const contract of [tablesContract, storeContract, logContract]) {
    const names = contract(() => memoryTables()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});
