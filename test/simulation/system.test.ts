/** A part of what `npm run simulate` does for as long as one likes: other seeds in each run. */
import { expect, test } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulateSystem } from './simulate-system.ts';

logSeed();

const SEEDS = 100;
const simulateOne = simulateSystem;

test('whatever the order and the faults, the whole system holds what its parts promise', {
  timeout: 600_000,
}, async () => {
  const { broken, done, events, faults } = await simulateSeeds(seed, { seeds: SEEDS, simulateOne });
  expect(broken, broken && (await report(broken.seed, { simulateOne }))).toBeUndefined();
  expect(events).toBeGreaterThan(10 * done);
  expect(faults).toBeGreaterThan(10 * done);
});

test('a seed makes the same run again, with its history and without', async () => {
  for (let done = 0; done < 5; done++) {
    const { history, ...traced } = await simulateOne(seed + done, { isTraced: true });
    expect(history.length).toBeGreaterThan(0);
    expect(await simulateOne(seed + done)).toEqual({ ...traced, history: [] });
  }
});
