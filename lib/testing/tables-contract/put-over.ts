import assert from 'node:assert/strict';
import type { Item, ItemValue } from '../../events/item.ts';
import type { Table } from '../../tables/definitions.ts';
import type { ConditionalPut, Replaceable, Tables } from '../../tables/tables.ts';
import { type Cases, eachOf } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { getStrong, itemsIn, newPartition, putAll } from './items.ts';

/** What a put over an item comes to, told once more in another way. */
const OUTCOMES: readonly (readonly [string, ItemValue | undefined, Replaceable, 'written' | 'occupied'])[] = [
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

const alone: Cases<Tables> = {
  'where nothing is there, a put over what is below a number is written, and over what is a number is not': async (
    tables,
  ) => {
    const item = { PK: newPartition(), SK: 'a', mark: 1 };
    const isFive = over(item, { attribute: 'mark', is: 5 });
    expectEqual(await tables.put(isFive), { outcome: 'missing' });
    const other = over({ PK: item.PK, SK: 'b' }, 'any');
    expectEqual(await tables.transact([isFive, other]), {
      outcome: 'cancelled',
      puts: [{ outcome: 'missing' }, { outcome: 'written' }],
    });
    expectEqual(await getStrong(tables, other.item, 'state'), undefined);
    expectEqual(await tables.put(over(item, { attribute: 'mark', below: 5 })), { outcome: 'written' });
    expectEqual(await getStrong(tables, item, 'state'), item);
  },

  'a put over any replaces whatever is there, in a transaction too': async (tables) => {
    const item = { PK: newPartition(), SK: 'a' };
    for (const version of [1, 2]) {
      expectEqual(await tables.put(over({ ...item, version }, 'any', 'readModels')), { outcome: 'written' });
      expectEqual(await getStrong(tables, item, 'readModels'), { ...item, version });
    }
    const both = [over({ ...item, text: 'a' }, 'any', 'readModels'), over({ ...item, SK: 'b' }, 'any', 'readModels')];
    expectEqual(await tables.transact(both), { outcome: 'written' });
    expectEqual(await getStrong(tables, item, 'readModels'), { ...item, text: 'a' });
  },

  ...eachOf(
    OUTCOMES,
    ([name]) => name,
    async (tables: Tables, [, held, replaceable, outcome]) => {
      const attribute = replaceable === 'any' ? 'mark' : replaceable.attribute;
      const first: Item = {
        PK: newPartition(),
        SK: 'a',
        first: true,
        ...(held === undefined ? {} : { [attribute]: held }),
      };
      const second: Item = { PK: first.PK, SK: 'a', second: [1] };
      await putAll(tables, [first], 'readModels');
      const result = await tables.put(over(second, replaceable, 'readModels'));
      expectEqual(result, outcome === 'written' ? { outcome } : { outcome, found: first });
      const there = outcome === 'written' ? second : first;
      expectEqual(await getStrong(tables, first, 'readModels'), there);
      expectEqual(await itemsIn(tables, first.PK, 'readModels'), [there]);
    },
  ),

  'its neighbours stay as they are': async (tables) => {
    const PK = newPartition();
    const items = ['a', 'b', 'c'].map((SK): Item => ({ PK, SK, mark: 1 }));
    await putAll(tables, items, 'state');
    const item = { PK, SK: 'b', mark: 2 };
    await tables.put(over(item, belowOf(2)));
    expectEqual(await itemsIn(tables, PK, 'state'), [{ PK, SK: 'a', mark: 1 }, item, { PK, SK: 'c', mark: 1 }]);
  },

  'the same put once more finds its own item, and a put that replaces nothing finds the newest': async (tables) => {
    const item = { PK: newPartition(), SK: 'a', mark: 1 };
    await putAll(tables, [item], 'state');
    const newest = { ...item, mark: 2 };
    expectEqual(await tables.put(over(newest, belowOf(2))), { outcome: 'written' });
    const occupied = { outcome: 'occupied', found: newest };
    expectEqual(await tables.put(over(newest, belowOf(2))), occupied);
    expectEqual(await tables.put({ table: 'state', item }), occupied);
  },

  'whatever puts race, a number that only moves forward ends at the highest': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    const marks = [7, 3, 9, 1, 10, 2, 8, 4, 6, 5];
    const outcomes = await Promise.all(
      marks.map((mark) => tables.put(over({ ...key, mark }, { attribute: 'mark', below: mark }))),
    );
    expectEqual(outcomes[marks.indexOf(10)], { outcome: 'written' });
    expectEqual(await getStrong(tables, key, 'state'), { ...key, mark: 10 });
  },

  'of puts that race to replace what is exactly one number, one wins and the others are told of it': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    await putAll(tables, [{ ...key, revision: 1 }], 'state');
    const racers = Array.from({ length: 10 }, (_, racer): Item => ({ ...key, revision: 2, racer }));
    const outcomes = await Promise.all(racers.map((item) => tables.put(over(item, { attribute: 'revision', is: 1 }))));
    const winner = await getStrong(tables, key, 'state');
    assert(winner !== undefined, 'one of them is there');
    const lost = { outcome: 'occupied', found: winner };
    expectEqual(
      outcomes,
      racers.map(({ racer }) => (racer === winner['racer'] ? { outcome: 'written' } : lost)),
    );
  },
};

/** Items that are there, and puts that replace them together with others. */
async function setUp(tables: Tables) {
  const PK = newPartition();
  const keyOf = (SK: string) => ({ PK, SK });
  const lower: Item = { ...keyOf('lower'), mark: 1 };
  const exact: Item = { ...keyOf('exact'), revision: 7 };
  await putAll(tables, [lower, exact], 'state');
  const event: ConditionalPut = { table: 'events', item: { ...keyOf('new'), text: 'event' } };
  const forward = over({ ...keyOf('lower'), mark: 2 }, belowOf(2));
  const exactly = over({ ...keyOf('exact'), revision: 8 }, { attribute: 'revision', is: 7 });
  const absent = over({ ...keyOf('absent'), mark: 1 }, belowOf(1));
  return { lower, exact, event, forward, exactly, absent, puts: [event, forward, exactly, absent] };
}

const REFUSING: readonly (readonly [string, Replaceable])[] = [
  ['is not below', { attribute: 'mark', below: 1 }],
  ['is not the number', { attribute: 'mark', is: 2 }],
  ['has no such attribute', { attribute: 'missing', below: 9 }],
];

const inTransactions: Cases<Tables> = {
  'in a transaction it replaces items together with others that are put': async (tables) => {
    const { puts } = await setUp(tables);
    expectEqual(await tables.transact(puts), { outcome: 'written' });
    for (const { table, item } of puts) {
      expectEqual(await getStrong(tables, item, table), item);
    }
  },

  ...eachOf(
    REFUSING,
    ([reason]) => `where one item of a transaction may not be replaced because it ${reason}, nothing is written`,
    async (tables: Tables, [, replaceable]) => {
      const { lower, exact, event, forward, exactly, absent } = await setUp(tables);
      const refused = over(forward.item, replaceable);
      expectEqual(await tables.transact([event, refused, exactly, absent]), {
        outcome: 'cancelled',
        puts: [
          { outcome: 'written' },
          { outcome: 'occupied', found: lower },
          { outcome: 'written' },
          { outcome: 'written' },
        ],
      });
      expectEqual(await getStrong(tables, event.item), undefined);
      expectEqual(await getStrong(tables, lower, 'state'), lower);
      expectEqual(await getStrong(tables, exact, 'state'), exact);
      expectEqual(await getStrong(tables, absent.item, 'state'), undefined);
    },
  ),

  'where another key of a transaction is taken, nothing is replaced': async (tables) => {
    const { lower, exact, event, puts } = await setUp(tables);
    await putAll(tables, [event.item]);
    expectEqual(await tables.transact(puts), {
      outcome: 'cancelled',
      puts: puts.map((put) => (put === event ? { outcome: 'occupied', found: event.item } : { outcome: 'written' })),
    });
    expectEqual(await getStrong(tables, lower, 'state'), lower);
    expectEqual(await getStrong(tables, exact, 'state'), exact);
  },
};

const refusals: Cases<Tables> = {
  ...eachOf(
    ['events', 'log'] as const,
    (table) => `is refused in the append-only table ${table}, whatever is there`,
    async (tables: Tables, table) => {
      const PK = newPartition();
      const there: Item = { PK, SK: 'there', mark: 1 };
      const absent: Item = { PK, SK: 'absent', mark: 2 };
      await putAll(tables, [there], table);
      const isRefused = new RegExp(`The table ${table} is append-only`);
      for (const item of [{ ...there, mark: 2 }, absent]) {
        for (const replaceable of [belowOf(2), { attribute: 'mark', is: 1 }, 'any'] as const) {
          const put = over(item, replaceable, table);
          await assert.rejects(tables.put(put), isRefused);
          const other: ConditionalPut = { table: 'state', item: absent };
          await assert.rejects(tables.transact([other, put]), isRefused);
        }
      }
      expectEqual(await getStrong(tables, there, table), there);
      expectEqual(await getStrong(tables, absent, table), undefined);
      expectEqual(await getStrong(tables, absent, 'state'), undefined);
    },
  ),

  ...eachOf(
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, -(2 ** 53)],
    (number) => `is refused for a number that DynamoDB does not hold: ${number}`,
    async (tables: Tables, number) => {
      const item = { PK: newPartition(), SK: 'a', mark: 1 };
      for (const replaceable of [belowOf(number), { attribute: 'mark', is: number }]) {
        await assert.rejects(tables.put(over(item, replaceable)), RangeError);
        await assert.rejects(tables.transact([over(item, replaceable)]), RangeError);
      }
      expectEqual(await getStrong(tables, item, 'state'), undefined);
    },
  ),
};

export const putOverCases: Cases<Tables> = { ...alone, ...inTransactions, ...refusals };
