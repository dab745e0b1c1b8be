import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ITEM_SIZE_BYTES_MAX, type Item, type ItemValue } from '../../../lib/events/item.ts';
import type { Table } from '../../../lib/tables/definitions.ts';
import type { PutOutcome } from '../../../lib/tables/tables.ts';
import { seed } from '../../seed.ts';
import { type Context, getStrong, itemOfSize, newPartition, plain } from './context.ts';

/** Numbers that both JavaScript and the SDK hold exactly, and that DynamoDB does not find too small. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ min: -9e15, max: 9e15, noNaN: true }).map((value) => (Math.abs(value) < 1e-120 ? 0 : value)),
);

const text = fc.string({ unit: 'binary', maxLength: 20 });

/** DynamoDB refuses the empty name; the SDK's marshaller takes `constructor` for a class and `__proto__` for a prototype. */
const mapKey = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

const value: fc.Arbitrary<ItemValue> = fc.letrec<{ value: ItemValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(mapKey, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

export function putContract({ tables }: Context): void {
  test('an item that was put is what a strong read gets, at once', async () => {
    const PK = newPartition();
    for (let index = 0; index < 20; index++) {
      const item = { PK, SK: String(index), index };
      expect(await getStrong(tables(), item)).toBeUndefined();
      expect(await tables().put({ table: 'events', item })).toEqual({ outcome: 'written' });
      expect(await getStrong(tables(), item)).toEqual(item);
    }
  });

  test('where a key is taken the put is refused with what stands there, which stays as it is', async () => {
    const first: Item = {
      PK: newPartition(),
      SK: 'a',
      text: 'first',
      bytes: new Uint8Array([1, 2]),
      list: [1, { a: null }],
    };
    await tables().put({ table: 'events', item: first });
    const result = await tables().put({ table: 'events', item: { PK: first.PK, SK: 'a', text: 'second' } });
    expect(plain(result)).toEqual({ outcome: 'occupied', found: plain(first) });
    expect(plain(await getStrong(tables(), first))).toEqual(plain(first));
  });

  test('an item is found by its whole key, in its own table', async () => {
    const item = { PK: newPartition(), SK: 'a' };
    const neighbours: [Table, Item][] = [
      ['log', { ...item, in: 'another table' }],
      ['state', { ...item, in: 'a third table' }],
      ['readModels', { ...item, in: 'a fourth table' }],
      ['events', { ...item, SK: 'A', in: 'another sort key' }],
      ['events', { ...item, PK: newPartition(), in: 'another partition' }],
    ];
    await tables().put({ table: 'events', item });
    for (const [table, neighbour] of neighbours) {
      expect(await getStrong(tables(), neighbour, table)).toBeUndefined();
      expect(await tables().put({ table, item: neighbour })).toEqual({ outcome: 'written' });
    }
    for (const [table, neighbour] of neighbours) {
      expect(await getStrong(tables(), neighbour, table)).toEqual(neighbour);
    }
    expect(await getStrong(tables(), item)).toEqual(item);
  });

  test('of puts that race for a key exactly one wins, and every other is told of it', async () => {
    const key = { PK: newPartition(), SK: 'a' };
    const racers = Array.from({ length: 20 }, (_, racer): Item => ({ ...key, racer }));
    const results = await Promise.all(racers.map((item) => tables().put({ table: 'events', item })));
    const winner = await getStrong(tables(), key);
    expect.assert(winner !== undefined);
    const lost: PutOutcome = { outcome: 'occupied', found: winner };
    expect(results).toEqual(
      racers.map(({ racer }): PutOutcome => (racer === winner['racer'] ? { outcome: 'written' } : lost)),
    );
  });

  test('an item keeps what it was when it was put', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const list = ['a'];
    const item: Item = { PK: newPartition(), SK: 'a', bytes, list };
    await tables().put({ table: 'events', item });
    bytes[0] = 9;
    list.push('b');
    expect(plain(await getStrong(tables(), item))).toEqual({ ...item, bytes: new Uint8Array([1, 2, 3]), list: ['a'] });
  });

  describe('values come back as they are', () => {
    test.each<[string, ItemValue]>([
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
      [
        'a map of everything',
        { a: 'a', 'b c': 1, 0: true, 漢: null, bytes: new Uint8Array([1]), l: [1], m: { m: {} } },
      ],
      ['30 levels', Array.from({ length: 28 }).reduce<ItemValue>((inner) => [inner], 'core')],
    ])('%s', async (_, held) => {
      const item: Item = { PK: newPartition(), SK: 'a', held };
      await tables().put({ table: 'events', item });
      expect(plain(await getStrong(tables(), item))).toStrictEqual(plain(item));
      const page = await tables().query(
        'events',
        { partition: item.PK },
        { consistency: 'strong', direction: 'forward' },
      );
      expect(plain(page.items)).toStrictEqual([plain(item)]);
      const batch = await tables().batchGet('events', [{ PK: item.PK, SK: 'a' }], 'strong');
      expect(plain(batch.items)).toStrictEqual([plain(item)]);
    });

    test('any of them, in attributes and keys of any name', async () => {
      await fc.assert(
        fc.asyncProperty(
          mapKey,
          fc.dictionary(mapKey, value, { noNullPrototype: true }),
          async (sortKey, attributes) => {
            const item: Item = { ...attributes, PK: newPartition(), SK: sortKey };
            await tables().put({ table: 'events', item });
            expect(plain(await getStrong(tables(), item))).toStrictEqual(plain(item));
          },
        ),
        { seed, numRuns: 50 },
      );
    });
  });

  test('an item of 400 KB is put; of one byte more it is refused, and nothing is written', async () => {
    const PK = newPartition();
    const largest = itemOfSize({ PK, SK: 'largest' }, ITEM_SIZE_BYTES_MAX);
    const tooLarge = itemOfSize({ PK, SK: 'too large' }, ITEM_SIZE_BYTES_MAX + 1);
    expect(await tables().put({ table: 'events', item: largest })).toEqual({ outcome: 'written' });
    await expect(tables().put({ table: 'events', item: tooLarge })).rejects.toThrow();
    await expect(tables().transact([{ table: 'events', item: tooLarge }])).rejects.toThrow();
    expect(await getStrong(tables(), tooLarge)).toBeUndefined();
    expect(await getStrong(tables(), largest)).toEqual(largest);
  });
}
