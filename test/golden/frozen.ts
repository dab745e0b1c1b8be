/** What the golden files had at the last release is what they keep for ever. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

/** Items may be added to a file; what is there stays as it is. */
const FORMATS = 'test/golden';
/** Each is what was deployed, as a whole. */
const TEMPLATES = 'test/infrastructure/golden';

const Lists = z.record(z.string(), z.array(z.unknown()));

/** The newest release that HEAD comes after: a tag `v` and a version. None where there is no history to look in. */
export function lastRelease(repository: string): string | undefined {
  if (!existsSync(join(repository, '.git'))) {
    return undefined;
  }
  const tags = git(repository, 'tag', '--list', 'v[0-9]*', '--merged', 'HEAD', '--sort=-version:refname');
  return tags.split('\n')[0] || undefined;
}

/** What differs from the golden files of a release, each in a line; nothing where all of it is still there. */
export function changedSince(release: string, repository: string): string[] {
  const files = git(repository, 'ls-tree', '-r', '--name-only', release, '--', FORMATS, TEMPLATES).split('\n');
  return files
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const path = join(repository, file);
      if (!existsSync(path)) {
        return [`${file} was removed`];
      }
      const [before, after] = [git(repository, 'show', `${release}:${file}`), readFileSync(path, 'utf8')];
      return file.startsWith(TEMPLATES) ? changedText(file, before, after) : changedItems(file, before, after);
    });
}

function changedText(file: string, before: string, after: string): string[] {
  return before === after ? [] : [`${file} was changed`];
}

function changedItems(file: string, before: string, after: string): string[] {
  const now = Lists.parse(JSON.parse(after));
  return Object.entries(Lists.parse(JSON.parse(before))).flatMap(([list, items]) =>
    items
      .filter((item) => !(now[list] ?? []).some((other) => isDeepStrictEqual(item, other)))
      .map((item) => `${file}: ${list} has no longer ${JSON.stringify(item).slice(0, ITEM_CHARACTERS_MAX)}`),
  );
}

/** The name of an item stands at its beginning. */
const ITEM_CHARACTERS_MAX = 200;

function git(repository: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8', maxBuffer: GIT_OUTPUT_BYTES_MAX });
}

/** A template has some hundred kilobytes. */
const GIT_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
