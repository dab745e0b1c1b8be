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
  /** Who gives commands. */
  readonly caller?: Double;
  /** Who runs a process manager: its runner, and the commands that it sends. */
  readonly keeper?: Double;
  /** Who scans. */
  readonly scanner?: Double;
}

export const NOTHING_PLANTED: Plant = {};
