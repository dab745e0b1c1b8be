/** What a fixed number of seeds goes through: blocks of the protocol's code, deaths at calls of tables, and what commands come to. */
import { expect, test } from 'vitest';
import { addCoverage, untakenIn } from './coverage.ts';
import { type PoolResult, simulateOnAllCores } from './seed-pool.ts';
import { crashPointsOf, pointsWithoutDeath } from './steps.ts';
import { SELDOM, UNTAKEN } from './untaken-blocks.ts';
import type { WorldName } from './worlds.ts';

/** Always the same seeds: what is rare is in them, or is not. */
const FROM = 1;
const SEEDS = { system: 150, systemOfSmallBounds: 120, log: 80, projections: 80 };

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

/** A minute of one core, and each change of the protocol changes what is rarely taken: so it is run by hand. */
const isAsked = (process.env['TIDEMARK_COVERAGE'] ?? '') !== '';

test.runIf(isAsked)(
  'each block of the protocol is taken but those that cannot be, processes die before and after each call',
  { timeout: 1_200_000 },
  async () => {
    const system = await covered('system', SEEDS.system, false);
    const all = [
      system,
      await covered('system', SEEDS.systemOfSmallBounds, true),
      await covered('log', SEEDS.log, true),
      await covered('projections', SEEDS.projections, true),
    ];
    for (const { runs } of all) {
      expect(runs.broken).toBeUndefined();
      expect(crashPointsOf(runs).length).toBeGreaterThan(15);
      expect(pointsWithoutDeath(runs)).toEqual([]);
    }
    for (const outcome of OUTCOMES) {
      expect(system.runs.met.get(outcome) ?? 0, outcome).toBeGreaterThan(0);
    }
    const coverage = all.reduce((sum, one) => addCoverage(sum, one.coverage), all[0]?.coverage.slice(0, 0) ?? []);
    const untaken = [...new Set(untakenIn(coverage).map(({ name }) => name))];
    const known = Object.values(UNTAKEN).flat();
    expect(
      untaken.filter((name) => ![...known, ...SELDOM].includes(name)),
      'not taken, and not in the list',
    ).toEqual([]);
    expect(
      known.filter((name) => !untaken.includes(name)),
      'in the list, and taken',
    ).toEqual([]);
  },
);

function covered(world: WorldName, seeds: number, hasSmallBounds: boolean): Promise<PoolResult> {
  return simulateOnAllCores({ from: FROM, seeds, onRuns: () => true, world, hasSmallBounds, isCovered: true });
}
