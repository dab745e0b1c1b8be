/**
 * Sizes by AWS's rules ("DynamoDB item sizes and formats"), worked out by hand. That DynamoDB counts just so is tested on
 * DynamoDB Local (test/tables/consumed-capacity.dynamodb.test.ts).
 */
import { describe, expect, test } from 'vitest';
import { type ItemValue, itemSizeBytes } from '../../lib/events/item.ts';

test('an item is its names and its values', () => {
  expect(itemSizeBytes({})).toBe(0);
  expect(itemSizeBytes({ PK: 'abc', SK: 'de' })).toBe(2 + 3 + 2 + 2);
  expect(itemSizeBytes({ ä: '' })).toBe(2);
});

describe('a value', () => {
  test.each<[string, ItemValue, number]>([
    ['text is its UTF-8 bytes', 'aé漢😀', 1 + 2 + 3 + 4],
    ['empty text is nothing', '', 0],
    ['bytes are themselves', new Uint8Array(7), 7],
    ['a part of a buffer is only that part', Buffer.from('abcdef').subarray(1, 3), 2],
    ['null is 1', null, 1],
    ['true is 1', true, 1],
    ['false is 1', false, 1],
    ['0 is 1', 0, 1],
    ['one digit is 2', 5, 2],
    ['two digits are 2', 42, 2],
    ['three digits are 3', 123, 3],
    ['zeros at the end do not count', 4_000_000, 2],
    ['pairs of digits begin at the point: 1|20', 120, 3],
    ['pairs of digits begin at the point: 1|50', 1.5, 3],
    ['pairs of digits begin at the point: 12|30', 12.3, 3],
    ['zeros at the beginning do not count', 0.0012, 2],
    ['a sign is 1', -123, 4],
    ['16 digits are 9', 9_007_199_254_740_991, 9],
    ['an empty list is 3', [], 3],
    ['an element is 1 and itself', ['ab', 5], 3 + 1 + 2 + 1 + 2],
    ['an empty map is 3', {}, 3],
    ['a pair is 1, its name and its value', { ab: 'c' }, 3 + 1 + 2 + 1],
    ['what is nested counts at each level', { a: [{ b: null }] }, 3 + 1 + 1 + (3 + 1 + (3 + 1 + 1 + 1))],
  ])('%s', (_, value, bytes) => {
    expect(itemSizeBytes({ v: value })).toBe(1 + bytes);
  });
});
