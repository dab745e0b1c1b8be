import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_POLL_MS, LOCK_WAIT_MS } from './bounds.ts';
import { CannotStart, reasonOf } from './cannot-start.ts';
import { type FileLock, tryLock } from './file-lock.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Locks a data folder, which is made where it is not there. DynamoDB Local itself would let two processes write to one
 * folder. Waits up to 5 s for the other process; `onWait` is called once if it has to.
 *
 * `holderPid`: the process to stop for whoever finds the folder locked. Throws `CannotStart` where the folder stays
 * locked or cannot be used.
 */
export async function lockDataFolder(folder: string, holderPid: number, onWait: () => void): Promise<FileLock> {
  let lock = tryLockDataFolder(folder);
  if (lock === undefined) {
    onWait();
    await waitUntil(
      () => {
        lock = tryLockDataFolder(folder);
        return lock !== undefined;
      },
      { limitMs: LOCK_WAIT_MS, pollMs: LOCK_POLL_MS },
    );
  }
  if (lock === undefined) {
    throw new CannotStart(
      `Data folder ${folder} is in use by another Tidemark (process ${readHolder(folder)}); stop it, or set TIDEMARK_DATA to another folder`,
    );
  }
  writeFileSync(holderPath(folder), `${holderPid}\n`);
  return lock;
}

/**
 * The process that uses a data folder at this moment, or undefined where none does. The folder is made where it is not
 * there. Throws `CannotStart` where it cannot be used.
 */
export function dataFolderHolder(folder: string): string | undefined {
  const lock = tryLockDataFolder(folder);
  lock?.release();
  return lock === undefined ? readHolder(folder) : undefined;
}

function tryLockDataFolder(folder: string): FileLock | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    return tryLock(lockPath(folder));
  } catch (error) {
    throw new CannotStart(
      `Data folder ${folder} cannot be used (${reasonOf(error)}); set TIDEMARK_DATA to another folder`,
    );
  }
}

function readHolder(folder: string): string {
  try {
    return readFileSync(holderPath(folder), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function lockPath(folder: string): string {
  return join(folder, 'tidemark.lock');
}

function holderPath(folder: string): string {
  return join(folder, 'tidemark.pid');
}
