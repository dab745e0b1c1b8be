/** Runs seeds on all cores, a few in each thread at a time. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { addCoverage, type FileCoverage } from './coverage.ts';
import { addRuns, NO_RUNS, type Runs } from './runs.ts';
import { pointsWithoutDeath } from './steps.ts';
import type { WorldName } from './worlds.ts';

/** So few that Ctrl-C is heard within seconds, and so many that threads rarely wait for each other. */
const SEEDS_AT_ONCE = 20;

export interface SeedWorkerData {
  readonly world: WorldName;
  readonly hasSmallBounds: boolean;
  readonly isCovered: boolean;
}

interface Seeds {
  readonly kind: 'seeds';
  readonly from: number;
  readonly seeds: number;
  /** At which point of a call a process dies for certain. */
  readonly diesAt?: string;
}

/** Seeds to run, or the question what all that the thread has run has covered. */
export type SeedRequest = Seeds | { readonly kind: 'coverage' };

export interface SeedWorkerReport {
  readonly runs: Runs;
  readonly coverage: readonly FileCoverage[];
}

export interface PoolOptions extends SeedWorkerData {
  readonly from: number;
  readonly seeds: number;
  /** Is told how far it has got; `false` ends the runs. */
  readonly onRuns: (runs: Runs) => boolean;
}

export interface PoolResult {
  readonly runs: Runs;
  /** Seeds that were run, from the first: there may be fewer than were asked for. */
  readonly seedsDone: number;
  /** Empty unless it was asked for. */
  readonly coverage: readonly FileCoverage[];
}

/**
 * Runs seeds one after the other; then, for each point of a call that was passed and that nobody has died at, the first seed that
 * has passed it once more, with a death there. Up to that point it is the same run, so it is passed for certain.
 */
export async function simulateOnAllCores(options: PoolOptions): Promise<PoolResult> {
  const { from, seeds, onRuns } = options;
  let runs = NO_RUNS;
  let coverage: readonly FileCoverage[] = [];
  let seedsDone = 0;
  let isOver = false;
  const workers = Array.from({ length: availableParallelism() }, () => workerOf(options));
  const runAll = async (requests: Iterable<Seeds>) => {
    const left = requests[Symbol.iterator]();
    const work = async (worker: Worker) => {
      for (let next = left.next(); !next.done && !isOver; next = left.next()) {
        seedsDone += next.value.diesAt === undefined ? next.value.seeds : 0;
        const report = await answerOf(worker, next.value);
        runs = addRuns(runs, report.runs);
        isOver = !onRuns(runs) || runs.broken !== undefined || isOver;
      }
    };
    await Promise.all(workers.map(work));
  };
  try {
    await runAll(requestsOf(from, seeds));
    await runAll(pointsWithoutDeath(runs).map(deathRequest));
    for (const worker of options.isCovered ? workers : []) {
      coverage = addCoverage(coverage, (await answerOf(worker, { kind: 'coverage' })).coverage);
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { runs, seedsDone, coverage };
}

function deathRequest({ point, seed }: { readonly point: string; readonly seed: number }): Seeds {
  return { kind: 'seeds', from: seed, seeds: 1, diesAt: point };
}

function* requestsOf(from: number, seeds: number): Generator<Seeds> {
  for (let done = 0; done < seeds; done += SEEDS_AT_ONCE) {
    yield { kind: 'seeds', from: from + done, seeds: Math.min(SEEDS_AT_ONCE, seeds - done) };
  }
}

function workerOf({ world, hasSmallBounds, isCovered }: SeedWorkerData): Worker {
  return new Worker(new URL('./seed-worker.ts', import.meta.url), {
    workerData: { world, hasSmallBounds, isCovered } satisfies SeedWorkerData,
  });
}

async function answerOf(worker: Worker, request: SeedRequest): Promise<SeedWorkerReport> {
  const answer = once(worker, 'message');
  worker.postMessage(request);
  const [report] = await answer;
  return report;
}
