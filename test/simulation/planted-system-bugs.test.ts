/** Each bug that is planted in commands, snapshots, process managers and scans is found, and the same seed without it finds nothing. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import * as doubles from './command-doubles.ts';
import { firstSeedFor } from './known-seeds.ts';
import { NOTHING_PLANTED, type Plant } from './plant.ts';
import { report } from './report.ts';
import { simulateSeeds } from './runs.ts';
import { simulateSystem } from './simulate-system.ts';
import type { Guarantee } from './violation.ts';

logSeed();

/** Seeds within which each bug is found. */
const SEEDS_MAX = 1_000;
const HARMLESS_SEEDS = 20;
const simulateOne = simulateSystem;

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

vi.mock('../../lib/store/idempotency.ts', async (original) => {
  const real = await original<typeof import('../../lib/store/idempotency.ts')>();
  const requireSameUse: typeof real.requireSameUse = (...parameters) => {
    if (planted.bug !== 'any command has the key') {
      real.requireSameUse(...parameters);
    }
  };
  const keyItemKey: typeof real.keyItemKey = (streamId, key) =>
    real.keyItemKey(planted.bug === 'keys of all streams' ? 'one' : streamId, key);
  const encodeKeyItem: typeof real.encodeKeyItem = (streamId, ...rest) =>
    real.encodeKeyItem(planted.bug === 'keys of all streams' ? 'one' : streamId, ...rest);
  return { ...real, requireSameUse, keyItemKey, encodeKeyItem };
});

vi.mock('../../lib/aggregates/snapshots.ts', async (original) => {
  const real = await original<typeof import('../../lib/aggregates/snapshots.ts')>();
  const shapeOf: typeof real.shapeOf = (context) =>
    planted.bug === 'one shape' ? Buffer.alloc(32, 1).toString('base64url') : real.shapeOf(context);
  return { ...real, shapeOf };
});

vi.mock('../../lib/aggregates/load.ts', async (original) => {
  const real = await original<typeof import('../../lib/aggregates/load.ts')>();
  const { findSnapshot } = await import('../../lib/aggregates/snapshots.ts');
  const refreshed: typeof real.refreshed = async (context, known) =>
    planted.bug === 'not refreshed' ? known : real.refreshed(context, known);
  const loadAggregate: typeof real.loadAggregate = async (context, streamId) => {
    const { aggregate } = planted.bug === 'snapshot not proven' ? await findSnapshot(context.snapshots, streamId) : {};
    if (aggregate === undefined) {
      return real.loadAggregate(context, streamId);
    }
    const now = await real.refreshed(context, Object(aggregate));
    return { ...now, eventsRead: 0, isSnapshotNewer: false };
  };
  return { ...real, refreshed, loadAggregate };
});

vi.mock('../../lib/aggregates/aggregate.ts', async (original) => {
  const real = await original<typeof import('../../lib/aggregates/aggregate.ts')>();
  const evolved: typeof real.evolved = (context, aggregate, commit) => {
    const { stream, state } = real.evolved(context, aggregate, commit);
    return {
      stream,
      state: planted.bug === 'group not evolved' && commit.group !== undefined ? aggregate.state : state,
    };
  };
  return { ...real, evolved };
});

vi.mock('../../lib/aggregates/command-handler.ts', async (original) => {
  const real = await original<typeof import('../../lib/aggregates/command-handler.ts')>();
  const commandHandler: typeof real.commandHandler = (options) => {
    const { events } = options;
    const asStored = events && { ...events, upcast: (event: object) => Object(event) };
    return real.commandHandler(planted.bug === 'not upcast' && asStored ? { ...options, events: asStored } : options);
  };
  return { ...real, commandHandler };
});

vi.mock('../../lib/aggregates/reaction.ts', async (original) => {
  const real = await original<typeof import('../../lib/aggregates/reaction.ts')>();
  let calls = 0;
  const reactionKey: typeof real.reactionKey = (reaction) => {
    calls += 1;
    const key = real.reactionKey(planted.bug === 'one command of each' ? { ...reaction, index: 0 } : reaction);
    return planted.bug === 'a key of each try' ? { ...key, name: `${key.name}${calls}` } : key;
  };
  const causeOf: typeof real.causeOf = (reaction) => ({
    ...real.causeOf(reaction),
    ...(planted.bug === 'correlation lost' ? { correlationId: reaction.event.id } : {}),
  });
  return { ...real, reactionKey, causeOf };
});

vi.mock('../../lib/projections/handled-partly.ts', async (original) => {
  const real = await original<typeof import('../../lib/projections/handled-partly.ts')>();
  class Partly extends real.HandledPartly {
    constructor(count: number, cause: unknown) {
      super(planted.bug === 'one more handled' ? count + 1 : count, cause);
    }
  }
  return { ...real, HandledPartly: Partly };
});

vi.mock('../../lib/projections/handler-step.ts', async (original) => {
  const real = await original<typeof import('../../lib/projections/handler-step.ts')>();
  const applyToHandler: typeof real.applyToHandler = (work, projection, isLastTry) =>
    real.applyToHandler(
      work,
      planted.bug === 'errors passed over'
        ? {
            ...projection,
            handle: (...parameters) => Promise.resolve(projection.handle(...parameters)).catch(() => undefined),
          }
        : projection,
      isLastTry,
    );
  return { ...real, applyToHandler };
});

vi.mock('../../lib/log/scan-events.ts', async (original) => {
  const real = await original<typeof import('../../lib/log/scan-events.ts')>();
  const sequenceScan: typeof real.sequenceScan = (context, sequencer, options) => {
    const passing: typeof sequencer = {
      sequence: (hints, given) =>
        sequencer.sequence(hints, given).catch(() => ({ entries: 0, commits: 0, left: [], damaged: new Map() })),
    };
    return real.sequenceScan(context, planted.bug === 'failed page passed over' ? passing : sequencer, options);
  };
  return { ...real, sequenceScan };
});

interface PlantedBug {
  readonly name: string;
  readonly breaks: readonly Guarantee[];
  readonly plant?: Plant;
  readonly bug?: string;
}

const DECIDED: Guarantee = 'commands are decided on what is there';
const ONCE: Guarantee = 'each command is done once';
const TOLD: Guarantee = 'callers of commands are told the truth';
const LOADED: Guarantee = 'what is loaded is what the events say';
const CAUSED: Guarantee = 'each event causes its commands once';
const ORDER: Guarantee = 'what follows from a stream is in its order';
const FAULT: Guarantee = 'nothing fails without a fault';
const IN_LOG: Guarantee = 'everything gets into the log';
const REST: Guarantee = 'all comes to rest';

const BUGS: readonly PlantedBug[] = [
  { name: 'a stream is loaded eventually', plant: { caller: doubles.streamsReadEventually }, breaks: [TOLD, LOADED] },
  { name: 'a key is looked up eventually', plant: { caller: doubles.keysReadEventually }, breaks: [TOLD] },
  {
    name: 'a key is not looked up before a command is rejected',
    plant: { caller: doubles.keyNotLookedUp },
    breaks: [TOLD],
  },
  { name: 'a key is not written with its commit', plant: { caller: doubles.keyNotWritten }, breaks: [ONCE, TOLD] },
  { name: 'a key is written before its commit', plant: { caller: doubles.keyBeforeCommit }, breaks: [TOLD, FAULT] },
  { name: 'that there was nothing to do is not kept', plant: { caller: doubles.unchangedNotKept }, breaks: [TOLD] },
  { name: 'a command does not know its own commit', plant: { caller: doubles.ownCommitNotKnown }, breaks: [ONCE] },
  {
    name: 'the commit of a command is written without a condition',
    plant: { caller: doubles.commitsOverwritten },
    bug: 'append-only off',
    breaks: ['what is written never changes'],
  },
  { name: 'a key is taken for that of any command', bug: 'any command has the key', breaks: [TOLD] },
  { name: 'a key is the same on all streams', bug: 'keys of all streams', breaks: [TOLD, FAULT] },
  { name: 'a command is rejected on what is remembered', bug: 'not refreshed', breaks: [TOLD] },
  { name: 'commits of several streams are not evolved', bug: 'group not evolved', breaks: [DECIDED, LOADED, TOLD] },
  { name: 'events are evolved as they are stored', bug: 'not upcast', breaks: [LOADED] },
  { name: 'snapshots of all code have one shape', bug: 'one shape', breaks: [LOADED] },
  { name: 'the place of a snapshot is not proven', bug: 'snapshot not proven', breaks: [DECIDED, LOADED, TOLD, FAULT] },
  {
    name: 'a snapshot has the state of the one before',
    plant: { caller: doubles.snapshotOfNext },
    breaks: [DECIDED, LOADED, TOLD],
  },
  { name: 'a reaction has another key each time', bug: 'a key of each try', breaks: [CAUSED] },
  { name: 'a reaction sends one command only', bug: 'one command of each', breaks: [CAUSED] },
  { name: 'the key of a reaction is not written', plant: { keeper: doubles.keyNotWritten }, breaks: [CAUSED] },
  { name: 'a correlation is not carried on', bug: 'correlation lost', breaks: [CAUSED] },
  { name: 'the event behind those that were handled is passed over', bug: 'one more handled', breaks: [CAUSED, ORDER] },
  { name: 'a reaction that fails is passed over', bug: 'errors passed over', breaks: [CAUSED, ORDER] },
  {
    name: 'what is to wait behind a parked event does not',
    plant: { keeper: doubles.parkedNotSeen },
    breaks: [ORDER, CAUSED, 'projections get to the end'],
  },
  { name: 'the table is scanned eventually', plant: { scanner: doubles.scannedEventually }, breaks: [IN_LOG] },
  { name: 'a page of a scan that failed is passed over', bug: 'failed page passed over', breaks: [IN_LOG] },
  { name: 'a scan ends with its first page', plant: { scanner: doubles.onePageOnly }, breaks: [IN_LOG] },
  { name: 'a scan goes on behind its end', plant: { scanner: doubles.endNotKept }, breaks: [REST] },
  { name: 'a page of a scan begins too late', plant: { scanner: doubles.pagesBeginLate }, breaks: [IN_LOG] },
  {
    name: 'a scan leaves out the commit behind a mark',
    plant: { scanner: doubles.marksTooFar },
    breaks: [IN_LOG, 'every entry but the last is marked'],
  },
];

test.each(BUGS)('found: $name', { timeout: 300_000 }, async ({ name, plant = NOTHING_PLANTED, bug = '', breaks }) => {
  onTestFinished(removeBug);
  planted.bug = bug;
  const firstSeed = firstSeedFor(name);
  const { broken, done } = await simulateSeeds(firstSeed, {
    seeds: SEEDS_MAX,
    plant,
    simulateOne,
    isSought: ({ guarantee }) => breaks.includes(guarantee),
  });
  console.log(`${name}: found after ${done} seeds, with seed ${broken?.seed}`);
  expect(breaks).toContain(broken?.violation?.guarantee);
  removeBug();
  const { violation } = await simulateOne(broken?.seed ?? firstSeed);
  expect(violation, 'the same seed without the bug').toBeUndefined();
});

/** Only what it costs depends on these. */
const HARMLESS: readonly Omit<PlantedBug, 'breaks'>[] = [
  { name: 'no snapshot is ever found', plant: { caller: doubles.snapshotsNotFound } },
];

test.each(HARMLESS)('harmless: $name', { timeout: 120_000 }, async ({ plant = NOTHING_PLANTED, bug = '' }) => {
  onTestFinished(removeBug);
  planted.bug = bug;
  const { broken } = await simulateSeeds(seed, { seeds: HARMLESS_SEEDS, plant, simulateOne });
  expect(broken, broken && (await report(broken.seed, { plant, simulateOne }))).toBeUndefined();
});

function removeBug(): void {
  planted.bug = '';
}
