import { describe, expect, test } from 'vitest';
import type { Item, ItemValue } from '../../../lib/events/item.ts';
import type { Table } from '../../../lib/tables/definitions.ts';
import type { ConditionalPut, Replaceable } from '../../../lib/tables/tables.ts';
import { type Context, getStrong, newPartition, plain, putAll } from './context.ts';

/** What a put over an item comes to, told once more in another way. */
const CASES: [string, ItemValue | undefined, Replaceable, 'written' | 'occupied'][] = [
  ['a lower number', 4, { attribute: 'mark', below: 5 }, 'written'],
  ['the same number', 5, { attribute: 'mark', below: 5 }, 'occupied'],
  ['a higher number', 6, { attribute: 'mark', below: 5 }, 'occupied'],
  ['a number of fewer digits, which is lower', 9, { attribute: 'mark', below: 10 }, 'written'],
  ['a number of more digits, which is higher', 10, { attribute: 'mark', below: 9 }, 'occupied'],
  ['a lower negative number', -6, { attribute: 'mark', below: -5 }, 'written'],
  ['a higher negative number', -4, { attribute: 'mark', below: -5 }, 'occupied'],
  ['0 below a fraction', 0, { attribute: 'mark', below: 0.1 + 0.2 }, 'written'],
  ['a fraction below another', 0.3, { attribute: 'mark', below: 0.1 + 0.2 }, 'written'],
  ['the last but one whole number', Number.MAX_SAFE_INTEGER - 1, belowOf(Number.MAX_SAFE_INTEGER), 'written'],
  ['the largest whole number', Number.MAX_SAFE_INTEGER, belowOf(Number.MAX_SAFE_INTEGER - 1), 'occupied'],
  ['no number at all, where below is asked', undefined, { attribute: 'mark', below: 5 }, 'occupied'],
  ['text, where below is asked', '4', { attribute: 'mark', below: 5 }, 'occupied'],
  ['null, where below is asked', null, { attribute: 'mark', below: 5 }, 'occupied'],
  ['true, where below is asked', true, { attribute: 'mark', below: 5 }, 'occupied'],
  ['a list, where below is asked', [4], { attribute: 'mark', below: 5 }, 'occupied'],
  ['exactly the number', 5, { attribute: 'mark', is: 5 }, 'written'],
  ['a lower number than it must be', 4, { attribute: 'mark', is: 5 }, 'occupied'],
  ['a higher number than it must be', 6, { attribute: 'mark', is: 5 }, 'occupied'],
  ['exactly 0', 0, { attribute: 'mark', is: 0 }, 'written'],
  ['exactly the negative number', -7, { attribute: 'mark', is: -7 }, 'written'],
  ['the number without its sign', 7, { attribute: 'mark', is: -7 }, 'occupied'],
  ['exactly the fraction', 0.1 + 0.2, { attribute: 'mark', is: 0.1 + 0.2 }, 'written'],
  ['almost the fraction', 0.3, { attribute: 'mark', is: 0.1 + 0.2 }, 'occupied'],
  ['no number at all, where one must be', undefined, { attribute: 'mark', is: 5 }, 'occupied'],
  ['text, where a number must be', '5', { attribute: 'mark', is: 5 }, 'occupied'],
  ['bytes, where a number must be', new Uint8Array([5]), { attribute: 'mark', is: 5 }, 'occupied'],
  ['the number in an attribute whose name is reserved', 5, { attribute: 'value', is: 5 }, 'written'],
  ['the number in an attribute that no expression could name', 4, { attribute: '#a :b.c[0]', below: 5 }, 'written'],
];

function belowOf(below: number): Replaceable {
  return { attribute: 'mark', below };
}

function over(item: Item, replaceable: Replaceable, table: Table = 'state'): ConditionalPut {
  return { table, item, over: replaceable };
}

export function putOverContract(context: Context): void {
  const { tables } = context;

  test('where nothing is there, a put over what is below a number is written, and over what is a number is not', async () => {
    const item = { PK: newPartition(), SK: 'a', mark: 1 };
    const isFive = over(item, { attribute: 'mark', is: 5 });
    expect(await tables().put(isFive)).toEqual({ outcome: 'missing' });
    const other = over({ PK: item.PK, SK: 'b' }, 'any');
    expect(await tables().transact([isFive, other])).toEqual({
      outcome: 'cancelled',
      puts: [{ outcome: 'missing' }, { outcome: 'written' }],
    });
    expect(await getStrong(tables(), other.item, 'state')).toBeUndefined();
    expect(await tables().put(over(item, { attribute: 'mark', below: 5 }))).toEqual({ outcome: 'written' });
    expect(await getStrong(tables(), item, 'state')).toEqual(item);
  });

  test('a put over any replaces whatever is there, in a transaction too', async () => {
    const item = { PK: newPartition(), SK: 'a' };
    for (const version of [1, 2]) {
      expect(await tables().put(over({ ...item, version }, 'any', 'readModels'))).toEqual({ outcome: 'written' });
      expect(await getStrong(tables(), item, 'readModels')).toEqual({ ...item, version });
    }
    const both = [over({ ...item, text: 'a' }, 'any', 'readModels'), over({ ...item, SK: 'b' }, 'any', 'readModels')];
    expect(await tables().transact(both)).toEqual({ outcome: 'written' });
    expect(await getStrong(tables(), item, 'readModels')).toEqual({ ...item, text: 'a' });
  });

  test.each(CASES)('%s', async (_, held, replaceable, outcome) => {
    const attribute = replaceable === 'any' ? 'mark' : replaceable.attribute;
    const first: Item = {
      PK: newPartition(),
      SK: 'a',
      first: true,
      ...(held === undefined ? {} : { [attribute]: held }),
    };
    const second: Item = { PK: first.PK, SK: 'a', second: [1] };
    await putAll(tables(), [first], 'readModels');
    const result = await tables().put(over(second, replaceable, 'readModels'));
    const refused = { outcome: 'occupied', found: plain(first) };
    expect(plain(result)).toEqual(outcome === 'written' ? { outcome } : refused);
    const there = plain(outcome === 'written' ? second : first);
    expect(plain(await getStrong(tables(), first, 'readModels'))).toEqual(there);
    const page = await tables().query(
      'readModels',
      { partition: first.PK },
      { consistency: 'strong', direction: 'forward' },
    );
    expect(plain(page.items)).toEqual([there]);
  });

  test('its neighbours stay as they are', async () => {
    const PK = newPartition();
    const items = ['a', 'b', 'c'].map((SK): Item => ({ PK, SK, mark: 1 }));
    await putAll(tables(), items, 'state');
    const item = { PK, SK: 'b', mark: 2 };
    await tables().put(over(item, belowOf(2)));
    const { items: found } = await tables().query(
      'state',
      { partition: PK },
      { consistency: 'strong', direction: 'forward' },
    );
    expect(found).toEqual([{ PK, SK: 'a', mark: 1 }, item, { PK, SK: 'c', mark: 1 }]);
  });

  test('the same put once more finds its own item, and a put that replaces nothing finds the newest', async () => {
    const item = { PK: newPartition(), SK: 'a', mark: 1 };
    await putAll(tables(), [item], 'state');
    const newest = { ...item, mark: 2 };
    expect(await tables().put(over(newest, belowOf(2)))).toEqual({ outcome: 'written' });
    const occupied = { outcome: 'occupied', found: newest };
    expect(await tables().put(over(newest, belowOf(2)))).toEqual(occupied);
    expect(await tables().put({ table: 'state', item })).toEqual(occupied);
  });

  test('whatever puts race, a number that only moves forward ends at the highest', async () => {
    const key = { PK: newPartition(), SK: 'a' };
    const marks = [7, 3, 9, 1, 10, 2, 8, 4, 6, 5];
    const outcomes = await Promise.all(
      marks.map((mark) => tables().put(over({ ...key, mark }, { attribute: 'mark', below: mark }))),
    );
    expect(outcomes[marks.indexOf(10)]).toEqual({ outcome: 'written' });
    expect(await getStrong(tables(), key, 'state')).toEqual({ ...key, mark: 10 });
  });

  test('of puts that race to replace what is exactly one number, one wins and the others are told of it', async () => {
    const key = { PK: newPartition(), SK: 'a' };
    await putAll(tables(), [{ ...key, revision: 1 }], 'state');
    const racers = Array.from({ length: 10 }, (_, racer): Item => ({ ...key, revision: 2, racer }));
    const outcomes = await Promise.all(
      racers.map((item) => tables().put(over(item, { attribute: 'revision', is: 1 }))),
    );
    const winner = await getStrong(tables(), key, 'state');
    expect.assert(winner !== undefined);
    const lost = { outcome: 'occupied', found: winner };
    expect(outcomes).toEqual(racers.map(({ racer }) => (racer === winner['racer'] ? { outcome: 'written' } : lost)));
  });

  describe('in a transaction', () => inTransactions(context));
  describe('is refused', () => refusals(context));
}

function inTransactions({ tables }: Context): void {
  const setUp = async () => {
    const PK = newPartition();
    const keyOf = (SK: string) => ({ PK, SK });
    const lower: Item = { ...keyOf('lower'), mark: 1 };
    const exact: Item = { ...keyOf('exact'), revision: 7 };
    await putAll(tables(), [lower, exact], 'state');
    const puts: ConditionalPut[] = [
      { table: 'events', item: { ...keyOf('new'), text: 'event' } },
      over({ ...keyOf('lower'), mark: 2 }, belowOf(2)),
      over({ ...keyOf('exact'), revision: 8 }, { attribute: 'revision', is: 7 }),
      over({ ...keyOf('absent'), mark: 1 }, belowOf(1)),
    ];
    return { keyOf, lower, exact, puts };
  };

  test('it replaces items together with others that are put', async () => {
    const { puts } = await setUp();
    expect(await tables().transact(puts)).toEqual({ outcome: 'written' });
    for (const { table, item } of puts) {
      expect(await getStrong(tables(), item, table)).toEqual(item);
    }
  });

  test.each<[string, Replaceable]>([
    ['is not below', { attribute: 'mark', below: 1 }],
    ['is not the number', { attribute: 'mark', is: 2 }],
    ['has no such attribute', { attribute: 'missing', below: 9 }],
  ])('where one item may not be replaced because it %s, nothing is written', async (_, replaceable) => {
    const { keyOf, lower, exact, puts } = await setUp();
    const [event, , exactly, absent] = puts;
    expect.assert(event !== undefined && exactly !== undefined && absent !== undefined);
    const refused = over({ ...keyOf('lower'), mark: 2 }, replaceable);
    expect(await tables().transact([event, refused, exactly, absent])).toEqual({
      outcome: 'cancelled',
      puts: [
        { outcome: 'written' },
        { outcome: 'occupied', found: lower },
        { outcome: 'written' },
        { outcome: 'written' },
      ],
    });
    expect(await getStrong(tables(), event.item)).toBeUndefined();
    expect(await getStrong(tables(), lower, 'state')).toEqual(lower);
    expect(await getStrong(tables(), exact, 'state')).toEqual(exact);
    expect(await getStrong(tables(), absent.item, 'state')).toBeUndefined();
  });

  test('where another key is taken, nothing is replaced', async () => {
    const { lower, exact, puts } = await setUp();
    const [event] = puts;
    expect.assert(event !== undefined);
    await putAll(tables(), [event.item]);
    expect(await tables().transact(puts)).toEqual({
      outcome: 'cancelled',
      puts: puts.map((put) => (put === event ? { outcome: 'occupied', found: event.item } : { outcome: 'written' })),
    });
    expect(await getStrong(tables(), lower, 'state')).toEqual(lower);
    expect(await getStrong(tables(), exact, 'state')).toEqual(exact);
  });
}

function refusals({ tables }: Context): void {
  test.each<Table>(['events', 'log'])('in the append-only table %s, whatever is there', async (table) => {
    const PK = newPartition();
    const there: Item = { PK, SK: 'there', mark: 1 };
    const absent: Item = { PK, SK: 'absent', mark: 2 };
    await putAll(tables(), [there], table);
    for (const item of [{ ...there, mark: 2 }, absent]) {
      for (const replaceable of [belowOf(2), { attribute: 'mark', is: 1 }, 'any'] as const) {
        const put = over(item, replaceable, table);
        await expect(tables().put(put)).rejects.toThrow(`The table ${table} is append-only`);
        const other: ConditionalPut = { table: 'state', item: absent };
        await expect(tables().transact([other, put])).rejects.toThrow(`The table ${table} is append-only`);
      }
    }
    expect(await getStrong(tables(), there, table)).toEqual(there);
    expect(await getStrong(tables(), absent, table)).toBeUndefined();
    expect(await getStrong(tables(), absent, 'state')).toBeUndefined();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, -(2 ** 53)])(
    'for a number that DynamoDB does not hold: %d',
    async (number) => {
      const item = { PK: newPartition(), SK: 'a', mark: 1 };
      for (const replaceable of [belowOf(number), { attribute: 'mark', is: number }]) {
        await expect(tables().put(over(item, replaceable))).rejects.toThrow(RangeError);
        await expect(tables().transact([over(item, replaceable)])).rejects.toThrow(RangeError);
      }
      expect(await getStrong(tables(), item, 'state')).toBeUndefined();
    },
  );
}
