import { expect, test } from 'vitest';
import { removeAll } from '../../../lib/tables/read-all.ts';
import { type Context, getStrong, newPartition, putAll, sortKeys } from './context.ts';

export function removeContract({ tables }: Context): void {
  test('what is removed is gone, what is not there does no harm, and the rest stays', async () => {
    const PK = newPartition();
    const items = ['a', 'b', 'c'].map((SK) => ({ PK, SK, text: SK }));
    await putAll(tables(), items, 'readModels');
    const keys = [
      { PK, SK: 'a' },
      { PK, SK: 'x' },
      { PK, SK: 'c' },
      { PK: newPartition(), SK: 'a' },
    ];
    expect(await tables().remove('readModels', keys)).toEqual({ unprocessed: [] });
    expect(await getStrong(tables(), { PK, SK: 'a' }, 'readModels')).toBeUndefined();
    expect(await getStrong(tables(), { PK, SK: 'b' }, 'readModels')).toEqual(items[1]);
    // A key that was removed is free again.
    const again = { PK, SK: 'a', text: 'again' };
    expect(await tables().put({ table: 'readModels', item: again })).toEqual({ outcome: 'written' });
    const page = await tables().query('readModels', { partition: PK }, { consistency: 'strong', direction: 'forward' });
    expect(page.items).toEqual([again, items[1]]);
  });

  test('any number is removed, in batches of twenty-five', async () => {
    const PK = newPartition();
    const items = Array.from({ length: 60 }, (_, index) => ({ PK, SK: String(index).padStart(2, '0') }));
    await putAll(tables(), items, 'state');
    await removeAll({ tables: tables(), delay: async () => {}, random: () => 0 }, 'state', items.slice(5));
    const page = await tables().query('state', { partition: PK }, { consistency: 'strong', direction: 'forward' });
    expect(sortKeys(page.items)).toEqual(sortKeys(items.slice(0, 5)));
  });

  test('25 are removed by one request; 26, the same key twice, and none are refused, and nothing is removed', async () => {
    const PK = newPartition();
    const items = Array.from({ length: 26 }, (_, index) => ({ PK, SK: String(index).padStart(2, '0') }));
    await putAll(tables(), items, 'state');
    const left = async () =>
      (await tables().query('state', { partition: PK }, { consistency: 'strong', direction: 'forward' })).items;
    const [first, ...others] = items;
    expect.assert(first !== undefined);
    for (const refused of [items, [first, { ...first }], []]) {
      await expect(tables().remove('state', refused)).rejects.toThrow();
    }
    expect(await left()).toEqual(items);
    expect(await tables().remove('state', others)).toEqual({ unprocessed: [] });
    expect(await left()).toEqual([first]);
  });

  test('an item with the same key in another table stays', async () => {
    const item = { PK: newPartition(), SK: 'a' };
    await putAll(tables(), [item], 'state');
    await putAll(tables(), [item], 'readModels');
    await tables().remove('readModels', [item]);
    expect(await getStrong(tables(), item, 'readModels')).toBeUndefined();
    expect(await getStrong(tables(), item, 'state')).toEqual(item);
  });

  test.each(['events', 'log'] as const)('nothing is removed from %s', async (table) => {
    const item = { PK: newPartition(), SK: 'a' };
    await putAll(tables(), [item], table);
    await expect(tables().remove(table, [item])).rejects.toThrow(/append-only/);
    expect(await getStrong(tables(), item, table)).toEqual(item);
  });
}
