import assert from 'node:assert/strict';
import { type Item, type ItemKey, itemSizeBytes } from '../../events/item.ts';
import { PAGE_BYTES_MAX } from '../../tables/bounds.ts';
import type { ScanOptions, ScanPage, Tables } from '../../tables/tables.ts';
import { PAGES_MAX } from '../bounds.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { itemOfSize, newPartition, putAll, sortKeys } from './items.ts';

const STRONG = { consistency: 'strong' } as const;

/** All pages of a scan, one after another. */
async function pagesOfScan(tables: Tables, options: Omit<ScanOptions, 'consistency' | 'after'>): Promise<ScanPage[]> {
  const pages: ScanPage[] = [];
  let after: { readonly after?: ItemKey } = {};
  do {
    const page = await tables.scan('readModels', { ...STRONG, ...options, ...after });
    pages.push(page);
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined && pages.length < PAGES_MAX);
  return pages;
}

const itemsOf = (pages: readonly ScanPage[]) => pages.flatMap(({ items }) => items);

/** Partitions come in no order that is known, so they are brought into one; what is in them stays in the order it has. */
function byPartition(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => Number(one.PK > other.PK) - Number(one.PK < other.PK));
}

/** Items in so many partitions, in the order that `byPartition` brings them into. */
function itemsInPartitions(partitions: number, inEach: number): Item[] {
  return Array.from({ length: partitions }, () => newPartition())
    .toSorted()
    .flatMap((PK) => Array.from({ length: inEach }, (_, index): Item => ({ PK, SK: String(index), index })));
}

/** Each on empty tables, since a scan reads whatever there is. */
export const scanCases: Cases<Tables> = {
  'an empty table has no items, and nothing follows': async (tables) => {
    await putAll(tables, [{ PK: newPartition(), SK: 'in another table' }], 'state');
    for (const consistency of ['strong', 'eventual'] as const) {
      expectEqual(await tables.scan('readModels', { consistency }), { items: [] });
    }
  },

  'every item of all partitions comes exactly once, with any limit, and has its order in its partition': async (
    tables,
  ) => {
    const items = itemsInPartitions(4, 3);
    await putAll(tables, items.toReversed(), 'readModels');
    for (const limit of [undefined, 1, 2, 3, 5, 12, 13]) {
      const pages = await pagesOfScan(tables, limit === undefined ? {} : { limit });
      expectEqual(byPartition(itemsOf(pages)), items, `limit ${limit}`);
      for (const page of pages.slice(0, -1)) {
        assert.equal(page.items.length, limit ?? 0);
      }
    }
  },

  'a page that the limit has ended goes on after its last item; a page that it has not is the last': async (tables) => {
    await putAll(tables, itemsInPartitions(3, 2), 'readModels');
    for (const limit of [1, 2, 3]) {
      const page = await tables.scan('readModels', { ...STRONG, limit });
      const last = page.items.at(-1);
      expectEqual(page.resumeAfter, { PK: last?.PK, SK: last?.SK }, `resumeAfter with limit ${limit}`);
    }
    for (const unlimited of [{ ...STRONG, limit: 7 }, STRONG]) {
      const page = await tables.scan('readModels', unlimited);
      assert(!('resumeAfter' in page), `there is no resumeAfter with ${JSON.stringify(unlimited)}`);
    }
  },

  'it goes on after a key that no item has': async (tables) => {
    const PK = newPartition();
    await putAll(
      tables,
      ['b', 'd', 'f'].map((SK) => ({ PK, SK })),
      'readModels',
    );
    const keysAfter = async (SK: string) =>
      sortKeys((await tables.scan('readModels', { ...STRONG, after: { PK, SK } })).items);
    expectEqual(await keysAfter('a'), ['b', 'd', 'f']);
    expectEqual(await keysAfter('c'), ['d', 'f']);
    expectEqual(await keysAfter('f'), []);
    expectEqual(await keysAfter('g'), []);
  },

  'pages of 1 MB follow one another without end and without gap, across partitions': async (tables) => {
    const sizes = [300_000, 300_000, 300_000, 300_000, 262_144, 262_144, 262_144, 262_144, 1_000, 409_600];
    const items = [newPartition(), newPartition()]
      .toSorted()
      .flatMap((PK) => sizes.map((bytes, index) => itemOfSize({ PK, SK: String(index) }, bytes)));
    await putAll(tables, items, 'readModels');
    const pages = await pagesOfScan(tables, {});
    expectEqual(byPartition(itemsOf(pages)), items);
    assert(pages.length >= 5, `5.3 MB are 5 pages at least, not ${pages.length}`);
    for (const page of pages.slice(0, -1)) {
      const bytes = page.items.map(itemSizeBytes);
      const sum = bytes.reduce((total, size) => total + size, 0);
      assert(sum >= PAGE_BYTES_MAX, `a page has 1 MB, not ${sum} bytes`);
      assert(sum - (bytes.at(-1) ?? 0) < PAGE_BYTES_MAX, `a page ends with the item that reaches 1 MB: ${bytes}`);
    }
  },

  'pages also end at 1 MB where the limit and the attributes would have more in them': async (tables) => {
    const PK = newPartition();
    const items = Array.from({ length: 6 }, (_, index) => itemOfSize({ PK, SK: String(index) }, 400_000));
    await putAll(tables, items, 'readModels');
    const page = await tables.scan('readModels', { ...STRONG, limit: 6, attributes: ['none'] });
    expectEqual(page, { items: items.slice(0, 3).map(({ SK }) => ({ PK, SK })), resumeAfter: { PK, SK: '2' } });
  },

  'attributes are those that were asked for, reserved words and any other names, and the keys': async (tables) => {
    const names = ['name', 'values', 'count', 'a.b', '#x', ':y', '[0]', '漢'];
    const key = { PK: newPartition(), SK: 'a' };
    const item: Item = { ...key, ...Object.fromEntries(names.map((name, index) => [name, index])) };
    await putAll(tables, [item], 'readModels');
    const ask = async (attributes: readonly string[]) =>
      (await tables.scan('readModels', { ...STRONG, attributes })).items;
    expectEqual(await ask(names), [item]);
    expectEqual(await ask(['name', 'SK', 'name', 'missing']), [{ ...key, name: 0 }]);
    expectEqual(await ask([]), [key]);
  },

  'it shows at once what was put, also over another item': async (tables) => {
    const [first, ...more] = itemsInPartitions(3, 1);
    assert(first !== undefined);
    await putAll(tables, [first], 'readModels');
    expectEqual((await tables.scan('readModels', STRONG)).items, [first]);
    const replaced = { PK: first.PK, SK: first.SK, index: 1 };
    await tables.put({ table: 'readModels', item: replaced, over: { attribute: 'index', is: 0 } });
    await putAll(tables, more, 'readModels');
    expectEqual(byPartition((await tables.scan('readModels', STRONG)).items), [replaced, ...more]);
  },

  'it goes on after an item that was removed, also where that was the only one of its partition': async (tables) => {
    const items = itemsInPartitions(4, 1);
    await putAll(tables, items, 'readModels');
    const seen: Item[] = [];
    let after: { readonly after?: ItemKey } = {};
    for (let page = 0; page < items.length; page++) {
      const { items: found, resumeAfter } = await tables.scan('readModels', { ...STRONG, limit: 1, ...after });
      assert(resumeAfter !== undefined, 'a page that the limit has ended says where to go on');
      seen.push(...found);
      await tables.remove('readModels', [resumeAfter]);
      after = { after: resumeAfter };
    }
    expectEqual(byPartition(seen), items);
    expectEqual(await tables.scan('readModels', STRONG), { items: [] });
  },

  'a limit of 0 is refused': async (tables) => {
    await assert.rejects(tables.scan('readModels', { ...STRONG, limit: 0 }));
  },
};
