/** `npm run faults:planted` takes minutes; that each bug can still be planted is seen at once. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PLANTED } from './planted-bugs.ts';

test.each(PLANTED)('$name: its line is there, once', ({ file, line }) => {
  const code = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
  expect(code.split(line)).toHaveLength(2);
});
