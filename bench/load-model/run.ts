/** The path from append to projection, by the library's own code, on tables that take DynamoDB's time and keep its limits. */
import type { StreamState } from '../../lib/events/event.ts';
import { type CommitHead, decodeCommitHead } from '../../lib/events/stored-commit.ts';
import {
  createEventStore,
  createProjectionRunner,
  createSequencer,
  defineProjection,
  type ProjectionContext,
  type Sequencer,
  type Tables,
} from '../../lib/index.ts';
import { ENTRIES_PER_INVOCATION_MAX } from '../../lib/log/bounds.ts';
import { decodeEntry } from '../../lib/log/log-entry.ts';
import { orderEvents } from '../../test/support/events.ts';
import { quantile } from '../pairs.ts';
import { type LimitedTables, limitedTables, placeOf } from './limited-tables.ts';
import { LIMITS, type Limits, type Load } from './limits.ts';
import { Pool } from './pool.ts';
import { Shard } from './shard.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What the second half of a run has shown, when everything goes its way. */
export interface LoadResult {
  readonly appendedPerSecond: number;
  readonly sequencedPerSecond: number;
  /** Events, by all projections together. */
  readonly projectedPerSecond: number;
  /** From an append to its place in the log: the middle one, and the last but one of a hundred. */
  readonly lagMs: number;
  readonly lag99Ms: number;
  readonly commitsPerEntry: number;
  /** Entries for whose place another sequencer was faster, of those that were tried. */
  readonly lost: number;
  /** Of what its busiest partition may give. */
  readonly logWrites: number;
  readonly logReads: number;
  readonly eventsWrites: number;
  readonly stateWrites: number;
  readonly readModelsWrites: number;
  /** Of the time of the sequencers, on average, and of the busiest projection. */
  readonly sequencerBusy: number;
  readonly projectionBusy: number;
  /** What stands on the tables, for whoever looks without waiting. */
  readonly stored: Tables;
}

/** Times of a run at which appends begin. */
const TICK_MS = 10;

export async function runLoad(load: Load, changed: Partial<Limits> = {}, seed = 1): Promise<LoadResult> {
  const limits: Limits = { ...LIMITS, ...changed };
  const run = prepare(load, limits, seed);
  startSequencers(run, limits);
  startProjections(run, limits);
  void append(run, load);
  await run.clock.runUntil(500 * load.seconds);
  const middle = snapshot(run);
  await run.clock.runUntil(1_000 * load.seconds);
  return { ...resultOf(middle, snapshot(run), load.seconds / 2, limits), stored: run.limited.stored };
}

interface Run {
  readonly clock: VirtualClock;
  readonly context: ProjectionContext;
  readonly limited: LimitedTables;
  readonly eventShards: readonly Shard<CommitHead>[];
  readonly logShards: readonly Shard<undefined>[];
  readonly sequencers: Pool<Sequencer>;
  readonly counts: { appended: number; projected: number; entries: number; lost: number };
  /** Of each commit in the log, in its order. */
  readonly lagsMs: number[];
}

function prepare(load: Load, limits: Limits, seed: number): Run {
  const clock = new VirtualClock();
  const random = randomNumbers(seed);
  const counts = { appended: 0, projected: 0, entries: 0, lost: 0 };
  const lagsMs: number[] = [];
  const appendedAt = new Map<string, number>();
  const eventShards = Array.from({ length: limits.eventsPartitions }, () => new Shard<CommitHead>(clock, limits));
  const logShards = Array.from({ length: load.projections }, () => new Shard<undefined>(clock, limits));
  const limited = limitedTables(clock, random, limits, ({ table, item }, outcome) => {
    if (table === 'log' && outcome !== 'written') {
      counts.lost += 1;
    } else if (table === 'log') {
      counts.entries += 1;
      for (const { streamId, version } of decodeEntry(item).commits) {
        lagsMs.push(clock.now - (appendedAt.get(`${streamId}@${version}`) ?? Number.NaN));
      }
      for (const shard of logShards) {
        shard.add(undefined);
      }
    } else if (table === 'events' && outcome === 'written') {
      const commit = decodeCommitHead(item);
      counts.appended += 1;
      appendedAt.set(`${commit.streamId}@${commit.version}`, clock.now);
      eventShards[placeOf(item.PK, limits.eventsPartitions)]?.add(commit);
    }
  });
  let ids = 0;
  const context: ProjectionContext = {
    tables: limited.tables,
    delay: (ms) => clock.delay(ms),
    random,
    now: () => new Date(clock.now),
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
  };
  const sequencersMax = Math.min(eventShards.length, limits.sequencersMax);
  const sequencers = new Pool(
    clock,
    Array.from({ length: sequencersMax }, () => createSequencer(context)),
  );
  return { clock, context, limited, eventShards, logShards, sequencers, counts, lagsMs };
}

/** Functions that remember, as warm ones do: one for each shard, or as many as may run at once. */
function startSequencers({ clock, eventShards, sequencers }: Run, { callMs, recordMs }: Limits): void {
  for (const shard of eventShards) {
    void shard.deliver((hints) =>
      sequencers.use(async (sequencer) => {
        await clock.delay(callMs + recordMs * hints.length);
        await sequencer.sequence(hints, { entriesMax: ENTRIES_PER_INVOCATION_MAX });
      }),
    );
  }
}

function startProjections({ clock, context, logShards, counts }: Run, { callMs }: Limits): void {
  for (const [index, shard] of logShards.entries()) {
    const projection = defineProjection<{ OrderPlaced: unknown; OrderItemAdded: unknown }, { events: number }>({
      name: `orders-${index + 1}`,
      version: 1,
      key: ({ streamId }) => streamId,
      initial: { events: 0 },
      evolve: { OrderPlaced: counted, OrderItemAdded: counted },
    });
    const runner = createProjectionRunner(context, projection);
    let position = 0;
    void shard.deliver(async () => {
      await clock.delay(callMs);
      await runner.run({
        onProgress: (progress) => {
          counts.projected += progress.position - position;
          position = progress.position;
        },
      });
    });
  }
}

function counted({ events }: { readonly events: number }): { events: number } {
  return { events: events + 1 };
}

/** Appends at the rate of the load, whatever becomes of those before; only a stream's own follow one another. */
async function append({ clock, context }: Run, load: Load): Promise<void> {
  const store = createEventStore(context);
  const events = orderEvents(load.eventsPerCommit);
  const last: (Promise<StreamState | 'no-stream'> | undefined)[] = [];
  let begun = 0;
  for (let tick = 1; clock.now < 1_000 * load.seconds; tick++) {
    for (; begun < (tick * TICK_MS * load.commitsPerSecond) / 1_000; begun++) {
      const stream = begun % load.streams;
      last[stream] = (last[stream] ?? Promise.resolve('no-stream' as const)).then(async (expected) => {
        const { state } = await store.append(`Order-${stream}`, events, { expect: expected });
        return state;
      });
    }
    await clock.delay(TICK_MS);
  }
  await Promise.all(last);
}

function snapshot({ counts, lagsMs, limited, sequencers, logShards, clock }: Run) {
  return {
    ...counts,
    lagsMs: [...lagsMs],
    use: structuredClone(limited.use),
    sequencerBusyMs: sequencers.usedMs,
    projectionBusyMs: logShards.map((shard) => shard.busyMsUntil(clock.now)),
  };
}

type Snapshot = ReturnType<typeof snapshot>;

function resultOf(middle: Snapshot, end: Snapshot, seconds: number, limits: Limits): Omit<LoadResult, 'stored'> {
  const lagsMs = end.lagsMs.slice(middle.lagsMs.length);
  const entries = end.entries - middle.entries;
  const lost = end.lost - middle.lost;
  const writes = (table: keyof Snapshot['use']) =>
    busiest(middle.use[table], end.use[table], ({ writeUnits }) => writeUnits) / seconds / limits.partitionWriteUnits;
  return {
    appendedPerSecond: (end.appended - middle.appended) / seconds,
    sequencedPerSecond: lagsMs.length / seconds,
    projectedPerSecond: (end.projected - middle.projected) / seconds,
    lagMs: quantile(lagsMs, 0.5),
    lag99Ms: quantile(lagsMs, 0.99),
    commitsPerEntry: lagsMs.length / entries,
    lost: lost / (entries + lost),
    logWrites: writes('log'),
    logReads: busiest(middle.use.log, end.use.log, ({ readUnits }) => readUnits) / seconds / limits.partitionReadUnits,
    eventsWrites: writes('events'),
    stateWrites: writes('state'),
    readModelsWrites: writes('readModels'),
    sequencerBusy: (end.sequencerBusyMs - middle.sequencerBusyMs) / seconds / 1_000,
    projectionBusy: busiest(middle.projectionBusyMs, end.projectionBusyMs, (ms) => ms) / seconds / 1_000,
  };
}

/** The largest growth of any of them. */
function busiest<Of>(middle: readonly Of[], end: readonly Of[], amount: (one: Of) => number): number {
  return Math.max(
    0,
    ...end.map((one, index) => {
      const before = middle[index];
      return amount(one) - (before === undefined ? 0 : amount(before));
    }),
  );
}

/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator (Numerical Recipes). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
