/** Copies of JSON values: the same, and of other objects. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyJson } from '../../lib/events/copy-json.ts';
import { logSeed, seed } from '../seed.ts';
import { jsonValue, largeValue } from './arbitraries.ts';
import { isSameValue } from './same-value.ts';

logSeed();

/** All objects and arrays in a value. */
function objectsOf(value: unknown): object[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(objectsOf)] : [];
}

test('a copy is the same value, whatever its names are, and shares no object with it', () => {
  fc.assert(
    fc.property(fc.oneof(jsonValue, largeValue), (value) => {
      const copy = copyJson(value);
      expect(isSameValue(copy, value)).toBe(true);
      const originals = new Set(objectsOf(value));
      expect(objectsOf(copy)).toHaveLength(objectsOf(value).length);
      expect(objectsOf(copy).filter((object) => originals.has(object))).toEqual([]);
    }),
    { seed },
  );
}, 30_000);

test('a name may be __proto__', () => {
  const value: unknown = JSON.parse('{"__proto__":{"a":[1]},"b":{"__proto__":null}}');
  const copy = copyJson(value);
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":[1]},"b":{"__proto__":null}}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});
