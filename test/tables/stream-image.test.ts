import { expect, test } from 'vitest';
import { UnreadableItem } from '../../lib/index.ts';
import { itemOfImage } from '../../lib/tables/stream-image.ts';

const KEYS = { PK: { S: 'STREAM#Order-1' }, SK: { S: 'VERSION#1' } };

test('an image is the item that it shows, whatever its types', () => {
  const item = itemOfImage({
    ...KEYS,
    text: { S: '' },
    zero: { N: '0' },
    number: { N: '-1.5' },
    bytes: { B: 'AAEC/w==' },
    no: { BOOL: false },
    nothing: { NULL: true },
    empty: { L: [] },
    nested: { L: [{ M: { PK: { S: 'inside' }, list: { L: [{ N: '2' }] } } }, { B: '' }] },
  });
  expect(item).toEqual({
    PK: 'STREAM#Order-1',
    SK: 'VERSION#1',
    text: '',
    zero: 0,
    number: -1.5,
    bytes: Buffer.from([0, 1, 2, 255]),
    no: false,
    nothing: null,
    empty: [],
    nested: [{ PK: 'inside', list: [2] }, Buffer.from([])],
  });
});

test.each([
  ['keys that are not strings', { ...KEYS, SK: { N: '1' } }, 'its keys are not strings'],
  ['no keys', {}, 'its keys are not strings'],
  ['an attribute of a type that is not used', { ...KEYS, set: {} }, 'its record has an attribute of an unknown type'],
  ['such a one inside', { ...KEYS, list: { L: [{ NULL: false }] } }, 'its record has an attribute of an unknown type'],
])('an image with %s is refused', (_, image, reason) => {
  expect(() => itemOfImage(image)).toThrow(UnreadableItem);
  expect(() => itemOfImage(image)).toThrow(reason);
});
