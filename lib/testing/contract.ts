import type { Tables } from '../tables/tables.ts';

/** One promise of a contract, as the `test(name, run)` of any test runner takes it. */
export interface ContractCase {
  /** The promise, with what makes it: `put: an item that was put is what a strong read gets, at once`. Unique in its contract. */
  readonly name: string;
  /** Rejects where the promise is not kept, with an error whose message begins with the name. */
  readonly run: () => Promise<void>;
}

/**
 * Makes empty tables that nothing else uses. Whoever must remove them afterwards keeps what is needed for it, and does so when
 * all cases have run.
 */
export type MakeTables = () => Tables | Promise<Tables>;

/** Promises by name, and what checks each of them. */
export type Cases<Context> = Readonly<Record<string, (context: Context) => Promise<void>>>;

/** Cases as they are shipped. The context is made for each case, unless `makeContext` is one that `once` has made. */
export function contractCases<Context>(
  subject: string,
  cases: Cases<Context>,
  makeContext: () => Context | Promise<Context>,
): ContractCase[] {
  return Object.entries(cases).map(([promise, check]) => {
    const name = `${subject}: ${promise}`;
    return { name, run: async () => checkNamed(name, check, await makeContext()) };
  });
}

/** Cases that are alike but for a row of a table. */
export function eachOf<Row, Context>(
  rows: readonly Row[],
  name: (row: Row) => string,
  check: (context: Context, row: Row) => Promise<void>,
): Cases<Context> {
  return Object.fromEntries(rows.map((row) => [name(row), (context: Context) => check(context, row)]));
}

/** Makes something when it is first asked for, the same for all; once more where that has failed. */
export function once<Made>(make: () => Made | Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return async () => {
    made ??= Promise.resolve(make());
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}

async function checkNamed<Context>(
  name: string,
  check: (context: Context) => Promise<void>,
  context: Context,
): Promise<void> {
  try {
    await check(context);
  } catch (error) {
    prefixMessage(name, error);
    throw error;
  }
}

/** The same error, which keeps its class, what was compared and where, with a message that says of what it is. */
export function prefixMessage(prefix: string, error: unknown): void {
  if (!(error instanceof Error)) {
    return;
  }
  const { message, stack } = error;
  error.message = `${prefix}: ${message}`;
  if (stack !== undefined) {
    // A function, because "$" has a meaning in a text that replaces.
    error.stack = stack.replace(message, () => error.message);
  }
}
