import assert from 'node:assert/strict';
import { removeAll } from '../../tables/read-all.ts';
import type { Tables } from '../../tables/tables.ts';
import { type Cases, eachOf } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { getStrong, itemsIn, newPartition, putAll, sortKeys } from './items.ts';

export const removeCases: Cases<Tables> = {
  'what is removed is gone, what is not there does no harm, and the rest stays': async (tables) => {
    const PK = newPartition();
    const items = ['a', 'b', 'c'].map((SK) => ({ PK, SK, text: SK }));
    await putAll(tables, items, 'readModels');
    const keys = [
      { PK, SK: 'a' },
      { PK, SK: 'x' },
      { PK, SK: 'c' },
      { PK: newPartition(), SK: 'a' },
    ];
    expectEqual(await tables.remove('readModels', keys), { unprocessed: [] });
    expectEqual(await getStrong(tables, { PK, SK: 'a' }, 'readModels'), undefined);
    expectEqual(await getStrong(tables, { PK, SK: 'b' }, 'readModels'), items[1]);
    // A key that was removed is free again.
    const again = { PK, SK: 'a', text: 'again' };
    expectEqual(await tables.put({ table: 'readModels', item: again }), { outcome: 'written' });
    expectEqual(await itemsIn(tables, PK, 'readModels'), [again, items[1]]);
  },

  'any number is removed, in batches of twenty-five': async (tables) => {
    const PK = newPartition();
    const items = Array.from({ length: 60 }, (_, index) => ({ PK, SK: String(index).padStart(2, '0') }));
    await putAll(tables, items, 'state');
    await removeAll({ tables, delay: async () => {}, random: () => 0 }, 'state', items.slice(5));
    expectEqual(sortKeys(await itemsIn(tables, PK, 'state')), sortKeys(items.slice(0, 5)));
  },

  '25 are removed by one request; 26, the same key twice, and none are refused, and nothing is removed': async (
    tables,
  ) => {
    const PK = newPartition();
    const items = Array.from({ length: 26 }, (_, index) => ({ PK, SK: String(index).padStart(2, '0') }));
    await putAll(tables, items, 'state');
    const [first, ...others] = items;
    assert(first !== undefined);
    for (const refused of [items, [first, { ...first }], []]) {
      await assert.rejects(tables.remove('state', refused), `${refused.length} keys`);
    }
    expectEqual(await itemsIn(tables, PK, 'state'), items);
    expectEqual(await tables.remove('state', others), { unprocessed: [] });
    expectEqual(await itemsIn(tables, PK, 'state'), [first]);
  },

  'an item with the same key in another table stays': async (tables) => {
    const item = { PK: newPartition(), SK: 'a' };
    await putAll(tables, [item], 'state');
    await putAll(tables, [item], 'readModels');
    await tables.remove('readModels', [item]);
    expectEqual(await getStrong(tables, item, 'readModels'), undefined);
    expectEqual(await getStrong(tables, item, 'state'), item);
  },

  ...eachOf(
    ['events', 'log'] as const,
    (table) => `nothing is removed from ${table}`,
    async (tables: Tables, table) => {
      const item = { PK: newPartition(), SK: 'a' };
      await putAll(tables, [item], table);
      await assert.rejects(tables.remove(table, [item]), /append-only/);
      expectEqual(await getStrong(tables, item, table), item);
    },
  ),
};
