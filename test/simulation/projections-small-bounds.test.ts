/** As `projections.test.ts`, with bounds that short runs reach: batches of few documents, pages of few events, forgotten documents. */
import { expect, test, vi } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulateProjections } from './simulate-projections.ts';

logSeed();

vi.mock('../../lib/projections/bounds.ts', async (original) => {
  const { SMALL_BOUNDS } = await import('./small-bounds.ts');
  return { ...(await original<object>()), ...SMALL_BOUNDS['lib/projections/bounds.ts'] };
});

vi.mock('../../lib/tables/bounds.ts', async (original) => {
  const { SMALL_BOUNDS } = await import('./small-bounds.ts');
  return { ...(await original<object>()), ...SMALL_BOUNDS['lib/tables/bounds.ts'] };
});

test('where batches and pages end and documents are forgotten, all is as it should be, too', {
  timeout: 600_000,
}, async () => {
  const simulateOne = simulateProjections;
  const { broken } = await simulateSeeds(seed, { seeds: 500, simulateOne });
  expect(broken, broken && (await report(broken.seed, { simulateOne, hasSmallBounds: true }))).toBeUndefined();
});
