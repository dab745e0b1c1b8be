/** One run: writers, sequencers, a scanner and readers on tables in memory, every step and every fault chosen by a seed. */
import { Claims } from './claims.ts';
import { type Outcome, outcomeOf, withoutTraces } from './outcome.ts';
import { type Reader, runFollower, runSubscriber } from './readers.ts';
import { runScanner, runSequencer } from './sequencer-process.ts';
import { World, type WorldOptions } from './world.ts';
import { runWriter } from './writer.ts';

export type SimulateOptions = Pick<WorldOptions, 'plant' | 'isTraced' | 'diesAt'>;

/** One run of a seed: the same seed makes the same run, step for step, with and without its history. */
export type Simulate = (seed: number, options?: SimulateOptions) => Promise<Outcome>;

export const simulate: Simulate = (seed, options = {}) =>
  withoutTraces(options.isTraced ?? false, () => run(new World(seed, options), seed));

async function run(world: World, seed: number): Promise<Outcome> {
  const { model } = world;
  const claims = new Claims(model);
  const readers = runLog(world, claims);
  await world.runFaulty(world.parameters.faultySteps);
  await world.rest();
  if (model.violation === undefined) {
    checkLog(world, claims, readers);
  }
  return outcomeOf(world, seed);
}

/** Once all is at rest. */
export function checkLog({ model }: World, claims: Claims, readers: readonly Reader[]): void {
  model.checkInLog();
  claims.checkAll();
  const hasAll = readers.every((reader) => reader.hasAll());
  model.require(hasAll, 'readers see the log', () => `a reader has not got to the end, which is ${model.head}`);
}

/**
 * Whoever writes the log, and reads it.
 *
 * @param scansLast whether the last scan, where records have been dropped, is done here
 */
export function runLog(world: World, claims: Claims, scansLast = true): Reader[] {
  const { writers, operations, sequencers, followers, subscribers } = world.parameters;
  for (const writer of numbers(writers)) {
    runWriter(world, claims, `writer ${writer}`, Math.ceil(operations / writers));
  }
  for (const sequencer of numbers(sequencers)) {
    runSequencer(world, `sequencer ${sequencer}`);
  }
  runScanner(world, scansLast);
  return [
    ...numbers(followers).map((follower) => runFollower(world, `follower ${follower}`)),
    ...numbers(subscribers).map((subscriber) => runSubscriber(world, `subscriber ${subscriber}`)),
  ];
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
