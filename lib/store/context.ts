import type { Tables } from '../tables/tables.ts';

/** What the operations of a store work with. Time, ids and chance are parameters, so that a test can replay them. */
export interface StoreContext {
  readonly tables: Tables;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Resolves after so many milliseconds. */
  readonly delay: (ms: number) => Promise<void>;
  /** From 0 (inclusive) to 1. */
  readonly random: () => number;
}
