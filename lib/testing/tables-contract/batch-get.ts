import assert from 'node:assert/strict';
import type { Item, ItemKey } from '../../events/item.ts';
import type { Tables } from '../../tables/tables.ts';
import { BATCH_ROUNDS_MAX } from '../bounds.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { bySortKey, itemOfSize, newPartition, putAll } from './items.ts';

/** Items of one partition, numbered by their sort keys. */
function numberedItems(count: number, bytes = 100): Item[] {
  const PK = newPartition();
  return Array.from({ length: count }, (_, index) => itemOfSize({ PK, SK: String(index).padStart(3, '0') }, bytes));
}

const keyOf = ({ PK, SK }: Item): ItemKey => ({ PK, SK });

export const batchGetCases: Cases<Tables> = {
  '100 items come in one answer; those that are not there are in neither list': async (tables) => {
    const items = numberedItems(100);
    const there = items.filter((_, index) => index % 3 !== 0);
    await putAll(tables, there);
    const answer = await tables.batchGet('events', items.map(keyOf), 'strong');
    expectEqual({ ...answer, items: bySortKey(answer.items) }, { items: there, unprocessed: [] });
  },

  'items of many partitions, of the table that is asked': async (tables) => {
    const items = Array.from({ length: 5 }, (_, index) => ({ PK: newPartition(), SK: String(index) }));
    await putAll(tables, items);
    await putAll(
      tables,
      items.map((item) => ({ ...item, in: 'another table' })),
      'state',
    );
    const answer = await tables.batchGet('events', items, 'strong');
    expectEqual(bySortKey(answer.items), items);
  },

  'where nothing is there the answer is empty': async (tables) => {
    const key = { PK: newPartition(), SK: 'a' };
    expectEqual(await tables.batchGet('events', [key], 'strong'), { items: [], unprocessed: [] });
  },

  'what 16 MB do not hold is unprocessed, and asking for it again gets the rest': async (tables) => {
    const items = numberedItems(50, 400_000);
    await putAll(tables, items);
    const found: Item[] = [];
    let keys: readonly ItemKey[] = items.map(keyOf);
    const first = await tables.batchGet('events', keys, 'strong');
    expectEqual({ items: first.items.length, unprocessed: first.unprocessed.length }, { items: 41, unprocessed: 9 });
    for (let round = 0; keys.length > 0 && round < BATCH_ROUNDS_MAX; round++) {
      const answer = await tables.batchGet('events', keys, 'strong');
      found.push(...answer.items);
      keys = answer.unprocessed;
    }
    expectEqual(bySortKey(found), items);
  },

  '101 keys, the same key twice, and no keys are refused': async (tables) => {
    const keys = numberedItems(101).map(keyOf);
    const [key] = keys;
    assert(key !== undefined);
    await assert.rejects(tables.batchGet('events', keys, 'strong'), '101 keys');
    await assert.rejects(tables.batchGet('events', [key, { ...key }], 'strong'), 'the same key twice');
    await assert.rejects(tables.batchGet('events', [], 'strong'), 'no keys');
  },
};
