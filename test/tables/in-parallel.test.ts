import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inParallel } from '../../lib/tables/in-parallel.ts';
import { logSeed, seed } from '../seed.ts';

logSeed();

/** Runs that end when the scheduler says so, in any order. */
function scheduled(scheduler: fc.Scheduler, fails: (value: number) => boolean) {
  const under = { now: 0, most: 0, started: [] as number[], failed: [] as number[] };
  const run = async (value: number): Promise<string> => {
    under.now += 1;
    under.most = Math.max(under.most, under.now);
    under.started.push(value);
    expect(under.failed, 'nothing is started after a failure').toEqual([]);
    await scheduler.schedule(Promise.resolve());
    under.now -= 1;
    if (fails(value)) {
      under.failed.push(value);
      throw new Error(`failed ${value}`);
    }
    return `result ${value}`;
  };
  return { under, run };
}

const numbers = fc.nat(30).map((count) => Array.from({ length: count }, (_, index) => index));

test('results are in the order of the values, and no more run at once than allowed, but as many', async () => {
  await fc.assert(
    fc.asyncProperty(numbers, fc.integer({ min: 1, max: 8 }), fc.scheduler(), async (values, atOnce, scheduler) => {
      const { under, run } = scheduled(scheduler, () => false);
      const results = await scheduler.waitFor(inParallel(values, atOnce, run));
      expect(results).toEqual(values.map((value) => `result ${value}`));
      expect(under.started).toEqual(values);
      expect(under.most).toBe(Math.min(atOnce, values.length));
    }),
    { seed, numRuns: 200 },
  );
});

test('the first failure is thrown, once all that was under way has ended, and nothing is started after it', async () => {
  await fc.assert(
    fc.asyncProperty(
      numbers.filter((values) => values.length > 0),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(),
      fc.nat(),
      fc.scheduler(),
      async (values, atOnce, one, other, scheduler) => {
        const failing = [one % values.length, other % values.length];
        const { under, run } = scheduled(scheduler, (value) => failing.includes(value));
        const error = await scheduler.waitFor(inParallel(values, atOnce, run).catch((thrown: unknown) => thrown));
        expect(under.now).toBe(0);
        expect(error).toEqual(new Error(`failed ${under.failed[0]}`));
      },
    ),
    { seed, numRuns: 200 },
  );
});

test('what is thrown at once, or is undefined, is a failure as well', async () => {
  const seen: number[] = [];
  const values = [1, 2, 3];
  const thrown = inParallel(values, 1, (value) => {
    seen.push(value);
    throw new Error('at once');
  });
  await expect(thrown).rejects.toThrow('at once');
  expect(seen).toEqual([1]);
  const nothing = inParallel(values, 2, () => Promise.reject()).then(
    () => 'fulfilled',
    (reason: unknown) => ({ reason }),
  );
  expect(await nothing).toEqual({ reason: undefined });
});

test('nothing to do is done at once', async () => {
  expect(await inParallel([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
