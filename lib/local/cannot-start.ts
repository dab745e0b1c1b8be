/** Tidemark cannot start, and its user can do something about it: one line that says what. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** What an error says, for such a line. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === '' && error instanceof Error ? error.name : message;
}
