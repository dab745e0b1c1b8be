import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadContext } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';

/** What projections work with. Time, ids and chance are parameters, so that a test can replay them. */
export interface ProjectionContext extends ReadContext {
  readonly now: () => Date;
  readonly newId: () => string;
}

/** A context with the system's clock, timers and chance. */
export function createProjectionContext(tables: Tables): ProjectionContext {
  return {
    tables,
    delay: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
    now: () => new Date(),
    newId: randomUUID,
  };
}
