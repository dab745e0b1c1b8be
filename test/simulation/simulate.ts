/** One run: writers, sequencers, a scanner and readers on tables in memory, every step and every fault chosen by a seed. */
import { Claims } from './claims.ts';
import type { Parameters } from './parameters.ts';
import { NOTHING_PLANTED, type Plant } from './plant.ts';
import { type Reader, runFollower, runSubscriber } from './readers.ts';
import { runScanner, runSequencer } from './sequencer-process.ts';
import type { Violation } from './violation.ts';
import { World } from './world.ts';
import { runWriter } from './writer.ts';

/** A run without faults is at rest long before. */
const STEPS_MAX = 30_000;

export interface Outcome {
  readonly seed: number;
  readonly parameters: Parameters;
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** What the run came to, for whoever wants to know that it did anything at all. */
  readonly events: number;
  readonly faults: number;
  /** Empty unless it was asked for. */
  readonly history: readonly string[];
}

export interface SimulateOptions {
  readonly plant?: Plant;
  /** Keeps the history; costs time. */
  readonly isTraced?: boolean;
}

/** The same seed makes the same run, step for step, with and without its history. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const { plant = NOTHING_PLANTED, isTraced = false } = options;
  const { stackTraceLimit } = Error;
  // Most runs throw a lot, and nobody looks at where: a sixth of the time.
  Error.stackTraceLimit = isTraced ? stackTraceLimit : 0;
  try {
    return await run(new World(seed, plant, isTraced), seed);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function run(world: World, seed: number): Promise<Outcome> {
  const { model, parameters, scheduler } = world;
  const claims = new Claims(model);
  const readers = runAll(world, claims);
  while (model.violation === undefined && scheduler.steps < parameters.faultySteps && (await scheduler.step())) {
    if (world.happens('crash')) {
      world.killOne();
    }
  }
  world.isHealed = true;
  world.history?.push('No more faults');
  while (model.violation === undefined && (await scheduler.step())) {
    model.require(scheduler.steps < STEPS_MAX, 'all comes to rest', () => `not after ${STEPS_MAX} steps`);
  }
  if (model.violation === undefined) {
    model.checkRest();
    claims.checkAll();
    const hasAll = readers.every((reader) => reader.hasAll());
    model.require(hasAll, 'readers see the log', () => `a reader has not got to the end, which is ${model.head}`);
  }
  const { violation, head: events } = model;
  const { steps } = scheduler;
  return { seed, parameters, violation, steps, events, faults: world.faults, history: world.history ?? [] };
}

function runAll(world: World, claims: Claims): Reader[] {
  const { writers, operations, sequencers, followers, subscribers } = world.parameters;
  for (const writer of numbers(writers)) {
    runWriter(world, claims, `writer ${writer}`, Math.ceil(operations / writers));
  }
  for (const sequencer of numbers(sequencers)) {
    runSequencer(world, `sequencer ${sequencer}`);
  }
  runScanner(world);
  return [
    ...numbers(followers).map((follower) => runFollower(world, `follower ${follower}`)),
    ...numbers(subscribers).map((subscriber) => runSubscriber(world, `subscriber ${subscriber}`)),
  ];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
