import { expect, test } from 'vitest';
import type { Item, ItemKey } from '../../../lib/events/item.ts';
import { bySortKey, type Context, itemOfSize, newPartition, putAll } from './context.ts';

/** Items of one partition, numbered by their sort keys. */
function numberedItems(count: number, bytes = 100): Item[] {
  const PK = newPartition();
  return Array.from({ length: count }, (_, index) => itemOfSize({ PK, SK: String(index).padStart(3, '0') }, bytes));
}

const keyOf = ({ PK, SK }: Item): ItemKey => ({ PK, SK });

export function batchGetContract({ tables }: Context): void {
  test('100 items come in one answer; those that are not there are in neither list', async () => {
    const items = numberedItems(100);
    const there = items.filter((_, index) => index % 3 !== 0);
    await putAll(tables(), there);
    const answer = await tables().batchGet('events', items.map(keyOf), 'strong');
    expect({ ...answer, items: bySortKey(answer.items) }).toEqual({ items: there, unprocessed: [] });
  });

  test('items of many partitions, of the table that is asked', async () => {
    const items = Array.from({ length: 5 }, (_, index) => ({ PK: newPartition(), SK: String(index) }));
    await putAll(tables(), items);
    await putAll(
      tables(),
      items.map((item) => ({ ...item, in: 'another table' })),
      'state',
    );
    const answer = await tables().batchGet('events', items, 'strong');
    expect(bySortKey(answer.items)).toEqual(items);
  });

  test('where nothing is there the answer is empty', async () => {
    const key = { PK: newPartition(), SK: 'a' };
    expect(await tables().batchGet('events', [key], 'strong')).toEqual({ items: [], unprocessed: [] });
  });

  test('what 16 MB do not hold is unprocessed, and asking for it again gets the rest', async () => {
    const items = numberedItems(50, 400_000);
    await putAll(tables(), items);
    const found: Item[] = [];
    let keys: readonly ItemKey[] = items.map(keyOf);
    const first = await tables().batchGet('events', keys, 'strong');
    expect(first.items).toHaveLength(41);
    expect(first.unprocessed).toHaveLength(9);
    for (let round = 0; keys.length > 0 && round < 5; round++) {
      const answer = await tables().batchGet('events', keys, 'strong');
      found.push(...answer.items);
      keys = answer.unprocessed;
    }
    expect(bySortKey(found)).toEqual(items);
  });

  test('101 keys, the same key twice, and no keys are refused', async () => {
    const keys = numberedItems(101).map(keyOf);
    const [key] = keys;
    expect.assert(key !== undefined);
    await expect(tables().batchGet('events', keys, 'strong')).rejects.toThrow();
    await expect(tables().batchGet('events', [key, { ...key }], 'strong')).rejects.toThrow();
    await expect(tables().batchGet('events', [], 'strong')).rejects.toThrow();
  });
}
