/** The simulation is worth what it finds: each bug that is planted breaks a promise, and the same seeds without it do not. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CommitHead } from '../../lib/events/stored-commit.ts';
import { DamagedLog } from '../../lib/index.ts';
import type { PendingStream } from '../../lib/log/plan.ts';
import { logSeed, seed } from '../seed.ts';
import { NOTHING_PLANTED, type Plant } from './plant.ts';
import * as doubles from './planted-doubles.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulate } from './simulate.ts';
import type { Guarantee, Violation } from './violation.ts';

logSeed();

/** Seeds within which each bug is found. */
const SEEDS_MAX = 3_000;
const HARMLESS_SEEDS = 200;

/** Which bug is planted in the code, where tables cannot play it. */
const planted = vi.hoisted(() => ({ bug: '' }));

vi.mock('../../lib/tables/replaceable.ts', async (original) => {
  const real = await original<typeof import('../../lib/tables/replaceable.ts')>();
  const requireReplaceable: typeof real.requireReplaceable = (puts) => {
    if (planted.bug !== 'append-only off') {
      real.requireReplaceable(puts);
    }
  };
  return { ...real, requireReplaceable };
});

vi.mock('../../lib/log/mark-memory.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/mark-memory.ts')>();
  class Forgetless extends real.MarkMemory {
    override forget(): void {
      if (planted.bug !== 'memory kept') {
        super.forget();
      }
    }
  }
  return { ...real, MarkMemory: Forgetless };
});

vi.mock('../../lib/log/plan.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/plan.ts')>();
  const changed = (stream: PendingStream, streams: ReadonlyMap<string, PendingStream>): PendingStream => {
    const { commits } = stream;
    if (planted.bug === 'gap not filled') {
      return { ...stream, commits: commits.slice(-1) };
    }
    if (planted.bug === 'move not seen') {
      return { ...stream, commits: commits.map((commit) => withoutCovered(commit, streams)) };
    }
    return planted.bug === 'group torn'
      ? { ...stream, commits: commits.map(({ group: _, ...commit }) => commit) }
      : stream;
  };
  const planBatch: typeof real.planBatch = (streams) => {
    const plan = real.planBatch(
      new Map([...streams].map(([streamId, stream]) => [streamId, changed(stream, streams)])),
    );
    return planted.bug === 'order of the plan lost' && plan.kind === 'planned'
      ? { ...plan, units: plan.units.toReversed() }
      : plan;
  };
  return { ...real, planBatch };
});

vi.mock('../../lib/log/wanted.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/wanted.ts')>();
  class Forgetful extends real.Wanted {
    override has(streamId: string): boolean {
      return planted.bug !== 'rest forgotten' && super.has(streamId);
    }
  }
  return { ...real, Wanted: Forgetful };
});

vi.mock('../../lib/log/log-reader.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/log-reader.ts')>();
  const createLogReader: typeof real.createLogReader = (...parameters) => {
    const reader = real.createLogReader(...parameters);
    const next = async (limit: number) => {
      try {
        return await reader.next(limit);
      } catch (error) {
        if (planted.bug === 'failed page lost') {
          await reader.next(limit);
        }
        throw error;
      }
    };
    return { next };
  };
  return { ...real, createLogReader };
});

vi.mock('../../lib/log/log-entries.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/log-entries.ts')>();
  const { decodeEntry, LOG_PARTITION, entrySortKey } = await import('../../lib/log/log-entry.ts');
  const { readersNeverStrong } = await import('./planted-doubles.ts');
  const entriesAfter: typeof real.entriesAfter = async (tables, place, count) => {
    if (planted.bug !== 'holes passed over') {
      return real.entriesAfter(tables, place, count);
    }
    try {
      const page = await real.entriesAfter(readersNeverStrong(tables, tables), place, count);
      return (page.head ?? place.position) < place.position ? real.entriesAfter(tables, place, count) : page;
    } catch (error) {
      if (!(error instanceof DamagedLog)) {
        throw error;
      }
      const range = { partition: LOG_PARTITION, from: entrySortKey(place.position + 1) };
      const page = await tables.query('log', range, { consistency: 'eventual', direction: 'forward' });
      return { entries: page.items.map(decodeEntry), isCut: true };
    }
  };
  return { ...real, entriesAfter };
});

vi.mock('../../lib/store/head.ts', async (original) => {
  const real = await original<typeof import('../../lib/store/head.ts')>();
  const proveBoundary: typeof real.proveBoundary = async (context, streamId, expectation) =>
    planted.bug === 'version not proven' && typeof expectation === 'number' && expectation > 0
      ? { kind: 'proven', state: { streamId, version: expectation, lastCommit: expectation, hash: '' } }
      : real.proveBoundary(context, streamId, expectation);
  return { ...real, proveBoundary };
});

/** A commit as if those of its group that are in the log already were not of it. */
function withoutCovered(commit: CommitHead, streams: ReadonlyMap<string, PendingStream>): CommitHead {
  const { group, ...rest } = commit;
  const left = group?.filter(({ streamId, version }) => version > (streams.get(streamId)?.sequencedThrough ?? 0));
  return left === undefined ? rest : { ...rest, group: left };
}

interface PlantedBug {
  readonly name: string;
  readonly breaks: Guarantee;
  readonly plant?: Plant;
  readonly bug?: string;
}

const BUGS: readonly PlantedBug[] = [
  {
    name: 'the tail is not marked before marks are read',
    plant: { sequencer: doubles.tailNotMarked },
    breaks: 'every entry but the last is marked',
  },
  {
    name: 'an entry follows one that was not marked',
    plant: { sequencer: doubles.entryNotMarked },
    breaks: 'every entry but the last is marked',
  },
  {
    name: 'the entry of who was faster is not marked',
    plant: { sequencer: doubles.winnerNotMarked },
    breaks: 'every entry but the last is marked',
  },
  {
    name: 'unprocessed keys are taken for missing marks',
    plant: { sequencer: doubles.unprocessedNotRead },
    breaks: 'each commit is in the log once',
  },
  { name: 'what there was no time for is forgotten', bug: 'rest forgotten', breaks: 'everything gets into the log' },
  {
    name: 'marks are read eventually',
    plant: { sequencer: doubles.marksReadEventually },
    breaks: 'each commit is in the log once',
  },
  {
    name: 'marks are read before the tail',
    plant: { sequencer: doubles.marksReadBeforeTail },
    breaks: 'each commit is in the log once',
  },
  {
    name: 'marks are written before their entry',
    plant: { sequencer: doubles.marksBeforeEntry },
    breaks: 'marks say what the log says',
  },
  {
    name: 'marks may move back',
    plant: { sequencer: doubles.markMovedBack },
    breaks: 'marks say what the log says',
  },
  {
    name: 'who lost the race for an entry thinks that it won',
    plant: { sequencer: doubles.loserThinksItWon },
    breaks: 'marks say what the log says',
  },
  {
    name: 'an entry is written without a condition',
    plant: { sequencer: doubles.entryOverwritten },
    bug: 'append-only off',
    breaks: 'entries tile the positions',
  },
  {
    name: 'an entry begins inside of the one before',
    plant: { sequencer: doubles.positionsReused },
    breaks: 'entries tile the positions',
  },
  {
    name: 'an entry has not the hash of the one before',
    plant: { sequencer: doubles.chainedToNothing },
    breaks: 'entries are a hash chain',
  },
  { name: 'marks are remembered after a lost race', bug: 'memory kept', breaks: 'each commit is in the log once' },
  { name: 'what lies between mark and hint is left out', bug: 'gap not filled', breaks: 'streams are in order' },
  { name: 'groups are not known', bug: 'group torn', breaks: 'groups stand side by side' },
  { name: 'a plan is written in another order', bug: 'order of the plan lost', breaks: 'streams are in order' },
  { name: 'readers pass over entries that are not visible', bug: 'holes passed over', breaks: 'readers see the log' },
  {
    name: 'readers do not read consistently what is not visible',
    plant: { reader: doubles.readersNeverStrong },
    breaks: 'nothing fails without a fault',
  },
  { name: 'a page that failed is lost', bug: 'failed page lost', breaks: 'readers see the log' },
  {
    name: 'a stale head refuses an append',
    plant: { writer: doubles.writersNeverStrong },
    breaks: 'writers are told the truth',
  },
  {
    name: 'an idempotency key is looked up eventually',
    plant: { writer: doubles.keysReadEventually },
    breaks: 'writers are told the truth',
  },
  {
    name: 'a writer does not know its own commit',
    plant: { writer: doubles.ownCommitNotKnown },
    breaks: 'writers are told the truth',
  },
  {
    name: 'idempotency keys are written after their commits',
    plant: { writer: doubles.keyNotWithCommit },
    breaks: 'writers are told the truth',
  },
  {
    name: 'the commits of a group are written one by one',
    plant: { writer: doubles.groupNotAtOnce },
    breaks: 'writers are told the truth',
  },
  {
    name: 'a commit is written without a condition',
    plant: { writer: doubles.commitOverwritten },
    bug: 'append-only off',
    breaks: 'what is written never changes',
  },
  { name: 'no commit need end at an expected version', bug: 'version not proven', breaks: 'streams are sound' },
];

test.each(BUGS)('found: $name', { timeout: 60_000 }, async ({ name, plant = NOTHING_PLANTED, bug = '', breaks }) => {
  onTestFinished(removeBug);
  planted.bug = bug;
  const isSought = ({ guarantee }: Violation) => guarantee === breaks;
  const { broken, done } = await simulateSeeds(seed, { seeds: SEEDS_MAX, plant, isSought });
  console.log(`${name}: found after ${done} seeds`);
  expect(broken?.violation?.guarantee).toBe(breaks);
  removeBug();
  const { violation } = await simulate(broken?.seed ?? seed);
  expect(violation, 'the same seed without the bug').toBeUndefined();
});

/** The protocol does not depend on these. */
const HARMLESS: readonly Omit<PlantedBug, 'breaks'>[] = [
  { name: 'every tail is stale', plant: doubles.everyTailStale },
  { name: 'every head is stale', plant: doubles.everyHeadStale },
  // The move shows as a lost race for the entry, too.
  { name: 'that a group has moved is not seen', bug: 'move not seen' },
];

test.each(HARMLESS)('harmless: $name', { timeout: 60_000 }, async ({ plant = NOTHING_PLANTED, bug = '' }) => {
  onTestFinished(removeBug);
  planted.bug = bug;
  const { broken } = await simulateSeeds(seed, { seeds: HARMLESS_SEEDS, plant });
  expect(broken, broken && (await report(broken.seed, { plant }))).toBeUndefined();
});

function removeBug(): void {
  planted.bug = '';
}
