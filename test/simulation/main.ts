/**
 * `npm run simulate -- --seeds N [--from S]` on all cores, or `--seed S` for one run with its history, `--dies-at POINT` with a
 * death at that point of a call. `--world` says what of: the whole
 * `system` (the default), the `log` or `projections` alone; `--small-bounds` makes other runs of the same seeds. Ctrl-C ends it with a summary,
 * and says from which seed to go on.
 */
import { parseArgs } from 'node:util';
import { seed as chosenSeed } from '../seed.ts';
import { goOnText, progressText } from './progress.ts';
import type { Runs } from './runs.ts';
import { simulateOnAllCores } from './seed-pool.ts';
import { stepsText } from './steps.ts';
import { useSmallBounds } from './use-small-bounds.ts';

const SEEDS_DEFAULT = 100_000;
const PROGRESS_MS = 2_000;
/** The last lines of a history say what went wrong. */
const HISTORY_LINES_MAX = 400;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: String(SEEDS_DEFAULT) },
    from: { type: 'string', default: String(chosenSeed) },
    seed: { type: 'string' },
    'dies-at': { type: 'string' },
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
  const diesAt = values['dies-at'];
  const { broken } = await simulateSeeds(one, { seeds: 1, simulateOne, diesAt });
  console.log(await report(one, { ...reportOptions, diesAt }));
  process.exitCode = broken === undefined ? 0 : 1;
}

async function many(from: number, seeds: number): Promise<void> {
  const begin = performance.now();
  let isInterrupted = false;
  process.once('SIGINT', () => {
    isInterrupted = true;
    console.error('Ends with the seeds that are under way; Ctrl-C once more ends it at once');
  });
  let lastProgress = begin;
  const progress = ({ done }: Runs) => {
    lastProgress = performance.now();
    return progressText({ done, seeds, from, elapsedMs: lastProgress - begin });
  };
  const onRuns = (runs: Runs) => {
    if (performance.now() - lastProgress > PROGRESS_MS) {
      console.error(progress(runs));
    }
    return !isInterrupted;
  };
  const pool = { from, seeds, onRuns, world, hasSmallBounds, isCovered: true };
  const { runs, seedsDone, coverage } = await simulateOnAllCores(pool);
  if (runs.broken !== undefined) {
    const { seed, diesAt } = runs.broken;
    console.log(await report(seed, { ...reportOptions, diesAt }));
    process.exitCode = 1;
  }
  console.log(stepsText(runs, coverage));
  console.error(`${progress(runs)}; ${runs.steps} steps, ${runs.events} events, ${runs.faults} faults`);
  if (seedsDone < seeds) {
    const command = `npm run simulate -- --world ${world}${hasSmallBounds ? ' --small-bounds' : ''}`;
    console.error(goOnText(command, { seedsDone, seeds, from }));
  }
}

function whole(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`--${name} must be a whole number from 0, not "${value}"`);
  }
  return number;
}
