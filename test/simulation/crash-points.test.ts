/** Where a process is told to die it dies, so nobody has to wait for chance: each kind of call is died before, and after. */
import { expect, test } from 'vitest';
import { simulateOnAllCores } from './seed-pool.ts';
import { simulate } from './simulate.ts';
import { crashPointsOf, pointsWithoutDeath } from './steps.ts';

const SEEDS = 20;

test('processes die before and after each kind of call that seeds have come to', { timeout: 180_000 }, async () => {
  const options = { from: 1, seeds: SEEDS, world: 'log', hasSmallBounds: false, isCovered: false } as const;
  const { runs, seedsDone } = await simulateOnAllCores({ ...options, onRuns: () => true });
  expect(runs.broken).toBeUndefined();
  expect({ done: runs.done, seedsDone }).toEqual({ done: SEEDS, seedsDone: SEEDS });
  expect(crashPointsOf(runs).length).toBeGreaterThan(12);
  expect(pointsWithoutDeath(runs)).toEqual([]);
});

test('up to its death, a run is the same as without it', async () => {
  const seed = 1;
  const { history, passed, met } = await simulate(seed, { isTraced: true });
  const point = [...passed].find((one) => !met.has(`dies ${one}`));
  const other = await simulate(seed, { isTraced: true, diesAt: point });
  const same = other.history.findIndex((line, index) => line !== history[index]);
  expect(other.history[same]).toMatch(/ dies$/);
  expect(other.met.get(`dies ${point}`)).toBe(1);
});
