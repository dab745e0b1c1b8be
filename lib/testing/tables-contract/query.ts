import assert from 'node:assert/strict';
import type { Item } from '../../events/item.ts';
import type { QueryOptions, QueryPage, QueryRange, Tables } from '../../tables/tables.ts';
import { PAGES_MAX } from '../bounds.ts';
import { type Cases, eachOf } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { itemOfSize, itemsIn, newPartition, putAll, sortKeys } from './items.ts';

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

/** A new partition with the items of all keys. */
async function filledPartition(tables: Tables, keys: readonly string[] = KEYS): Promise<string> {
  const partition = newPartition();
  await putAll(
    tables,
    keys.map((SK) => ({ PK: partition, SK })),
  );
  return partition;
}

/** All pages of a query, one after another. */
async function pagesOf(
  tables: Tables,
  range: QueryRange,
  options: Omit<QueryOptions, 'consistency' | 'after'>,
): Promise<QueryPage[]> {
  const pages: QueryPage[] = [];
  let after: { readonly after?: string } = {};
  do {
    const page = await tables.query('events', range, { consistency: 'strong', ...options, ...after });
    pages.push(page);
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined && pages.length < PAGES_MAX);
  return pages;
}

const itemsOf = (pages: readonly QueryPage[]) => pages.flatMap(({ items }) => items);

const partitions: Cases<Tables> = {
  'an empty partition has no items, and nothing follows': async (tables) => {
    expectEqual(await tables.query('events', { partition: newPartition() }, FORWARD), { items: [] });
  },

  'a partition is its own, in its own table': async (tables) => {
    const partition = newPartition();
    await putAll(tables, [{ PK: partition, SK: 'a' }]);
    await putAll(tables, [{ PK: `${partition}#`, SK: 'b' }]);
    await putAll(tables, [{ PK: partition, SK: 'c' }], 'log');
    expectEqual(sortKeys(await itemsIn(tables, partition)), ['a']);
  },
};

const ofRanges: Cases<Tables> = {
  'a range begins and ends with its bounds, both included, in both directions, with any limit': async (tables) => {
    const partition = await filledPartition(tables);
    for (const range of ranges()) {
      for (const direction of DIRECTIONS) {
        for (const limit of [1, 3]) {
          const pages = await pagesOf(tables, { partition, ...range }, { direction, limit });
          const wanted = keysIn(range, { direction });
          const where = JSON.stringify({ range, direction, limit });
          expectEqual(sortKeys(pages[0]?.items ?? []), wanted.slice(0, limit), `the first page of ${where}`);
          expectEqual(sortKeys(itemsOf(pages)), wanted, `all pages of ${where}`);
        }
      }
    }
  },

  'a range is gone on with after any key inside of it, whether an item has the key or not': async (tables) => {
    const partition = await filledPartition(tables);
    for (const range of [{}, { from: 'a' }, { through: 'i' }, { from: 'a', through: 'i' }]) {
      for (const direction of DIRECTIONS) {
        for (const after of ['b', 'c', 'd', 'e', 'h']) {
          const options = { consistency: 'strong', direction, after } as const;
          const page = await tables.query('events', { partition, ...range }, options);
          const where = JSON.stringify({ range, direction, after });
          expectEqual(sortKeys(page.items), keysIn(range, { direction, after }), where);
        }
      }
    }
  },

  'a range has the order of UTF-8 bytes': async (tables) => {
    const keys = ['A', 'a', 'a\u0000', 'aa', 'é', '\uffff', '😀'];
    const partition = await filledPartition(tables, keys.toReversed());
    expectEqual(sortKeys(await itemsIn(tables, partition)), keys);
    const range = { partition, from: '\uffff', through: '😀' };
    expectEqual(sortKeys((await tables.query('events', range, FORWARD)).items), ['\uffff', '😀']);
  },

  'a range shows at once what was put into it': async (tables) => {
    const partition = newPartition();
    for (let index = 0; index < 10; index++) {
      await putAll(tables, [{ PK: partition, SK: String(9 - index) }]);
      assert.equal((await itemsIn(tables, partition)).length, index + 1);
    }
  },
};

const ofPages: Cases<Tables> = {
  'a page that the limit has ended says where to go on; a page that it has not is the last': async (tables) => {
    const partition = await filledPartition(tables);
    for (const direction of DIRECTIONS) {
      const options = { consistency: 'strong', direction } as const;
      const order = keysIn({}, { direction });
      for (const limit of [1, 2, 3]) {
        const page = await tables.query('events', { partition }, { ...options, limit });
        expectEqual(page.resumeAfter, order[limit - 1], `resumeAfter with limit ${limit}`);
      }
      for (const unlimited of [{ ...options, limit: 5 }, options]) {
        const page = await tables.query('events', { partition }, unlimited);
        assert(!('resumeAfter' in page), `there is no resumeAfter with ${JSON.stringify(unlimited)}`);
      }
    }
  },

  'pages of 1 MB follow one another without end and without gap, however large the items': async (tables) => {
    const partition = newPartition();
    // Sizes that end pages before, on and behind the limit.
    const sizes = [
      300_000, 300_000, 300_000, 300_000, 262_144, 262_144, 262_144, 262_144, 1_000, 409_600, 409_600, 409_600,
    ];
    const items = sizes.map((bytes, index) => itemOfSize({ PK: partition, SK: String(index).padStart(3, '0') }, bytes));
    await putAll(tables, items);
    for (const direction of DIRECTIONS) {
      const pages = await pagesOf(tables, { partition }, { direction });
      const order = direction === 'forward' ? items : items.toReversed();
      expectEqual(sortKeys(itemsOf(pages)), sortKeys(order));
      expectEqual(itemsOf(pages), order);
      assert(pages.length >= 3, `4 MB are 3 pages at least, not ${pages.length}`);
    }
    const within = { partition, from: '002', through: '009' };
    const fromWithin = await pagesOf(tables, within, { direction: 'forward', limit: 5 });
    expectEqual(itemsOf(fromWithin), items.slice(2, 10));
  },

  'pages also end at 1 MB where the limit and the attributes would have more in them': async (tables) => {
    const partition = newPartition();
    const items = Array.from({ length: 6 }, (_, index) => itemOfSize({ PK: partition, SK: String(index) }, 400_000));
    await putAll(tables, items);
    const options = { ...FORWARD, limit: 6, attributes: ['none'] };
    const page = await tables.query('events', { partition }, options);
    expectEqual(page, { items: items.slice(0, 3).map(({ PK, SK }) => ({ PK, SK })), resumeAfter: '2' });
  },
};

/** Reserved words of DynamoDB, and names that an expression could not have in it. */
const NAMES = ['name', 'values', 'count', 'size', 'hash', 'group', 'a.b', 'a b', '#x', ':y', '[0]', '漢'];

const ofAttributes: Cases<Tables> = {
  'attributes are those that were asked for, reserved words and any other names, and the keys': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    const item: Item = { ...key, ...Object.fromEntries(NAMES.map((name, index) => [name, index])) };
    await putAll(tables, [item]);
    const ask = async (attributes: readonly string[]) =>
      (await tables.query('events', { partition: key.PK }, { ...FORWARD, attributes })).items;
    expectEqual(await ask(NAMES), [item]);
    for (const name of NAMES) {
      expectEqual(await ask([name]), [{ ...key, [name]: item[name] }]);
    }
    expectEqual(await ask(['name', 'SK', 'name', 'PK', 'SK']), [{ ...key, name: 0 }]);
  },

  'attributes that are not there leave nothing but the keys, as none do': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    await putAll(tables, [{ ...key, name: 'n' }]);
    for (const attributes of [[], ['missing']]) {
      const page = await tables.query('events', { partition: key.PK }, { ...FORWARD, attributes });
      expectEqual(page.items, [key]);
    }
  },
};

const REFUSED: readonly (readonly [string, Omit<QueryRange, 'partition'>, Pick<QueryOptions, 'limit' | 'after'>])[] = [
  ['a limit of 0', {}, { limit: 0 }],
  ['a range that ends before it begins', { from: 'c', through: 'b' }, {}],
  ['going on before the range', { from: 'c' }, { after: 'b' }],
  ['going on behind the range', { through: 'c' }, { after: 'd' }],
];

const refusals: Cases<Tables> = eachOf(
  REFUSED,
  ([name]) => `what DynamoDB does not allow is refused: ${name}`,
  async (tables: Tables, [, range, options]) => {
    const partition = await filledPartition(tables);
    for (const direction of DIRECTIONS) {
      const queryOptions = { consistency: 'strong', direction, ...options } as const;
      await assert.rejects(tables.query('events', { partition, ...range }, queryOptions), direction);
    }
  },
);

export const queryCases: Cases<Tables> = { ...partitions, ...ofRanges, ...ofPages, ...ofAttributes, ...refusals };
