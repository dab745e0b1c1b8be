/** What the documentation names is there: files that it links to, tests, scripts of npm. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['*.md', 'docs/**/*.md', 'test/**/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .toSorted();

const LINK = /\]\((?!https?:)([^)\s]*)\)/g;
/** In backticks: a path of this repository, which may be a pattern. */
const PATH = /`((?:test|lib|lambdas|bin|bench|examples|docs|packaging)\/[^\s`]*?)(?::\d+)?`/g;
const SCRIPT = /\bnpm run ([a-z:-]+)/g;

test.each(PAGES)('what %s names is there', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const missing = [
    ...found(text, LINK).filter((link) => !hasTarget(page, link)),
    ...found(text, PATH).filter((path) => globSync(withoutSlash(path), { cwd: ROOT }).length === 0),
    ...found(text, SCRIPT).filter((script) => !(script in scripts())),
  ];
  expect(missing).toEqual([]);
});

test('the pages are found, and what is not there is', () => {
  expect(PAGES).toContain('docs/guarantees.md');
  expect(hasTarget('docs/guarantees.md', 'nothing.md')).toBe(false);
  expect(hasTarget('README.md', '#nothing-of-that-name')).toBe(false);
});

function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}

function hasTarget(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
  return existsSync(file) && (heading === undefined || !file.endsWith('.md') || anchorsOf(file).has(heading));
}

/** As GitHub makes them of headings: small letters, spaces as dashes, and nothing else but letters, digits, dashes and underscores. */
function anchorsOf(file: string): Set<string> {
  const headings = found(readFileSync(file, 'utf8'), /^#+ (.*)$/gm);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function scripts(): object {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
}
