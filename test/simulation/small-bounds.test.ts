/** As `simulation.test.ts`, with bounds that short runs reach. */
import { expect, test, vi } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';

logSeed();

vi.mock('../../lib/log/bounds.ts', async (original) => {
  const { SMALL_BOUNDS } = await import('./small-bounds.ts');
  return { ...(await original<object>()), ...SMALL_BOUNDS['lib/log/bounds.ts'] };
});

vi.mock('../../lib/tables/bounds.ts', async (original) => {
  const { SMALL_BOUNDS } = await import('./small-bounds.ts');
  return { ...(await original<object>()), ...SMALL_BOUNDS['lib/tables/bounds.ts'] };
});

test('where entries are cut, pages end and marks are forgotten, all is as it should be, too', {
  timeout: 600_000,
}, async () => {
  const { broken } = await simulateSeeds(seed, { seeds: 1_000 });
  expect(broken, broken && (await report(broken.seed, { hasSmallBounds: true }))).toBeUndefined();
});
