/** Runs the seeds that it is told to, in a thread. The first ones of one thread are run with their coverage. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRequest, SeedWorkerData, SeedWorkerReport } from './seed-pool.ts';
import { useSmallBounds } from './use-small-bounds.ts';

const { world, hasSmallBounds }: SeedWorkerData = workerData;
if (hasSmallBounds) {
  useSmallBounds();
}
const { startCoverage } = await import('./coverage.ts');
let coverage: Awaited<ReturnType<typeof startCoverage>> | undefined;

parentPort?.on('message', (request: SeedRequest) => {
  run(request).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});

async function run({ from, seeds, isCovered }: SeedRequest): Promise<SeedWorkerReport> {
  coverage = isCovered ? await startCoverage() : undefined;
  const { simulateSeeds } = await import('./runs.ts');
  const { WORLDS } = await import('./worlds.ts');
  const runs = await simulateSeeds(from, { seeds, simulateOne: WORLDS[world] });
  const blocks = await coverage?.stop();
  return { runs, ...(blocks && { blocks }) };
}
