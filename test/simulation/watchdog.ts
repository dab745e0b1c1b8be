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
  /** No run is under way. */
  rests(): void;
}

let known: Watchdog | undefined;

/** One for all runs of this thread: to start a thread takes longer than a run. It does not keep the process alive. */
export function watchdog(): Watchdog {
  known ??= startWatchdog();
  return known;
}

function startWatchdog(): Watchdog {
  // The number of the run, its seed, and whether it is under way.
  const runs = new BigInt64Array(new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./watchdog-thread.ts', import.meta.url), {
    workerData: { runs, limitMs: RUN_MS_MAX },
  });
  worker.unref();
  const tell = (seed: number, isUnderWay: boolean) => {
    Atomics.store(runs, 1, BigInt(seed));
    Atomics.store(runs, 2, isUnderWay ? 1n : 0n);
    Atomics.add(runs, 0, 1n);
    Atomics.notify(runs, 0);
  };
  return { begins: (seed) => tell(seed, true), rests: () => tell(0, false) };
}
