/**
 * Ends the process when a run does not end: code that goes round in microtasks, without ever calling a table, leaves no turn to
 * anything else, not even to a timer. So the watchdog is a thread.
 */
import { Worker } from 'node:worker_threads';

/** A run takes milliseconds; seconds where V8 counts blocks, and many of those where a crowded machine lets it wait. */
const RUN_MS_MAX = 180_000;

export interface Watchdog {
  /** A run begins, so the one before has ended. */
  begins(seed: number): void;
  stop(): Promise<void>;
}

export function startWatchdog(): Watchdog {
  // The number of the run, and its seed.
  const runs = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./watchdog-thread.ts', import.meta.url), {
    workerData: { runs, limitMs: RUN_MS_MAX },
  });
  worker.unref();
  return {
    begins: (seed) => {
      Atomics.store(runs, 1, BigInt(seed));
      Atomics.add(runs, 0, 1n);
      Atomics.notify(runs, 0);
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
