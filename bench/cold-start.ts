/** What of a cold start is ours: the time from the start of the process to the handler, as a ratio to an empty handler with the SDK. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from '../test/support/bundle-functions.ts';
import { quantile } from './pairs.ts';

const EMPTY = 'empty-handler';
const ENTRIES = ['bench/empty-handler.ts', 'lambdas/append.ts', 'lambdas/read.ts', 'lambdas/sequencer.ts'];
const ENVIRONMENT = {
  EVENTS_TABLE: 'events',
  LOG_TABLE: 'log',
  STATE_TABLE: 'state',
  READ_MODELS_TABLE: 'read-models',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'dummy',
  AWS_SECRET_ACCESS_KEY: 'dummy',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'Tidemark',
};

export interface ColdStart {
  readonly name: string;
  readonly bundleKb: number;
  /** Of the fastest start to that of the empty handler: whatever disturbs a start only makes it slower. */
  readonly ratio: number;
  /** Of the times to that of the empty handler in the same round: the middle half. */
  readonly ratioLow: number;
  readonly ratioHigh: number;
}

/** Each round starts every function once, so that all of them have the same moments of the machine. The first two are not counted. */
export async function measureColdStarts(rounds: number): Promise<ColdStart[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    const bundles = await bundleFunctions(ENTRIES, folder);
    const times = new Map<string, number[]>(Object.keys(bundles).map((name) => [name, []]));
    for (let round = -2; round < rounds; round++) {
      for (const [name, file] of Object.entries(bundles)) {
        const time = millisecondsToHandler(file);
        times.get(name)?.push(...(round < 0 ? [] : [time]));
      }
    }
    const empty = times.get(EMPTY) ?? [];
    const rows = Object.entries(bundles).map(async ([name, file]) => {
      const own = times.get(name) ?? [];
      const ratios = own.map((time, round) => time / (empty[round] ?? Number.NaN));
      return {
        name,
        bundleKb: (await stat(file)).size / 1_000,
        ratio: Math.min(...own) / Math.min(...empty),
        ratioLow: quantile(ratios, 0.25),
        ratioHigh: quantile(ratios, 0.75),
      };
    });
    return await Promise.all(rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Processor time from the start of the process until the handler is there: starting waits for nothing else, and what other processes
 * do meanwhile does not count.
 */
function millisecondsToHandler(file: string): number {
  const script = `const { handler } = await import(${JSON.stringify(file)});
    const { user, system } = process.cpuUsage();
    process.stdout.write(String(typeof handler === 'function' ? (user + system) / 1_000 : NaN));`;
  const options = { env: ENVIRONMENT, encoding: 'utf8' } as const;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], options));
}
