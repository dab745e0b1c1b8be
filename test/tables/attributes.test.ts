import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toAttributes, toItem } from '../../lib/tables/attributes.ts';
import { anyAttributes } from '../contracts/any-item.ts';
import { logSeed, seed } from '../seed.ts';

logSeed();

const KEY = { PK: 'STREAM#Order-1', SK: 'VERSION#1' };

test('any item has the form that the SDK gives it', () => {
  fc.assert(
    fc.property(anyAttributes, (attributes) => {
      expect(toAttributes({ ...attributes, ...KEY })).toEqual(marshall({ ...attributes, ...KEY }));
    }),
    { seed, numRuns: 300 },
  );
});

test('names that objects have by themselves are names as any', () => {
  const item = { ...KEY, ...JSON.parse('{"__proto__": 1, "constructor": {"__proto__": [2]}}') };
  expect(JSON.stringify(toAttributes(item))).toContain('"__proto__":{"N":"1"},"constructor":{"M":{"__proto__":{"L":');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])('the number %d is refused', (number) => {
  expect(() => toAttributes({ ...KEY, members: [number] })).toThrow(`An item has the number ${number}`);
});

test('what DynamoDB returns is the item again', () => {
  const item = { ...KEY, count: 1, half: -0.5, none: null, is: false, bytes: new Uint8Array([1]), list: [{ a: '' }] };
  expect(toItem(toAttributes(item))).toEqual(item);
});
