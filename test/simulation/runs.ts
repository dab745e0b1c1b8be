/** One seed after the other. */
import { setImmediate as breath } from 'node:timers/promises';
import { type Outcome, type SimulateOptions, simulate } from './simulate.ts';
import type { Violation } from './violation.ts';
import { startWatchdog } from './watchdog.ts';

export interface RunsOptions extends SimulateOptions {
  readonly seeds: number;
  /** Default: a run of the log. */
  readonly simulateOne?: typeof simulate;
  /** Default: any violation ends the runs. */
  readonly isSought?: (violation: Violation) => boolean;
  /** Is told how far it has got; `false` ends the runs. */
  readonly onRun?: (runs: Runs) => boolean;
}

export interface Runs {
  readonly done: number;
  readonly steps: number;
  readonly events: number;
  readonly faults: number;
  /** The run that was sought. */
  readonly broken: Outcome | undefined;
}

export async function simulateSeeds(from: number, options: RunsOptions): Promise<Runs> {
  const { seeds, isSought = () => true, onRun = () => true, simulateOne = simulate, ...simulateOptions } = options;
  const watchdog = startWatchdog();
  let runs: Runs = { done: 0, steps: 0, events: 0, faults: 0, broken: undefined };
  try {
    while (runs.done < seeds && runs.broken === undefined) {
      watchdog.begins(from + runs.done);
      const outcome = await simulateOne(from + runs.done, simulateOptions);
      const { violation, steps, events, faults } = outcome;
      runs = {
        done: runs.done + 1,
        steps: runs.steps + steps,
        events: runs.events + events,
        faults: runs.faults + faults,
        broken: violation !== undefined && isSought(violation) ? outcome : undefined,
      };
      // A run is microtasks only: signals and timers have their turn here.
      await breath();
      if (!onRun(runs)) {
        break;
      }
    }
    return runs;
  } finally {
    await watchdog.stop();
  }
}
