import type { EventStore } from '../../../lib/index.ts';
import type { Tables } from '../../../lib/tables/tables.ts';

/** What the parts of the contract run on. Functions, because tables are made when the tests begin. */
export interface Context {
  readonly tables: () => Tables;
  readonly store: () => EventStore;
}

let streams = 0;

/** A stream that no other test uses. */
export function newStream(): string {
  streams += 1;
  return `Test-${streams}-${process.pid}`;
}
