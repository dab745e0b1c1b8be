import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const STDERR = 2;

const { runs, limitMs }: { readonly runs: BigInt64Array; readonly limitMs: number } = workerData;
for (;;) {
  const count = Atomics.load(runs, 0);
  const isStuck = Atomics.wait(runs, 0, count, limitMs) === 'timed-out' && Atomics.load(runs, 2) === 1n;
  if (isStuck) {
    writeSync(
      STDERR,
      `\nThe run of seed ${Atomics.load(runs, 1)} does not end, and calls no tables: this process is killed\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }
}
