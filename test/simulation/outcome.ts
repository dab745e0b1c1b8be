import type { Parameters } from './parameters.ts';
import type { Violation } from './violation.ts';
import type { World } from './world.ts';

/** What one run has come to. */
export interface Outcome {
  readonly seed: number;
  readonly parameters: Parameters;
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** What the run came to, for whoever wants to know that it did anything at all. */
  readonly events: number;
  readonly faults: number;
  /** How often what has happened: calls, deaths at them, and what they came to. */
  readonly met: ReadonlyMap<string, number>;
  /** Empty unless it was asked for. */
  readonly history: readonly string[];
}

export function outcomeOf(world: World, seed: number): Outcome {
  const { model, parameters, scheduler, faults, met, history = [] } = world;
  const { violation, head: events } = model;
  return { seed, parameters, violation, steps: scheduler.steps, events, faults, met, history };
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
