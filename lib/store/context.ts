import type { ReadContext } from '../tables/read-all.ts';

/** What the operations of a store work with. Time, ids and chance are parameters, so that a test can replay them. */
export interface StoreContext extends ReadContext {
  readonly now: () => Date;
  readonly newId: () => string;
}
