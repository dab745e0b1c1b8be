import { expect, test } from 'vitest';
import type { Item } from '../../../lib/events/item.ts';
import type { Table } from '../../../lib/tables/definitions.ts';
import type { ConditionalPut, TransactionOutcome } from '../../../lib/tables/tables.ts';
import { type Context, getStrong, itemOfSize, newPartition } from './context.ts';

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

export function transactContract({ tables }: Context): void {
  const areThere = async (puts: readonly ConditionalPut[]) => {
    const found: boolean[] = [];
    for (const { table, item } of puts) {
      found.push((await getStrong(tables(), item, table)) !== undefined);
    }
    return found;
  };

  test('all items are written, to all tables, under the same key in each', async () => {
    const item: Item = { PK: newPartition(), SK: 'a', bytes: new Uint8Array([1]), list: [1, null] };
    expect(await tables().transact(ALL_TABLES.map((table) => ({ table, item })))).toEqual({ outcome: 'written' });
    for (const table of ALL_TABLES) {
      expect(await getStrong(tables(), item, table)).toEqual(item);
    }
  });

  test('where one key is taken none is written, and each put says whether it was the reason', async () => {
    const [first, second, third, fourth] = numbered(4);
    expect.assert(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
    const inTheWay = { ...second, text: 'in the way', bytes: new Uint8Array([1]) };
    await tables().put({ table: 'events', item: inTheWay });
    await tables().put({ table: 'state', item: fourth });
    const puts = [...putsOf([first, second, third]), ...putsOf([third, fourth], 'state')];
    expect(await tables().transact(puts)).toEqual({
      outcome: 'cancelled',
      puts: [
        { outcome: 'written' },
        { outcome: 'occupied', found: inTheWay },
        { outcome: 'written' },
        { outcome: 'written' },
        { outcome: 'occupied', found: fourth },
      ],
    });
    expect(await areThere(puts)).toEqual([false, true, false, false, true]);
    expect(await getStrong(tables(), second)).toEqual(inTheWay);
  });

  test('the same transaction once more is refused by the items of the first', async () => {
    const puts = putsOf(numbered(3));
    await tables().transact(puts);
    expect(await tables().transact(puts)).toEqual({
      outcome: 'cancelled',
      puts: puts.map(({ item }) => ({ outcome: 'occupied', found: item })),
    });
  });

  test('of one item is as good as of many', async () => {
    const puts = putsOf(numbered(1));
    expect(await tables().transact(puts)).toEqual({ outcome: 'written' });
    expect(await areThere(puts)).toEqual([true]);
  });

  test('100 items are written; 101 are refused, and none of them is written', async () => {
    const most = putsOf(numbered(100));
    expect(await tables().transact(most)).toEqual({ outcome: 'written' });
    expect(await areThere(most)).not.toContain(false);
    const tooMany = putsOf(numbered(101));
    await expect(tables().transact(tooMany)).rejects.toThrow();
    expect(await areThere(tooMany)).not.toContain(true);
  });

  test('almost 4 MB are written; more are refused, and nothing of them is written', async () => {
    // DynamoDB Local counts the condition of each put too (24 bytes), so the very last bytes are left alone.
    const almost = putsOf(numbered(11, Math.floor((4 * 1024 * 1024) / 11) - 24));
    expect(await tables().transact(almost)).toEqual({ outcome: 'written' });
    expect(await areThere(almost)).not.toContain(false);
    const more = putsOf(numbered(11, Math.ceil((4 * 1024 * 1024 + 1) / 11)));
    await expect(tables().transact(more)).rejects.toThrow();
    expect(await areThere(more)).not.toContain(true);
  });

  test('one item over 400 KB refuses all', async () => {
    const [small] = numbered(1);
    const [large] = numbered(1, 409_601);
    expect.assert(small !== undefined && large !== undefined);
    await expect(tables().transact(putsOf([small, large]))).rejects.toThrow();
    expect(await areThere(putsOf([small, large]))).toEqual([false, false]);
  });

  test('of nothing is refused', async () => {
    await expect(tables().transact([])).rejects.toThrow();
  });

  test('the same item twice is refused, and not written', async () => {
    const [item] = numbered(1);
    expect.assert(item !== undefined);
    // AWS refuses the request. DynamoDB Local evaluates the second condition after the first put, and cancels.
    const result = tables().transact(putsOf([item, { ...item, other: true }]));
    await result.then(
      ({ outcome }) => expect(outcome).toBe('cancelled'),
      (error: unknown) => expect(String(error)).toMatch(/ValidationException/),
    );
    expect(await areThere(putsOf([item]))).toEqual([false]);
  });

  test('of transactions that race for an item exactly one wins; of the others nothing is written', async () => {
    const shared: Item = { PK: newPartition(), SK: 'shared' };
    const transactions = Array.from({ length: 10 }, (_, racer) => {
      const items = [
        { PK: newPartition(), SK: 'own' },
        { ...shared, racer },
        { PK: newPartition(), SK: 'own' },
      ];
      return putsOf(items);
    });
    const outcomes = await Promise.all(transactions.map((puts) => untilDecided(() => tables().transact(puts))));
    const isThere = await Promise.all(transactions.map((puts) => areThere(puts)));
    const winner = (await getStrong(tables(), shared))?.['racer'];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(
      transactions.map((_, racer) => (racer === winner ? 'written' : 'cancelled')),
    );
    expect(isThere).toEqual(
      transactions.map((_, racer) => (racer === winner ? [true, true, true] : [false, true, false])),
    );
  });

  test('a put and a transaction that race for an item do not both win', async () => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = numbered(2);
      expect.assert(one !== undefined && other !== undefined);
      const [transaction, put] = await Promise.all([
        untilDecided(() => tables().transact(putsOf([one, other]))),
        untilDecided(() => tables().put({ table: 'events', item: { ...other, alone: true } })),
      ]);
      const found = await getStrong(tables(), other);
      const isAlone = found?.['alone'] === true;
      expect(transaction.outcome).toBe(isAlone ? 'cancelled' : 'written');
      expect(put.outcome).toBe(isAlone ? 'written' : 'occupied');
      expect(await areThere(putsOf([one]))).toEqual([!isAlone]);
    }
  });
}

/** `contended` decides nothing: the same call may succeed. */
async function untilDecided<Outcome extends { readonly outcome: string } | TransactionOutcome>(
  call: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const result = await call();
    const outcomes = 'puts' in result ? result.puts.map(({ outcome }) => outcome) : [result.outcome];
    if (!outcomes.includes('contended')) {
      return result;
    }
  }
  throw new Error('It was contended 50 times');
}
