/** The list of blocks that are not taken is of the code as it is; whether they are taken is counted by `coverage.test.ts`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SELDOM, UNTAKEN } from './untaken-blocks.ts';

test.each([...Object.values(UNTAKEN).flat(), ...SELDOM])('%s', (name) => {
  const [, file = '', inFunction = '', begin = ''] = /^(\S+) (\S+): (.*)$/.exec(name) ?? [];
  const source = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
  expect(source.includes(`${inFunction}(`) || source.includes(`${inFunction}<`), `${file} has ${inFunction}`).toBe(
    true,
  );
  expect(source.includes(begin), `${file} has ${begin}`).toBe(true);
});
