import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolderHolder, lockDataFolder } from '../../lib/local/data-folder.ts';
import { temporaryFolder } from '../support/tidemark-process.ts';

test('whoever waits for a data folder gets it when it is free', async () => {
  const folder = join(await temporaryFolder(), 'data');
  const first = await lockDataFolder(folder, 1, () => {});
  expect(dataFolderHolder(folder)).toBe('1');
  const waits = Promise.withResolvers<void>();
  const second = lockDataFolder(folder, 2, waits.resolve);
  await waits.promise;
  first.release();
  const lock = await second;
  expect(dataFolderHolder(folder)).toBe('2');
  lock.release();
  expect(dataFolderHolder(folder)).toBeUndefined();
});
