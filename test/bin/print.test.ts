import { expect, test } from 'vitest';
import { printable } from '../../bin/tidemark/print.ts';

test('a terminal is shown what it would obey', () => {
  const stored = '\u001b[2J\u009b31m\r\nforged\u007f\u0000\u2028\u202ereversed';
  const escaped = String.raw`\u001b[2J\u009b31m\u000d\u000aforged\u007f\u0000\u2028\u202ereversed`;
  expect(printable(stored)).toBe(escaped);
  expect(printable('Käse 猫 👋 Order-1@7 {"a":"\\n"}')).toBe('Käse 猫 👋 Order-1@7 {"a":"\\n"}');
});

test('JSON remains the same JSON', () => {
  const value = { text: '\u009b31m\u007f\u2028\u202e\n' };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
