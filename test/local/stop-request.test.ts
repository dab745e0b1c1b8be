import { afterEach, expect, test } from 'vitest';
import { SAME_KEY_PRESS_MS } from '../../lib/local/bounds.ts';
import { stopRequest } from '../../lib/local/stop-request.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const before = new Set(SIGNALS.flatMap((signal) => process.listeners(signal)));
afterEach(() => {
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal).filter((one) => !before.has(one))) {
      process.removeListener(signal, listener);
    }
  }
});

test.each([
  [SAME_KEY_PRESS_MS, []],
  [SAME_KEY_PRESS_MS + 1, [130]],
])('a second Ctrl-C %i ms after the first', async (ms, exits) => {
  let now = 1_000;
  const exited: number[] = [];
  const requested = stopRequest(
    (code) => exited.push(code),
    () => now,
  );
  process.emit('SIGINT');
  now += ms;
  process.emit('SIGINT');
  await requested;
  expect(exited).toEqual(exits);
});
