/** The TypeScript of the README compiles, is formatted, and passes the linter; `readme.dynamodb.test.ts` runs it. */
import { expect, onTestFinished, test } from 'vitest';
import { examineCode } from './examine.ts';
import { readmeChapters } from './readme-chapters.ts';
import { setUpWorkshop } from './workshop.ts';

test("the README's TypeScript is as it should be written", async () => {
  const workshop = setUpWorkshop(readmeChapters());
  onTestFinished(() => workshop.remove());
  const problems = await examineCode(workshop);
  expect(problems.map(({ where, message }) => `${where}: ${message}`).join('\n\n')).toBe('');
}, 120_000);
