/**
 * `npm run simulate -- --seeds N [--from S]` on all cores, or `--seed S` for one run with its history. `--world` says what of: the whole
 * `system` (the default), the `log` or `projections` alone; `--small-bounds` makes other runs of the same seeds. Ctrl-C ends it with a summary.
 */
import { parseArgs } from 'node:util';
import { seed as chosenSeed } from '../seed.ts';
import type { Runs } from './runs.ts';
import { simulateOnAllCores } from './seed-pool.ts';
import { stepsText } from './steps.ts';
import { useSmallBounds } from './use-small-bounds.ts';

const SEEDS_DEFAULT = 100_000;
const PROGRESS_MS = 2_000;
/** The last lines of a history say what went wrong. */
const HISTORY_LINES_MAX = 400;
/** Seeds that are run with their coverage, which takes longer. */
const COVERED_SEEDS = 300;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: String(SEEDS_DEFAULT) },
    from: { type: 'string', default: String(chosenSeed) },
    seed: { type: 'string' },
    world: { type: 'string', default: 'system' },
    'small-bounds': { type: 'boolean', default: false },
    lines: { type: 'string', default: String(HISTORY_LINES_MAX) },
  },
});
const hasSmallBounds = values['small-bounds'];
if (hasSmallBounds) {
  useSmallBounds();
}
const { report } = await import('./report.ts');
const { simulateSeeds } = await import('./runs.ts');
const { worldNamed, WORLDS } = await import('./worlds.ts');
const world = worldNamed(values.world);
const simulateOne = WORLDS[world];
const reportOptions = { simulateOne, linesMax: whole('lines', values.lines), hasSmallBounds };
const one = values.seed === undefined ? undefined : whole('seed', values.seed);
if (one === undefined) {
  await many(whole('from', values.from), whole('seeds', values.seeds));
} else {
  const { broken } = await simulateSeeds(one, { seeds: 1, simulateOne });
  console.log(await report(one, reportOptions));
  process.exitCode = broken === undefined ? 0 : 1;
}

async function many(from: number, seeds: number): Promise<void> {
  const begin = performance.now();
  let isInterrupted = false;
  process.once('SIGINT', () => {
    isInterrupted = true;
  });
  let lastProgress = begin;
  const progress = ({ done }: Runs) => {
    lastProgress = performance.now();
    const perSecond = Math.round((done * 1_000) / (lastProgress - begin));
    return `${done} of ${seeds} seeds from ${from}, ${perSecond} seeds/s`;
  };
  const onRuns = (runs: Runs) => {
    if (performance.now() - lastProgress > PROGRESS_MS) {
      console.error(progress(runs));
    }
    return !isInterrupted;
  };
  const coveredSeeds = Math.min(seeds, COVERED_SEEDS);
  const { runs, blocks } = await simulateOnAllCores({ from, seeds, coveredSeeds, onRuns, world, hasSmallBounds });
  if (runs.broken !== undefined) {
    console.log(await report(runs.broken.seed, reportOptions));
    process.exitCode = 1;
  }
  console.log(stepsText(runs, blocks, coveredSeeds));
  console.error(`${progress(runs)}; ${runs.steps} steps, ${runs.events} events, ${runs.faults} faults`);
}

function whole(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`--${name} must be a whole number from 0, not "${value}"`);
  }
  return number;
}
