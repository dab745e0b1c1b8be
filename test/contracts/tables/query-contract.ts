import { describe, expect, test } from 'vitest';
import type { Item } from '../../../lib/events/item.ts';
import type { QueryOptions, QueryRange } from '../../../lib/tables/tables.ts';
import { type Context, itemOfSize, newPartition, pagesOf, putAll, sortKeys } from './context.ts';

const FORWARD = { consistency: 'strong', direction: 'forward' } as const;
const DIRECTIONS = ['forward', 'backward'] as const;

const KEYS = ['b', 'd', 'f', 'h'];
/** Keys that are there and keys between, before and after them. */
const BOUNDS = [undefined, 'a', 'b', 'c', 'd', 'g', 'h', 'i'];

/** What a range means, told once more in another way. */
function keysIn(
  { from, through }: Omit<QueryRange, 'partition'>,
  { direction, after, limit }: Pick<QueryOptions, 'direction' | 'after' | 'limit'>,
): string[] {
  const inRange = KEYS.filter(
    (key) => (from === undefined || key >= from) && (through === undefined || key <= through),
  );
  const inOrder = direction === 'forward' ? inRange : inRange.reverse();
  const isLater = (key: string) => after === undefined || (direction === 'forward' ? key > after : key < after);
  return inOrder.filter(isLater).slice(0, limit);
}

/** Every range whose end is not before its beginning. */
function ranges(): { from?: string; through?: string }[] {
  return BOUNDS.flatMap((from) =>
    BOUNDS.filter((through) => from === undefined || through === undefined || from <= through).map((through) => ({
      ...(from === undefined ? {} : { from }),
      ...(through === undefined ? {} : { through }),
    })),
  );
}

export function queryContract(context: Context): void {
  const { tables } = context;

  test('an empty partition has no items, and nothing follows', async () => {
    expect(await tables().query('events', { partition: newPartition() }, FORWARD)).toEqual({ items: [] });
  });

  test('a partition is its own, in its own table', async () => {
    const partition = newPartition();
    await putAll(tables(), [{ PK: partition, SK: 'a' }]);
    await putAll(tables(), [{ PK: `${partition}#`, SK: 'b' }]);
    await putAll(tables(), [{ PK: partition, SK: 'c' }], 'log');
    expect(sortKeys((await tables().query('events', { partition }, FORWARD)).items)).toEqual(['a']);
  });

  describe('a range', () => {
    test('begins and ends with its bounds, both included, in both directions, with any limit', async () => {
      const partition = newPartition();
      await putAll(
        tables(),
        KEYS.map((SK) => ({ PK: partition, SK })),
      );
      for (const range of ranges()) {
        for (const direction of DIRECTIONS) {
          for (const limit of [1, 3]) {
            const pages = await pagesOf(tables(), { partition, ...range }, { direction, limit });
            const wanted = keysIn(range, { direction });
            const where = JSON.stringify({ range, direction, limit });
            expect(sortKeys(pages[0]?.items ?? []), where).toEqual(wanted.slice(0, limit));
            expect(
              pages.flatMap(({ items }) => sortKeys(items)),
              where,
            ).toEqual(wanted);
          }
        }
      }
    });

    test('is gone on with after any key inside of it, whether an item has the key or not', async () => {
      const partition = newPartition();
      await putAll(
        tables(),
        KEYS.map((SK) => ({ PK: partition, SK })),
      );
      for (const range of [{}, { from: 'a' }, { through: 'i' }, { from: 'a', through: 'i' }]) {
        for (const direction of DIRECTIONS) {
          for (const after of ['b', 'c', 'd', 'e', 'h']) {
            const page = await tables().query(
              'events',
              { partition, ...range },
              { consistency: 'strong', direction, after },
            );
            expect(sortKeys(page.items), JSON.stringify({ range, direction, after })).toEqual(
              keysIn(range, { direction, after }),
            );
          }
        }
      }
    });

    test('has the order of UTF-8 bytes', async () => {
      const partition = newPartition();
      const keys = ['A', 'a', 'a\u0000', 'aa', 'é', '\uffff', '😀'];
      await putAll(
        tables(),
        keys.toReversed().map((SK) => ({ PK: partition, SK })),
      );
      expect(sortKeys((await tables().query('events', { partition }, FORWARD)).items)).toEqual(keys);
      const range = { partition, from: '\uffff', through: '😀' };
      expect(sortKeys((await tables().query('events', range, FORWARD)).items)).toEqual(['\uffff', '😀']);
    });

    test('shows at once what was put into it', async () => {
      const partition = newPartition();
      for (let index = 0; index < 10; index++) {
        await putAll(tables(), [{ PK: partition, SK: String(9 - index) }]);
        expect((await tables().query('events', { partition }, FORWARD)).items).toHaveLength(index + 1);
      }
    });
  });

  describe('pages', () => {
    test('a page that the limit has ended says where to go on; a page that it has not is the last', async () => {
      const partition = newPartition();
      await putAll(
        tables(),
        KEYS.map((SK) => ({ PK: partition, SK })),
      );
      for (const direction of DIRECTIONS) {
        const options = { consistency: 'strong', direction } as const;
        const order = keysIn({}, { direction });
        for (const limit of [1, 2, 3]) {
          const page = await tables().query('events', { partition }, { ...options, limit });
          expect(page.resumeAfter).toBe(order[limit - 1]);
        }
        expect(await tables().query('events', { partition }, { ...options, limit: 5 })).not.toHaveProperty(
          'resumeAfter',
        );
        expect(await tables().query('events', { partition }, options)).not.toHaveProperty('resumeAfter');
      }
    });

    test('of 1 MB follow one another without end and without gap, however large the items', async () => {
      const partition = newPartition();
      // Sizes that end pages before, on and behind the limit.
      const sizes = [
        300_000, 300_000, 300_000, 300_000, 262_144, 262_144, 262_144, 262_144, 1_000, 409_600, 409_600, 409_600,
      ];
      const items = sizes.map((bytes, index) =>
        itemOfSize({ PK: partition, SK: String(index).padStart(3, '0') }, bytes),
      );
      await putAll(tables(), items);
      for (const direction of DIRECTIONS) {
        const pages = await pagesOf(tables(), { partition }, { direction });
        const order = direction === 'forward' ? items : items.toReversed();
        expect(pages.flatMap(({ items: page }) => sortKeys(page))).toEqual(sortKeys(order));
        expect(pages.flatMap(({ items: page }) => page)).toEqual(order);
        expect(pages.length).toBeGreaterThanOrEqual(3);
      }
      const fromWithin = await pagesOf(
        tables(),
        { partition, from: '002', through: '009' },
        { direction: 'forward', limit: 5 },
      );
      expect(fromWithin.flatMap(({ items: page }) => page)).toEqual(items.slice(2, 10));
    });

    test('also end at 1 MB where the limit and the attributes would have more in them', async () => {
      const partition = newPartition();
      const items = Array.from({ length: 6 }, (_, index) => itemOfSize({ PK: partition, SK: String(index) }, 400_000));
      await putAll(tables(), items);
      const options = { ...FORWARD, limit: 6, attributes: ['none'] };
      const page = await tables().query('events', { partition }, options);
      expect(page).toEqual({ items: items.slice(0, 3).map(({ PK, SK }) => ({ PK, SK })), resumeAfter: '2' });
    });
  });

  describe('attributes', () => {
    /** Reserved words of DynamoDB, and names that an expression could not have in it. */
    const names = ['name', 'values', 'count', 'size', 'hash', 'group', 'a.b', 'a b', '#x', ':y', '[0]', '漢'];

    test('are those that were asked for, reserved words and any other names, and the keys', async () => {
      const key = { PK: newPartition(), SK: 'a' };
      const item: Item = { ...key, ...Object.fromEntries(names.map((name, index) => [name, index])) };
      await putAll(tables(), [item]);
      const ask = async (attributes: readonly string[]) =>
        (await tables().query('events', { partition: key.PK }, { ...FORWARD, attributes })).items;
      expect(await ask(names)).toEqual([item]);
      for (const name of names) {
        expect(await ask([name])).toEqual([{ ...key, [name]: item[name] }]);
      }
      expect(await ask(['name', 'SK', 'name', 'PK', 'SK'])).toEqual([{ ...key, name: 0 }]);
    });

    test('that are not there leave nothing but the keys, as none do', async () => {
      const key = { PK: newPartition(), SK: 'a' };
      await putAll(tables(), [{ ...key, name: 'n' }]);
      for (const attributes of [[], ['missing']]) {
        const page = await tables().query('events', { partition: key.PK }, { ...FORWARD, attributes });
        expect(page.items).toEqual([key]);
      }
    });
  });

  describe('what DynamoDB does not allow is refused', () => {
    test.each<[string, Omit<QueryRange, 'partition'>, Pick<QueryOptions, 'limit' | 'after'>]>([
      ['a limit of 0', {}, { limit: 0 }],
      ['a range that ends before it begins', { from: 'c', through: 'b' }, {}],
      ['going on before the range', { from: 'c' }, { after: 'b' }],
      ['going on behind the range', { through: 'c' }, { after: 'd' }],
    ])('%s', async (_, range, options) => {
      const partition = newPartition();
      await putAll(
        tables(),
        KEYS.map((SK) => ({ PK: partition, SK })),
      );
      for (const direction of DIRECTIONS) {
        const query = tables().query(
          'events',
          { partition, ...range },
          { consistency: 'strong', direction, ...options },
        );
        await expect(query).rejects.toThrow();
      }
    });
  });
}
