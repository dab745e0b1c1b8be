import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { tryLock } from '../../lib/local/file-lock.ts';
import { temporaryFolder } from '../support/tidemark-process.ts';

test('one has it, until it lets go', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const first = tryLock(path);
  expect(tryLock(path)).toBeUndefined();
  first?.release();
  const second = tryLock(path);
  expect(second).toBeDefined();
  second?.release();
});

test('it is held also when nothing refers to it any more', async () => {
  const path = join(await temporaryFolder(), 'lock');
  tryLock(path);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  expect(tryLock(path)).toBeUndefined();
});

test('a file that cannot be opened is an error, and no lock of another', async () => {
  expect(() => tryLock('/no/such/folder/lock')).toThrow('unable to open database file');
});
