/** Runs the seeds that it is told to, in a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRequest, SeedWorkerData, SeedWorkerReport } from './seed-pool.ts';
import { useSmallBounds } from './use-small-bounds.ts';

const { world, hasSmallBounds, isCovered }: SeedWorkerData = workerData;
if (hasSmallBounds) {
  useSmallBounds();
}
const { startCoverage } = await import('./coverage.ts');
const coverage = isCovered ? await startCoverage() : undefined;
const { NO_RUNS, simulateSeeds } = await import('./runs.ts');
const { WORLDS } = await import('./worlds.ts');

parentPort?.on('message', (request: SeedRequest) => {
  run(request).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});

async function run(request: SeedRequest): Promise<SeedWorkerReport> {
  if (request.kind === 'coverage') {
    return { runs: NO_RUNS, coverage: (await coverage?.take()) ?? [] };
  }
  const { from, seeds, diesAt } = request;
  const runs = await simulateSeeds(from, { seeds, diesAt, simulateOne: WORLDS[world] });
  // No seed more; and what it comes to after that death, it does not come to without.
  return { runs: diesAt === undefined ? runs : { ...runs, done: 0, passed: new Map() }, coverage: [] };
}
