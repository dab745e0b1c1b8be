/** What a fixed number of seeds goes through: branches of the protocol's code, deaths at calls of tables, and what commands come to. */
import { expect, test } from 'vitest';
import type { Block } from './coverage.ts';
import { type PoolResult, simulateOnAllCores } from './seed-pool.ts';
import { crashPointsOf } from './steps.ts';
import { UNTAKEN } from './untaken-blocks.ts';
import type { WorldName } from './worlds.ts';

/** Always the same seeds: what is rare is in them, or is not. */
const FROM = 1;
const SYSTEM_SEEDS = 200;
const SMALL_BOUNDS_SEEDS = 100;
/** Calls of one kind, in all of these runs, of which some must have been the last one of a process. */
const CALLS_MIN = 600;

const OUTCOMES = [
  'conflict',
  'command: accepted',
  'command: accepted before',
  'command: rejected',
  'command: nothing to do',
  'command: nothing to do before',
  'command: key of another command',
  'snapshot-written',
  'snapshot-failed',
  ...['corrupt', 'other-shape', 'newer', 'not-in-stream', 'unavailable'].map((reason) => `snapshot-ignored: ${reason}`),
  ...['caught-up', 'more', 'halted', 'overtaken', 'outdated'].map((outcome) => `run: ${outcome}`),
  ...['done', 'more', 'overtaken'].map((outcome) => `scan: ${outcome}`),
  'redrive: applied',
];

/** Minutes on two cores, and each change of the protocol changes the list of blocks that are not taken: so it is run by hand. */
const isAsked = (process.env['TIDEMARK_COVERAGE'] ?? '') !== '';

test.runIf(isAsked)(
  'each branch of the protocol is taken, processes die at each call',
  { timeout: 600_000 },
  async () => {
    const system = await covered('system', SYSTEM_SEEDS, false);
    const others = [
      await covered('log', SMALL_BOUNDS_SEEDS, true),
      await covered('projections', SMALL_BOUNDS_SEEDS, true),
    ];
    for (const { runs } of [system, ...others]) {
      expect(runs.broken).toBeUndefined();
    }
    const untaken = untakenOf([system, ...others].flatMap(({ blocks }) => blocks));
    const known = Object.values(UNTAKEN).flat();
    expect(untaken.filter((block) => !known.some((begin) => block.startsWith(begin)))).toEqual([]);
    for (const outcome of OUTCOMES) {
      expect(system.runs.met.get(outcome) ?? 0, outcome).toBeGreaterThan(0);
    }
    const passed = crashPointsOf(system.runs).filter(({ call, calls }) => calls >= CALLS_MIN && isMortal(call));
    expect(passed.length).toBeGreaterThan(20);
    expect(passed.filter(({ before, after }) => before + after === 0)).toEqual([]);
  },
);

function covered(world: WorldName, seeds: number, hasSmallBounds: boolean): Promise<PoolResult> {
  return simulateOnAllCores({ from: FROM, seeds, coveredSeeds: seeds, onRuns: () => true, world, hasSmallBounds });
}

function untakenOf(blocks: readonly Block[]): string[] {
  const counts = new Map<string, number>();
  for (const { file, text, count } of blocks) {
    const block = `${file} ${text.trim()}`;
    counts.set(block, (counts.get(block) ?? 0) + count);
  }
  return [...counts].filter(([, count]) => count === 0).map(([block]) => block);
}

/** The last runs are without faults. */
function isMortal(call: string): boolean {
  return !call.startsWith('finale');
}
