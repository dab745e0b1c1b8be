import { DatabaseSync } from 'node:sqlite';

/** What SQLite says where another connection has the lock ("Result and Error Codes", sqlite.org). */
const SQLITE_BUSY = 5;

/** Held locks, so that none is lost with its last reference: the garbage collector closes databases. */
const held = new Set<DatabaseSync>();

export interface FileLock {
  release(): void;
}

/**
 * Takes the lock of a file, or returns undefined where another process has it. The operating system holds it, and lets
 * go of it when this process ends, however it ends: there is never a stale lock to clean up. Node has no file locks of
 * its own, but SQLite does. Throws where the file cannot be opened.
 */
export function tryLock(path: string): FileLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written to it, so it needs no journal file beside it (OFF is refused by Node's SQLite).
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) {
      return undefined;
    }
    throw error;
  }
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
