/** One seed after the other. */
import { setImmediate as breath } from 'node:timers/promises';
import type { Outcome } from './outcome.ts';
import { type Simulate, type SimulateOptions, simulate } from './simulate.ts';
import type { Violation } from './violation.ts';
import { watchdog } from './watchdog.ts';

export interface RunsOptions extends SimulateOptions {
  readonly seeds: number;
  /** Default: a run of the log. */
  readonly simulateOne?: Simulate;
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
  /** How often what has happened. */
  readonly met: ReadonlyMap<string, number>;
  /** The points of calls that processes have come to while there were faults, each with the lowest seed of those that have. */
  readonly passed: ReadonlyMap<string, number>;
  /** The run that was sought. */
  readonly broken: Outcome | undefined;
}

export const NO_RUNS: Runs = {
  met: new Map(),
  passed: new Map(),
  done: 0,
  steps: 0,
  events: 0,
  faults: 0,
  broken: undefined,
};

/** Of two that are broken the first one stays. */
export function addRuns(one: Runs, other: Runs): Runs {
  const met = new Map(one.met);
  for (const [what, times] of other.met) {
    met.set(what, (met.get(what) ?? 0) + times);
  }
  const passed = new Map(one.passed);
  for (const [point, seed] of other.passed) {
    passed.set(point, Math.min(seed, passed.get(point) ?? seed));
  }
  return {
    met,
    passed,
    done: one.done + other.done,
    steps: one.steps + other.steps,
    events: one.events + other.events,
    faults: one.faults + other.faults,
    broken: one.broken ?? other.broken,
  };
}

export async function simulateSeeds(from: number, options: RunsOptions): Promise<Runs> {
  const { seeds, isSought = () => true, onRun = () => true, simulateOne = simulate, ...simulateOptions } = options;
  let runs = NO_RUNS;
  try {
    while (runs.done < seeds && runs.broken === undefined) {
      watchdog().begins(from + runs.done);
      const outcome = await simulateOne(from + runs.done, simulateOptions);
      const { violation } = outcome;
      const broken = violation !== undefined && isSought(violation) ? outcome : undefined;
      const passed = new Map([...outcome.passed].map((point) => [point, outcome.seed]));
      runs = addRuns(runs, { ...outcome, passed, done: 1, broken });
      // A run is microtasks only: signals and timers have their turn here.
      await breath();
      if (!onRun(runs)) {
        break;
      }
    }
    return runs;
  } finally {
    watchdog().rests();
  }
}
