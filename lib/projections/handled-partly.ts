/**
 * What a handler throws that handles its events one after the other: some are handled, and the next one has failed. So those are not
 * handed over again, and it is known which one to name, or to park.
 */
export class HandledPartly extends Error {
  /** How many events of the batch, from the first; at least 1. */
  readonly count: number;
  constructor(count: number, cause: unknown) {
    super(`${count} events are handled, and the next one has failed`, { cause });
    this.count = count;
  }
}
