/** A bug that is planted in the tables of some processes, to show that the simulation finds it. */
import type { Tables } from '../../lib/tables/tables.ts';

/** Makes what one process sees. `memory` has neither faults nor turns. */
export type Double = (tables: Tables, memory: Tables) => Tables;

export interface Plant {
  readonly sequencer?: Double;
  readonly writer?: Double;
  readonly reader?: Double;
  /** Runners of projections, and who redrives. */
  readonly projection?: Double;
  readonly documentReader?: Double;
}

export const NOTHING_PLANTED: Plant = {};
