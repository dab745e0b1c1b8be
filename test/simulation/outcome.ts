import type { Parameters } from './parameters.ts';
import type { Violation } from './violation.ts';
import type { World } from './world.ts';

/** What one run has come to. */
export interface Outcome {
  readonly seed: number;
  /** Where it was told that a process dies. */
  readonly diesAt?: string | undefined;
  readonly parameters: Parameters;
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** What the run came to, for whoever wants to know that it did anything at all. */
  readonly events: number;
  readonly faults: number;
  /** How often what has happened: calls, deaths at them, and what they came to. */
  readonly met: ReadonlyMap<string, number>;
  /** The points of calls that processes have come to while there were faults. */
  readonly passed: ReadonlySet<string>;
  /** Empty unless it was asked for. */
  readonly history: readonly string[];
}

export function outcomeOf(world: World, seed: number): Outcome {
  const { diesAt, model, parameters, scheduler, faults, met, passed, history = [] } = world;
  const { violation, head: events } = model;
  return {
    seed,
    ...(diesAt === undefined ? {} : { diesAt }),
    parameters,
    violation,
    steps: scheduler.steps,
    events,
    faults,
    met,
    passed,
    history,
  };
}

/** Runs something without stack traces, unless somebody wants to read them: most runs throw a lot, which is a sixth of the time. */
export async function withoutTraces<Result>(isTraced: boolean, run: () => Promise<Result>): Promise<Result> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = isTraced ? stackTraceLimit : 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
