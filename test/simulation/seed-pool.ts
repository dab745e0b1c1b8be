/** Runs seeds on all cores, a few in each thread at a time. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Block } from './coverage.ts';
import { addRuns, NO_RUNS, type Runs } from './runs.ts';
import type { WorldName } from './worlds.ts';

const SEEDS_AT_ONCE = 50;

export interface SeedWorkerData {
  readonly world: WorldName;
  readonly hasSmallBounds: boolean;
}

export interface SeedRequest {
  readonly from: number;
  readonly seeds: number;
  readonly isCovered: boolean;
}

export interface SeedWorkerReport {
  readonly runs: Runs;
  readonly blocks?: readonly Block[];
}

export interface PoolOptions extends SeedWorkerData {
  readonly from: number;
  readonly seeds: number;
  /** Seeds, from the first, that are run with their coverage, in one thread. */
  readonly coveredSeeds: number;
  /** Is told how far it has got; `false` ends the runs. */
  readonly onRuns: (runs: Runs) => boolean;
}

export interface PoolResult {
  readonly runs: Runs;
  readonly blocks: readonly Block[];
}

export async function simulateOnAllCores(options: PoolOptions): Promise<PoolResult> {
  const { from, seeds, coveredSeeds, onRuns, world, hasSmallBounds } = options;
  let runs = NO_RUNS;
  let blocks: readonly Block[] = [];
  let next = 0;
  let isOver = false;
  const work = async (isFirst: boolean) => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), {
      workerData: { world, hasSmallBounds } satisfies SeedWorkerData,
    });
    try {
      while (!isOver && next < seeds) {
        const isCovered = isFirst && next === 0 && coveredSeeds > 0;
        const count = Math.min(isCovered ? coveredSeeds : SEEDS_AT_ONCE, seeds - next);
        const request = { from: from + next, seeds: count, isCovered };
        next += count;
        const report = await answerOf(worker, request);
        runs = addRuns(runs, report.runs);
        blocks = report.blocks ?? blocks;
        isOver = !onRuns(runs) || runs.broken !== undefined || isOver;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, (_, index) => work(index === 0)));
  return { runs, blocks };
}

function answerOf(worker: Worker, request: SeedRequest): Promise<SeedWorkerReport> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(request);
  });
}
