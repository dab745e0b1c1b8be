import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateCost } from '../../lib/cost/estimate.ts';
import { PRICES, type PriceName } from '../../lib/cost/prices.ts';
import { WORKLOAD, type Workload } from '../../lib/cost/workload.ts';
import { CommitTooLarge, InvalidArgument } from '../../lib/events/errors.ts';
import { logSeed, seed } from '../seed.ts';

logSeed();

const workload = fc.record({
  eventsPerDay: fc.integer({ min: 0, max: 1e9 }),
  bytesPerEvent: fc.integer({ min: 50, max: 3_000 }),
  eventsPerAppend: fc.integer({ min: 1, max: 50 }),
  commitsPerBatch: fc.integer({ min: 1, max: 200 }),
  projections: fc.integer({ min: 0, max: 5 }),
  documentBytes: fc.integer({ min: 1, max: 5_000 }),
  readers: fc.integer({ min: 0, max: 5 }),
  through: fc.constantFrom('api' as const, 'library' as const),
  isMonitored: fc.boolean(),
});

test('the bill is the sum of its lines, each of which is its quantities at their prices', () => {
  fc.assert(
    fc.property(workload, (some) => {
      const { lines, dollarsPerMonth } = estimateCost(some);
      expect(dollarsPerMonth).toBeCloseTo(lines.reduce((sum, { dollars }) => sum + dollars, 0));
      // Twice the price of one thing is the bill and once more what the thing costs.
      const name: PriceName = 'readUnits';
      const readUnits = lines.reduce((sum, { quantities }) => sum + (quantities[name] ?? 0), 0);
      const dearer = estimateCost(some, { [name]: 2 * PRICES[name] });
      expect(dearer.dollarsPerMonth).toBeCloseTo(dollarsPerMonth + (PRICES[name] * readUnits) / 1e6);
    }),
    { seed, numRuns: 100 },
  );
});

test('more events, projections or readers never cost less', () => {
  fc.assert(
    fc.property(workload, fc.constantFrom('eventsPerDay', 'projections', 'readers'), (some, name) => {
      const more: Workload = { ...some, [name]: some[name] + 1 };
      expect(estimateCost(more).dollarsPerMonth).toBeGreaterThanOrEqual(estimateCost(some).dollarsPerMonth - 1e-9);
    }),
    { seed, numRuns: 100 },
  );
});

test('larger appends and larger batches never cost more', () => {
  const costOf = (changed: Partial<Workload>) =>
    estimateCost({ ...WORKLOAD, eventsPerDay: 1e6, ...changed }).dollarsPerMonth;
  for (const [fewer, more] of [
    [1, 2],
    [2, 10],
    [10, 100],
  ] as const) {
    expect(costOf({ eventsPerAppend: more })).toBeLessThan(costOf({ eventsPerAppend: fewer }));
    expect(costOf({ commitsPerBatch: more })).toBeLessThan(costOf({ commitsPerBatch: fewer }));
  }
});

test('what no store can do has no price', () => {
  expect(() => estimateCost({ ...WORKLOAD, eventsPerDay: -1, readers: Number.NaN })).toThrow(InvalidArgument);
  expect(() => estimateCost({ ...WORKLOAD, eventsPerAppend: 1_000, bytesPerEvent: 1_000 })).toThrow(CommitTooLarge);
});
