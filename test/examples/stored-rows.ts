import { DatabaseSync } from 'node:sqlite';

/** The orders of an SQLite file. */
export function rowsOf(file: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare('SELECT * FROM orders ORDER BY build, order_id')
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}
