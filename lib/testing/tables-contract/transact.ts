import assert from 'node:assert/strict';
import type { Item } from '../../events/item.ts';
import type { Table } from '../../tables/definitions.ts';
import type { ConditionalPut, Tables, TransactionOutcome } from '../../tables/tables.ts';
import { CONTENDED_ATTEMPTS_MAX } from '../bounds.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { getStrong, itemOfSize, newPartition } from './items.ts';

const ALL_TABLES: readonly Table[] = ['events', 'log', 'state', 'readModels'];

function putsOf(items: readonly Item[], table: Table = 'events'): ConditionalPut[] {
  return items.map((item) => ({ table, item }));
}

function numbered(count: number, bytes?: number): Item[] {
  const PK = newPartition();
  return Array.from({ length: count }, (_, index) => {
    const key = { PK, SK: String(index) };
    return bytes === undefined ? { ...key, index } : itemOfSize(key, bytes);
  });
}

/** Whether the item of each put is there. */
async function areThere(tables: Tables, puts: readonly ConditionalPut[]): Promise<boolean[]> {
  const found: boolean[] = [];
  for (const { table, item } of puts) {
    found.push((await getStrong(tables, item, table)) !== undefined);
  }
  return found;
}

async function expectAllThere(tables: Tables, puts: readonly ConditionalPut[]): Promise<void> {
  assert(!(await areThere(tables, puts)).includes(false), 'an item of the transaction is missing');
}

async function expectNoneThere(tables: Tables, puts: readonly ConditionalPut[]): Promise<void> {
  assert(!(await areThere(tables, puts)).includes(true), 'an item of the transaction is there, and must not be');
}

const allOrNone: Cases<Tables> = {
  'all items are written, to all tables, under the same key in each': async (tables) => {
    const item: Item = { PK: newPartition(), SK: 'a', bytes: new Uint8Array([1]), list: [1, null] };
    expectEqual(await tables.transact(ALL_TABLES.map((table) => ({ table, item }))), { outcome: 'written' });
    for (const table of ALL_TABLES) {
      expectEqual(await getStrong(tables, item, table), item);
    }
  },

  'where one key is taken none is written, and each put says whether it was the reason': async (tables) => {
    const [first, second, third, fourth] = numbered(4);
    assert(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
    const inTheWay = { ...second, text: 'in the way', bytes: new Uint8Array([1]) };
    await tables.put({ table: 'events', item: inTheWay });
    await tables.put({ table: 'state', item: fourth });
    const puts = [...putsOf([first, second, third]), ...putsOf([third, fourth], 'state')];
    expectEqual(await tables.transact(puts), {
      outcome: 'cancelled',
      puts: [
        { outcome: 'written' },
        { outcome: 'occupied', found: inTheWay },
        { outcome: 'written' },
        { outcome: 'written' },
        { outcome: 'occupied', found: fourth },
      ],
    });
    expectEqual(await areThere(tables, puts), [false, true, false, false, true], 'which items are there');
    expectEqual(await getStrong(tables, second), inTheWay);
  },

  'the same transaction once more is refused by the items of the first': async (tables) => {
    const puts = putsOf(numbered(3));
    await tables.transact(puts);
    expectEqual(await tables.transact(puts), {
      outcome: 'cancelled',
      puts: puts.map(({ item }) => ({ outcome: 'occupied', found: item })),
    });
  },
};

const sizes: Cases<Tables> = {
  'of one item is as good as of many': async (tables) => {
    const puts = putsOf(numbered(1));
    expectEqual(await tables.transact(puts), { outcome: 'written' });
    await expectAllThere(tables, puts);
  },

  '100 items are written; 101 are refused, and none of them is written': async (tables) => {
    const most = putsOf(numbered(100));
    expectEqual(await tables.transact(most), { outcome: 'written' });
    await expectAllThere(tables, most);
    const tooMany = putsOf(numbered(101));
    await assert.rejects(tables.transact(tooMany));
    await expectNoneThere(tables, tooMany);
  },

  'almost 4 MB are written; more are refused, and nothing of them is written': async (tables) => {
    // DynamoDB Local counts the condition of each put too (24 bytes), so the very last bytes are left alone.
    const almost = putsOf(numbered(11, Math.floor((4 * 1024 * 1024) / 11) - 24));
    expectEqual(await tables.transact(almost), { outcome: 'written' });
    await expectAllThere(tables, almost);
    const more = putsOf(numbered(11, Math.ceil((4 * 1024 * 1024 + 1) / 11)));
    await assert.rejects(tables.transact(more));
    await expectNoneThere(tables, more);
  },

  'one item over 400 KB refuses all': async (tables) => {
    const puts = putsOf([...numbered(1), ...numbered(1, 409_601)]);
    await assert.rejects(tables.transact(puts));
    await expectNoneThere(tables, puts);
  },

  'of nothing is refused': async (tables) => {
    await assert.rejects(tables.transact([]));
  },

  'the same item twice is refused, and not written': async (tables) => {
    const [item] = numbered(1);
    assert(item !== undefined);
    // AWS refuses the request. DynamoDB Local evaluates the second condition after the first put, and cancels.
    const outcome = await tables.transact(putsOf([item, { ...item, other: true }])).then(
      (result) => result.outcome,
      (error: unknown) => (/ValidationException|RangeError/.test(String(error)) ? 'cancelled' : error),
    );
    expectEqual(outcome, 'cancelled');
    await expectNoneThere(tables, putsOf([item]));
  },
};

const races: Cases<Tables> = {
  'of transactions that race for an item exactly one wins; of the others nothing is written': async (tables) => {
    const shared: Item = { PK: newPartition(), SK: 'shared' };
    const transactions = Array.from({ length: 10 }, (_, racer) => {
      const items = [
        { PK: newPartition(), SK: 'own' },
        { ...shared, racer },
        { PK: newPartition(), SK: 'own' },
      ];
      return putsOf(items);
    });
    const outcomes = await Promise.all(transactions.map((puts) => untilDecided(() => tables.transact(puts))));
    const isThere = await Promise.all(transactions.map((puts) => areThere(tables, puts)));
    const winner = (await getStrong(tables, shared))?.['racer'];
    expectEqual(
      outcomes.map(({ outcome }) => outcome),
      transactions.map((_, racer) => (racer === winner ? 'written' : 'cancelled')),
    );
    expectEqual(
      isThere,
      transactions.map((_, racer) => (racer === winner ? [true, true, true] : [false, true, false])),
    );
  },

  'a put and a transaction that race for an item do not both win': async (tables) => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = numbered(2);
      assert(one !== undefined && other !== undefined);
      const [transaction, put] = await Promise.all([
        untilDecided(() => tables.transact(putsOf([one, other]))),
        untilDecided(() => tables.put({ table: 'events', item: { ...other, alone: true } })),
      ]);
      const found = await getStrong(tables, other);
      const isAlone = found?.['alone'] === true;
      expectEqual(transaction.outcome, isAlone ? 'cancelled' : 'written', 'the transaction');
      expectEqual(put.outcome, isAlone ? 'written' : 'occupied', 'the put');
      expectEqual(await areThere(tables, putsOf([one])), [!isAlone], 'whether the other item is there');
    }
  },
};

/** `contended` decides nothing: the same call may succeed. */
async function untilDecided<Outcome extends { readonly outcome: string } | TransactionOutcome>(
  call: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let attempt = 0; attempt < CONTENDED_ATTEMPTS_MAX; attempt++) {
    const result = await call();
    const outcomes = 'puts' in result ? result.puts.map(({ outcome }) => outcome) : [result.outcome];
    if (!outcomes.includes('contended')) {
      return result;
    }
  }
  throw new Error(`It was contended ${CONTENDED_ATTEMPTS_MAX} times`);
}

export const transactCases: Cases<Tables> = { ...allOrNone, ...sizes, ...races };
