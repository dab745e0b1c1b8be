/** A part of what `npm run simulate -- --projections` does for as long as one likes: other seeds in each run. */
import { expect, test } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulateProjections } from './simulate-projections.ts';

logSeed();

const SEEDS = 1_000;
const simulateOne = simulateProjections;

test('whatever the order and the faults, each event counts once, and readers never go back', {
  timeout: 600_000,
}, async () => {
  const { broken, done, events, faults } = await simulateSeeds(seed, { seeds: SEEDS, simulateOne });
  expect(broken, broken && (await report(broken.seed, { simulateOne }))).toBeUndefined();
  expect(events).toBeGreaterThan(10 * done);
  expect(faults).toBeGreaterThan(10 * done);
});

test('a seed makes the same run again, with its history and without', async () => {
  for (let done = 0; done < 10; done++) {
    const { history, ...traced } = await simulateOne(seed + done, { isTraced: true });
    expect(history.length).toBeGreaterThan(0);
    expect(await simulateOne(seed + done)).toEqual({ ...traced, history: [] });
  }
});
