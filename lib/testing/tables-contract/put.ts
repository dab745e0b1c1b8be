import assert from 'node:assert/strict';
import { ITEM_SIZE_BYTES_MAX, type Item, type ItemValue } from '../../events/item.ts';
import type { Table } from '../../tables/definitions.ts';
import type { PutOutcome, Tables } from '../../tables/tables.ts';
import { type Cases, eachOf } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { getStrong, itemOfSize, itemsIn, newPartition } from './items.ts';

const VALUES: readonly (readonly [string, ItemValue])[] = [
  ['empty text', ''],
  ['characters of 1 to 4 bytes', 'aé漢😀\u0000\u2028'],
  ['0', 0],
  ['the largest whole number', Number.MAX_SAFE_INTEGER],
  ['the smallest whole number', Number.MIN_SAFE_INTEGER],
  ['a number with all of its digits', 0.1 + 0.2],
  ['a very small number', 1e-120],
  ['true and false', [true, false]],
  ['null', null],
  ['no bytes', new Uint8Array()],
  ['all bytes', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ['a part of a buffer', Buffer.from('abcdef').subarray(1, 3)],
  ['an empty list', []],
  ['an empty map', {}],
  ['a list of everything', ['a', 1, true, null, new Uint8Array([1]), [], {}, [[1], { a: [] }]]],
  ['a map of everything', { a: 'a', 'b c': 1, 0: true, 漢: null, bytes: new Uint8Array([1]), l: [1], m: { m: {} } }],
  ['30 levels', Array.from({ length: 28 }).reduce<ItemValue>((inner) => [inner], 'core')],
];

export const putCases: Cases<Tables> = {
  'an item that was put is what a strong read gets, at once': async (tables) => {
    const PK = newPartition();
    for (let index = 0; index < 20; index++) {
      const item = { PK, SK: String(index), index };
      expectEqual(await getStrong(tables, item), undefined);
      expectEqual(await tables.put({ table: 'events', item }), { outcome: 'written' });
      expectEqual(await getStrong(tables, item), item);
    }
  },

  'where a key is taken the put is refused with what stands there, which stays as it is': async (tables) => {
    const first: Item = {
      PK: newPartition(),
      SK: 'a',
      text: 'first',
      bytes: new Uint8Array([1, 2]),
      list: [1, { a: null }],
    };
    await tables.put({ table: 'events', item: first });
    const result = await tables.put({ table: 'events', item: { PK: first.PK, SK: 'a', text: 'second' } });
    expectEqual(result, { outcome: 'occupied', found: first });
    expectEqual(await getStrong(tables, first), first);
  },

  'an item is found by its whole key, in its own table': async (tables) => {
    const item = { PK: newPartition(), SK: 'a' };
    const neighbours: [Table, Item][] = [
      ['log', { ...item, in: 'another table' }],
      ['state', { ...item, in: 'a third table' }],
      ['readModels', { ...item, in: 'a fourth table' }],
      ['events', { ...item, SK: 'A', in: 'another sort key' }],
      ['events', { ...item, PK: newPartition(), in: 'another partition' }],
    ];
    await tables.put({ table: 'events', item });
    for (const [table, neighbour] of neighbours) {
      expectEqual(await getStrong(tables, neighbour, table), undefined);
      expectEqual(await tables.put({ table, item: neighbour }), { outcome: 'written' });
    }
    for (const [table, neighbour] of neighbours) {
      expectEqual(await getStrong(tables, neighbour, table), neighbour);
    }
    expectEqual(await getStrong(tables, item), item);
  },

  'of puts that race for a key exactly one wins, and every other is told of it': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    const racers = Array.from({ length: 20 }, (_, racer): Item => ({ ...key, racer }));
    const results = await Promise.all(racers.map((item) => tables.put({ table: 'events', item })));
    const winner = await getStrong(tables, key);
    assert(winner !== undefined, 'one of them is there');
    const lost: PutOutcome = { outcome: 'occupied', found: winner };
    expectEqual(
      results,
      racers.map(({ racer }): PutOutcome => (racer === winner['racer'] ? { outcome: 'written' } : lost)),
    );
  },

  'an item keeps what it was when it was put': async (tables) => {
    const bytes = new Uint8Array([1, 2, 3]);
    const list = ['a'];
    const item: Item = { PK: newPartition(), SK: 'a', bytes, list };
    await tables.put({ table: 'events', item });
    bytes[0] = 9;
    list.push('b');
    expectEqual(await getStrong(tables, item), { ...item, bytes: new Uint8Array([1, 2, 3]), list: ['a'] });
  },

  ...eachOf(
    VALUES,
    ([name]) => `values come back as they are: ${name}`,
    async (tables: Tables, [, held]) => {
      const item: Item = { PK: newPartition(), SK: 'a', held };
      await tables.put({ table: 'events', item });
      expectEqual(await getStrong(tables, item), item);
      expectEqual(await itemsIn(tables, item.PK), [item]);
      const batch = await tables.batchGet('events', [{ PK: item.PK, SK: 'a' }], 'strong');
      expectEqual(batch.items, [item]);
    },
  ),

  'an item of 400 KB is put; of one byte more it is refused, and nothing is written': async (tables) => {
    const PK = newPartition();
    const largest = itemOfSize({ PK, SK: 'largest' }, ITEM_SIZE_BYTES_MAX);
    const tooLarge = itemOfSize({ PK, SK: 'too large' }, ITEM_SIZE_BYTES_MAX + 1);
    expectEqual(await tables.put({ table: 'events', item: largest }), { outcome: 'written' });
    await assert.rejects(tables.put({ table: 'events', item: tooLarge }));
    await assert.rejects(tables.transact([{ table: 'events', item: tooLarge }]));
    expectEqual(await getStrong(tables, tooLarge), undefined);
    expectEqual(await getStrong(tables, largest), largest);
  },
};
