/** A part of what `npm run simulate` does for as long as one likes: other seeds in each run. */
import { expect, test } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import type { Outcome } from './outcome.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulate } from './simulate.ts';

logSeed();

const SEEDS = 2_000;

test('whatever the order and the faults, the log is what was appended, and all see the same', {
  timeout: 600_000,
}, async () => {
  const { broken, done, events, faults } = await simulateSeeds(seed, { seeds: SEEDS });
  expect(broken, broken && (await report(broken.seed))).toBeUndefined();
  expect(events).toBeGreaterThan(10 * done);
  expect(faults).toBeGreaterThan(10 * done);
});

test('a seed makes the same run again, with its history and without', async () => {
  const digest = ({ steps, events, faults, history }: Outcome) => ({ steps, events, faults, history });
  for (let done = 0; done < 20; done++) {
    const traced = await simulate(seed + done, { isTraced: true });
    expect(digest(await simulate(seed + done, { isTraced: true }))).toEqual(digest(traced));
    expect(digest(await simulate(seed + done))).toEqual({ ...digest(traced), history: [] });
  }
});
