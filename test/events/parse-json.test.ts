import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../lib/events/parse-json.ts';
import { logSeed, seed } from '../seed.ts';
import { isSameValue } from './same-value.ts';

logSeed();

/** Names that are written with escapes, that look like escapes, and that look like what is put in their place. */
const name = fc.string({
  unit: fc.constantFrom('"', '\\', '\n', '#', '0', 'a', 'u', ':', ' ', '__proto__'),
  maxLength: 4,
});

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    name,
    fc.constantFrom(null, true, 0),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
})).value;

test('whatever names an object has, and whatever was parsed before it, they are read as they were written', () => {
  // With this in the memory of the process, Node's own JSON.parse reads the next text wrong.
  JSON.parse('{"h":[],"\\\\":0}');
  expect(Object.keys(Object(parseJson('{"h":1,"\\"":2,"\\n":3,"#0":4}')))).toEqual(['h', '"', '\n', '#0']);
  expect(Object.keys(Object(parseJson('{"#0#0":1,"#0#1#":2,"\\n":3,"#":4}')))).toEqual(['#0#0', '#0#1#', '\n', '#']);
  fc.assert(
    fc.property(value, (written) => {
      expect(isSameValue(parseJson(JSON.stringify(written)), written)).toBe(true);
      expect(isSameValue(parseJson(JSON.stringify(written, null, ' ')), written)).toBe(true);
    }),
    { seed, numRuns: 2_000 },
  );
});

test.each(['{"\\q":1}', '{"a\\":1}', '{"\\"":}', '{"\\"" 1}', '"\\"":1', '{"a\nb\\n":1}', '\\', '{"\\u12":1}'])(
  'what is not JSON is a SyntaxError: %j',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

test('of names that are written twice the last counts, escaped or not', () => {
  expect(parseJson('{"a\\"":1,"a\\u0022":2}')).toEqual({ 'a"': 2 });
  expect(parseJson('{"\\u0061":1,"a":2}')).toEqual({ a: 2 });
});

test.each([
  ['a string that does not end', `{"a":"${'\\"'.repeat(100_000)}`],
  ['a string that ends in an escape', `{"a":"${'\\"'.repeat(100_000)}\\`],
  ['white space after each string', `["\\n"${'"a"'.padEnd(1_000, ' ').repeat(400)}`],
  ['a name that ends in nothing but #', `{"${'#'.repeat(400_000)}\\n":1`],
  ['names that stand for others', `{"\\n":"${Array.from({ length: 50_000 }, (_, number) => `#${number}#`).join('')}"`],
  ['escapes alone', '\\'.repeat(200_000)],
])('%s takes no longer than its length', { timeout: 20_000 }, (_, text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
