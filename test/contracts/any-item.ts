import fc from 'fast-check';
import { test } from 'vitest';
import type { Item, ItemValue } from '../../lib/events/item.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { expectEqual } from '../../lib/testing/expect.ts';
import { getStrong, newPartition } from '../../lib/testing/tables-contract/items.ts';
import { seed } from '../seed.ts';

/** Numbers that both JavaScript and the SDK hold exactly, and that DynamoDB does not find too small. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ min: -9e15, max: 9e15, noNaN: true }).map((value) => (Math.abs(value) < 1e-120 ? 0 : value)),
);

const text = fc.string({ unit: 'binary', maxLength: 20 });

/** DynamoDB refuses the empty name; the SDK takes `constructor` for a class and `__proto__` for a prototype. */
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

export const anyAttributes = fc.dictionary(mapKey, value, { noNullPrototype: true });

/** The one promise of tables that needs random items, which the contract suite that is shipped does without. */
export function anyItemComesBack(makeTables: () => Tables | Promise<Tables>): void {
  test('any item comes back as it is, in attributes and keys of any name', async () => {
    const tables = await makeTables();
    await fc.assert(
      fc.asyncProperty(mapKey, anyAttributes, async (sortKey, attributes) => {
        const item: Item = { ...attributes, PK: newPartition(), SK: sortKey };
        await tables.put({ table: 'events', item });
        expectEqual(await getStrong(tables, item), item);
      }),
      { seed, numRuns: 50 },
    );
  });
}
