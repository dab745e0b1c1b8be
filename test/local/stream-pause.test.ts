import { expect, test } from 'vitest';
import { doublingMs, pause } from '../../lib/local/stream-pause.ts';

test('a signal ends a wait at once, also one that came before', async () => {
  const controller = new AbortController();
  const waited = pause(60_000, controller.signal);
  controller.abort();
  await waited;
  await pause(60_000, controller.signal);
});

test('without a signal it takes its time', async () => {
  const before = performance.now();
  await pause(20, new AbortController().signal);
  // Timers may be a millisecond early.
  expect(performance.now() - before).toBeGreaterThanOrEqual(18);
});

test.each([
  [1, 100],
  [2, 200],
  [6, 3_200],
  [7, 5_000],
  [5_000, 5_000],
])('after %i failures it is %i ms', (failures, ms) => {
  expect(doublingMs(failures, 100, 5_000)).toBe(ms);
});
