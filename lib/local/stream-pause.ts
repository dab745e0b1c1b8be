import { setTimeout as delay } from 'node:timers/promises';

/** Waits so many milliseconds; a signal ends the waiting at once. Never rejects. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = async (ms, signal) => {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
};

/** Milliseconds to wait after so many failures in a row (from 1): doubles from `minMs` to `maxMs`. */
export function doublingMs(failures: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** (failures - 1));
}
