import { expect, test } from 'vitest';
import { startProjectionLoop } from '../../lib/local/projection-loop.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import type { RunResult } from '../../lib/projections/runner.ts';
import type { RunOptions } from '../../lib/projections/work-through.ts';

const LIMIT = { limitMs: 10_000, pollMs: 1 };
const DONE: RunResult = { outcome: 'caught-up', build: '1.1', position: 1, events: 1, parked: 0 };
const FAILURE = {
  position: 7,
  eventId: 'a.1',
  type: 'OrderPlaced',
  message: 'Error: odd',
  since: '2026-11-24T12:00:00Z',
  attempts: 5,
  isHalted: true,
};

/** A loop whose runs end, one after the other, as the test says, and whose pauses end by their signal only, or as the test says. */
function loopByHand() {
  const runs: { readonly options: RunOptions; readonly end: PromiseWithResolvers<RunResult> }[] = [];
  const pauses: { readonly ms: number; readonly isOver: PromiseWithResolvers<void> }[] = [];
  const reported: unknown[] = [];
  const loop = startProjectionLoop({
    name: 'orders',
    run: (options) => {
      const end = Promise.withResolvers<RunResult>();
      runs.push({ options, end });
      return end.promise;
    },
    pause: (ms, signal) => {
      const isOver = Promise.withResolvers<void>();
      pauses.push({ ms, isOver });
      if (signal.aborted) {
        isOver.resolve();
      }
      signal.addEventListener('abort', () => isOver.resolve());
      return isOver.promise;
    },
    reportError: (error) => reported.push(error),
  });
  const reached = (count: number) => waitUntil(() => runs.length === count, LIMIT);
  const paused = (count: number) => waitUntil(() => pauses.length === count, LIMIT);
  return { loop, runs, pauses, reported, reached, paused };
}

test('it runs at once, and again when it is woken, or after a while', async () => {
  const { loop, runs, pauses, reached, paused } = loopByHand();
  expect(runs).toHaveLength(1);
  runs[0]?.end.resolve(DONE);
  await paused(1);
  expect(runs).toHaveLength(1);
  loop.wake();
  expect(await reached(2)).toBe(true);
  runs[1]?.end.resolve(DONE);
  await paused(2);
  expect(pauses.map(({ ms }) => ms)).toEqual([5_000, 5_000]);
  pauses[1]?.isOver.resolve();
  expect(await reached(3)).toBe(true);
  runs[2]?.end.resolve(DONE);
  await loop.stop();
});

test('what comes while it runs makes it run once more, never beside', async () => {
  const { loop, runs, reached, paused } = loopByHand();
  loop.wake();
  loop.wake();
  loop.wake();
  expect(runs).toHaveLength(1);
  runs[0]?.end.resolve(DONE);
  expect(await reached(2)).toBe(true);
  runs[1]?.end.resolve(DONE);
  expect(await paused(2)).toBe(true);
  expect(runs).toHaveLength(2);
  await loop.stop();
});

test('where there is more, it goes on at once', async () => {
  const { loop, runs, pauses, paused } = loopByHand();
  runs[0]?.end.resolve({ ...DONE, outcome: 'more' });
  await paused(1);
  expect(pauses.map(({ ms }) => ms)).toEqual([0]);
  await loop.stop();
});

test('a run that fails is reported and tried again, after a wait that doubles up to 5 s', async () => {
  const { loop, runs, pauses, reported, reached, paused } = loopByHand();
  for (let failures = 1; failures <= 8; failures++) {
    runs[failures - 1]?.end.reject(new Error(`fault ${failures}`));
    await paused(failures);
    pauses[failures - 1]?.isOver.resolve();
    await reached(failures + 1);
  }
  expect(pauses.map(({ ms }) => ms)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  expect(reported).toHaveLength(8);
  expect(reported[7]).toMatchObject({ message: expect.stringContaining('orders'), cause: { message: 'fault 8' } });
  runs[8]?.end.resolve(DONE);
  await paused(9);
  loop.wake();
  await reached(10);
  runs[9]?.end.reject(new Error('another one'));
  await paused(10);
  expect(pauses[9]?.ms).toBe(100);
  await loop.stop();
});

test('why it does not go on is said once, and again when it has gone on in between', async () => {
  const { loop, runs, reported, reached, paused } = loopByHand();
  const halted: RunResult = { ...DONE, outcome: 'halted', failure: FAILURE };
  const results = [halted, halted, DONE, halted, { ...DONE, outcome: 'outdated' as const }];
  for (const [index, result] of results.entries()) {
    await reached(index + 1);
    runs[index]?.end.resolve(result);
    await paused(index + 1);
    loop.wake();
  }
  await reached(6);
  const halt = expect.objectContaining({
    message: expect.stringMatching(/halted at position 7 .*odd.*redrive orders/),
  });
  expect(reported).toEqual([
    halt,
    halt,
    expect.objectContaining({ message: expect.stringContaining('newer version') }),
  ]);
  runs[5]?.end.resolve(DONE);
  await loop.stop();
});

test('it stops when the run under way has ended, which it is asked for', async () => {
  const { loop, runs } = loopByHand();
  expect(runs[0]?.options.mayGoOn?.()).toBe(true);
  let isStopped = false;
  const stopped = loop.stop().then(() => {
    isStopped = true;
  });
  expect(runs[0]?.options.mayGoOn?.()).toBe(false);
  await Promise.resolve();
  expect(isStopped).toBe(false);
  runs[0]?.end.resolve({ ...DONE, outcome: 'more' });
  await stopped;
  expect(runs).toHaveLength(1);
});

test('stopping ends a wait behind a failure', async () => {
  const { loop, runs, paused } = loopByHand();
  runs[0]?.end.reject(new Error('a fault'));
  await paused(1);
  await loop.stop();
  expect(runs).toHaveLength(1);
});
