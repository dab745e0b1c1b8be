import { expect, test } from 'vitest';
import { type Item, type ItemKey, itemSizeBytes } from '../../../lib/events/item.ts';
import { PAGE_BYTES_MAX } from '../../../lib/tables/bounds.ts';
import type { ScanOptions, ScanPage, Tables } from '../../../lib/tables/tables.ts';
import { itemOfSize, newPartition, putAll, sortKeys } from './context.ts';

const STRONG = { consistency: 'strong' } as const;

/** All pages of a scan, one after another. */
async function pagesOfScan(tables: Tables, options: Omit<ScanOptions, 'consistency' | 'after'>): Promise<ScanPage[]> {
  const pages: ScanPage[] = [];
  let after: { readonly after?: ItemKey } = {};
  do {
    const page = await tables.scan('readModels', { ...STRONG, ...options, ...after });
    pages.push(page);
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined && pages.length < 100);
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

/** @param makeTables Empty tables for each test, since a scan reads whatever there is. */
export function scanContract(makeTables: () => Tables | Promise<Tables>): void {
  const filled = async (items: readonly Item[]) => {
    const tables = await makeTables();
    await putAll(tables, items, 'readModels');
    return tables;
  };

  test('an empty table has no items, and nothing follows', async () => {
    const tables = await makeTables();
    await putAll(tables, [{ PK: newPartition(), SK: 'in another table' }], 'state');
    for (const consistency of ['strong', 'eventual'] as const) {
      expect(await tables.scan('readModels', { consistency })).toEqual({ items: [] });
    }
  });

  test('every item of all partitions comes exactly once, with any limit, and has its order in its partition', async () => {
    const items = itemsInPartitions(4, 3);
    const tables = await filled(items.toReversed());
    for (const limit of [undefined, 1, 2, 3, 5, 12, 13]) {
      const pages = await pagesOfScan(tables, limit === undefined ? {} : { limit });
      expect(byPartition(itemsOf(pages)), `limit ${limit}`).toEqual(items);
      for (const page of pages.slice(0, -1)) {
        expect(page.items).toHaveLength(limit ?? 0);
      }
    }
  });

  test('a page that the limit has ended goes on after its last item; a page that it has not is the last', async () => {
    const tables = await filled(itemsInPartitions(3, 2));
    for (const limit of [1, 2, 3]) {
      const page = await tables.scan('readModels', { ...STRONG, limit });
      const last = page.items.at(-1);
      expect(page.resumeAfter).toEqual({ PK: last?.PK, SK: last?.SK });
    }
    expect(await tables.scan('readModels', { ...STRONG, limit: 7 })).not.toHaveProperty('resumeAfter');
    expect(await tables.scan('readModels', STRONG)).not.toHaveProperty('resumeAfter');
  });

  test('it goes on after a key that no item has', async () => {
    const PK = newPartition();
    const tables = await filled(['b', 'd', 'f'].map((SK) => ({ PK, SK })));
    const keysAfter = async (SK: string) =>
      sortKeys((await tables.scan('readModels', { ...STRONG, after: { PK, SK } })).items);
    expect(await keysAfter('a')).toEqual(['b', 'd', 'f']);
    expect(await keysAfter('c')).toEqual(['d', 'f']);
    expect(await keysAfter('f')).toEqual([]);
    expect(await keysAfter('g')).toEqual([]);
  });

  test('pages of 1 MB follow one another without end and without gap, across partitions', async () => {
    const [PK, other] = [newPartition(), newPartition()].toSorted();
    expect.assert(PK !== undefined && other !== undefined);
    const sizes = [300_000, 300_000, 300_000, 300_000, 262_144, 262_144, 262_144, 262_144, 1_000, 409_600];
    const items = [PK, other].flatMap((partition) =>
      sizes.map((bytes, index) => itemOfSize({ PK: partition, SK: String(index) }, bytes)),
    );
    const tables = await filled(items);
    const pages = await pagesOfScan(tables, {});
    expect(byPartition(itemsOf(pages))).toEqual(items);
    expect(pages.length).toBeGreaterThanOrEqual(5);
    for (const page of pages.slice(0, -1)) {
      const bytes = page.items.map(itemSizeBytes);
      const sum = bytes.reduce((total, size) => total + size);
      expect(sum).toBeGreaterThanOrEqual(PAGE_BYTES_MAX);
      expect(sum - (bytes.at(-1) ?? 0)).toBeLessThan(PAGE_BYTES_MAX);
    }
  });

  test('pages also end at 1 MB where the limit and the attributes would have more in them', async () => {
    const PK = newPartition();
    const items = Array.from({ length: 6 }, (_, index) => itemOfSize({ PK, SK: String(index) }, 400_000));
    const tables = await filled(items);
    const page = await tables.scan('readModels', { ...STRONG, limit: 6, attributes: ['none'] });
    expect(page).toEqual({
      items: items.slice(0, 3).map(({ SK }) => ({ PK, SK })),
      resumeAfter: { PK, SK: '2' },
    });
  });

  test('attributes are those that were asked for, reserved words and any other names, and the keys', async () => {
    const names = ['name', 'values', 'count', 'a.b', '#x', ':y', '[0]', '漢'];
    const key = { PK: newPartition(), SK: 'a' };
    const item: Item = { ...key, ...Object.fromEntries(names.map((name, index) => [name, index])) };
    const tables = await filled([item]);
    const ask = async (attributes: readonly string[]) =>
      (await tables.scan('readModels', { ...STRONG, attributes })).items;
    expect(await ask(names)).toEqual([item]);
    expect(await ask(['name', 'SK', 'name', 'missing'])).toEqual([{ ...key, name: 0 }]);
    expect(await ask([])).toEqual([key]);
  });

  test('it shows at once what was put, also over another item', async () => {
    const [first, ...more] = itemsInPartitions(3, 1);
    expect.assert(first !== undefined);
    const tables = await filled([first]);
    expect((await tables.scan('readModels', STRONG)).items).toEqual([first]);
    const replaced = { PK: first.PK, SK: first.SK, index: 1 };
    await tables.put({ table: 'readModels', item: replaced, over: { attribute: 'index', is: 0 } });
    await putAll(tables, more, 'readModels');
    expect(byPartition((await tables.scan('readModels', STRONG)).items)).toEqual([replaced, ...more]);
  });

  test('it goes on after an item that was removed, also where that was the only one of its partition', async () => {
    const items = itemsInPartitions(4, 1);
    const tables = await filled(items);
    const seen: Item[] = [];
    let after: { readonly after?: ItemKey } = {};
    for (let page = 0; page < items.length; page++) {
      const { items: found, resumeAfter } = await tables.scan('readModels', { ...STRONG, limit: 1, ...after });
      expect.assert(resumeAfter !== undefined);
      seen.push(...found);
      await tables.remove('readModels', [resumeAfter]);
      after = { after: resumeAfter };
    }
    expect(byPartition(seen)).toEqual(items);
    expect(await tables.scan('readModels', STRONG)).toEqual({ items: [] });
  });

  test('a limit of 0 is refused', async () => {
    const tables = await makeTables();
    await expect(tables.scan('readModels', { ...STRONG, limit: 0 })).rejects.toThrow();
  });
}
