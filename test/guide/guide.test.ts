/** Every block of the guide compiles, is formatted, and prints what stands behind it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guideChapters, readChapter } from './chapter.ts';
import { examine } from './examine.ts';
import type { Problem } from './problem.ts';
import { setUpWorkshop, type Workshop } from './workshop.ts';

const CHAPTERS = guideChapters();
/** It is run with the others: what is wrong in it must be found, where it is. */
const WRONG = readChapter('test/guide/wrong.md');

let workshop: Workshop;
let problems: readonly Problem[];
beforeAll(async () => {
  workshop = setUpWorkshop([...CHAPTERS, WRONG]);
  problems = await examine(workshop);
}, 120_000);
afterAll(() => workshop.remove());

test.each(CHAPTERS)('$path is as it says', ({ path }) => {
  const found = problems.filter(({ where }) => where.startsWith(`${path}:`));
  expect(found.map(({ where, message }) => `${where}: ${message}`).join('\n\n')).toBe('');
});

test('nothing else is wrong', () => {
  const paths = [...CHAPTERS, WRONG].map(({ path }) => `${path}:`);
  expect(problems.filter(({ where }) => !paths.some((path) => where.startsWith(path)))).toEqual([]);
});

test('what is wrong in a chapter is found, with its line', () => {
  const found = problems.filter(({ where }) => where.startsWith(`${WRONG.path}:`));
  const expected = [...WRONG.text.matchAll(/^<!-- finds (\d+): (.*) -->$/gm)].map(
    ([, line, message]) => `${WRONG.path}:${line} ${message}`,
  );
  expect(found.map(({ where, message }) => `${where} ${message.split('\n')[0]}`).toSorted()).toEqual(
    expected.toSorted(),
  );
});

const PAGES = [...CHAPTERS.map(({ path }) => path), 'docs/guide/README.md'];
test.each(PAGES)('%s links to what is there', (path) => {
  const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? path : join(dirname(path), file);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** The headings of a page, as links to them are written. */
function anchorsOf(path: string): string[] {
  const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
