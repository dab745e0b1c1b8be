import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changedSince, lastRelease } from './frozen.ts';

test('what the golden files of the last release have is still there', () => {
  const release = lastRelease('.');
  expect(release === undefined ? [] : changedSince(release, '.')).toEqual([]);
});

const FORMAT = 'test/golden/commit-format-1.json';
const TEMPLATE = 'test/infrastructure/golden/Tidemark-1.json';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-frozen-'));
  write(FORMAT, { commits: [{ name: 'small', count: 1 }], unreadable: [] });
  write(TEMPLATE, { Resources: {} });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', 'Golden files');
});
afterEach(() => rmSync(folder, { recursive: true }));

function git(...args: readonly string[]): void {
  execFileSync('git', args, { cwd: folder });
}

function write(file: string, content: object): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), JSON.stringify(content));
}

test('the last release is the tag of the highest version', () => {
  expect(lastRelease(folder)).toBeUndefined();
  for (const tag of ['v0.9.0', 'v0.10.0', 'vague']) {
    git('tag', tag);
  }
  expect(lastRelease(folder)).toBe('v0.10.0');
});

test('there is none where there is no history', () => {
  rmSync(join(folder, '.git'), { recursive: true });
  expect(lastRelease(folder)).toBeUndefined();
});

test.each([
  ['nothing is changed', FORMAT, { commits: [{ name: 'small', count: 1 }], unreadable: [] }, []],
  ['an item is added', FORMAT, { commits: [{ name: 'new' }, { count: 1, name: 'small' }], unreadable: [{}] }, []],
  [
    'an item is changed',
    FORMAT,
    { commits: [{ name: 'small', count: 2 }], unreadable: [] },
    [`${FORMAT}: commits has no longer {"name":"small","count":1}`],
  ],
  ['a list is removed', FORMAT, { unreadable: [] }, [`${FORMAT}: commits has no longer {"name":"small","count":1}`]],
  ['a template is changed', TEMPLATE, { Resources: { More: {} } }, [`${TEMPLATE} was changed`]],
])('where %s, that is said', (_, file, content, changed) => {
  git('tag', 'v0.1.0');
  write(file, content);
  expect(changedSince('v0.1.0', folder)).toEqual(changed);
});

test('where a file is removed, that is said', () => {
  git('tag', 'v0.1.0');
  rmSync(join(folder, FORMAT));
  expect(changedSince('v0.1.0', folder)).toEqual([`${FORMAT} was removed`]);
});
