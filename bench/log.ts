/** Sequencing and reading the log: beside a bare BatchGetItem loop, and as the log grows. */

import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CommitHead, commitKey, decodeCommitHead } from '../lib/events/stored-commit.ts';
import {
  createEventStore,
  createSequencer,
  dynamoDbTables,
  type EventStore,
  type Sequencer,
  type TableNames,
} from '../lib/index.ts';
import { inParallel } from '../lib/tables/in-parallel.ts';
import { scanAll } from '../lib/tables/read-all.ts';
import type { Tables } from '../lib/tables/tables.ts';
import { orderEvents } from '../test/support/events.ts';
import type { Pair } from './pairs.ts';

const EVENTS_EACH_COMMIT = 10;
const COMMITS_EACH_STREAM = 10;

/** As a busy Lambda function gets them. */
const COMMITS_EACH_BATCH = 100;
const WRITERS = 16;

/** A store that is filled and sequenced step by step. */
export interface GrowingLog {
  readonly tables: Tables;
  readonly store: EventStore;
  readonly sequencer: Sequencer;
  commits: readonly CommitHead[];
}

export function growingLog(client: DynamoDBClient, names: TableNames): GrowingLog {
  const tables = dynamoDbTables(client, names);
  const sequencer = createSequencer({ tables, delay: (ms) => delay(ms), random: Math.random });
  return { tables, store: createEventStore({ tables }), sequencer, commits: [] };
}

/** Appends until there are so many events, and puts them into the log. Returns the seconds that the latter took. */
export async function growTo(log: GrowingLog, events: number): Promise<number> {
  const before = log.commits.length;
  const streams = events / EVENTS_EACH_COMMIT / COMMITS_EACH_STREAM;
  const missing = Array.from({ length: streams }, (_, index) => `Log-${index}`).slice(before / COMMITS_EACH_STREAM);
  await inParallel(missing, WRITERS, async (streamId) => {
    for (let commit = 0; commit < COMMITS_EACH_STREAM; commit++) {
      await log.store.append(streamId, orderEvents(EVENTS_EACH_COMMIT), { expect: commit * EVENTS_EACH_COMMIT });
    }
  });
  const known = new Set(log.commits.map(({ streamId }) => streamId));
  const added: CommitHead[] = [];
  for await (const { items } of scanAll(log.tables, 'events', { consistency: 'strong' })) {
    const isNew = ({ streamId }: CommitHead) => streamId.startsWith('Log-') && !known.has(streamId);
    added.push(...items.map(decodeCommitHead).filter(isNew));
  }
  // In the order of their appends, as a stream of changes has them.
  added.sort((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  log.commits = [...log.commits, ...added];
  const start = performance.now();
  for (let from = 0; from < added.length; from += COMMITS_EACH_BATCH) {
    await log.sequencer.sequence(added.slice(from, from + COMMITS_EACH_BATCH));
  }
  return (performance.now() - start) / 1000;
}

async function readAll(store: EventStore, events: number): Promise<void> {
  let after = 0;
  while (after < events) {
    const page = await store.log({ after });
    if (page.position === after) {
      throw new Error(`The log ends at ${after}, not at ${events}`);
    }
    after = page.position;
  }
}

/** Reading the log of 10,000 events; raw: the same commits with BatchGetItem, a hundred at a time, and nothing done with them. */
export async function logPair(raw: DynamoDBClient, log: GrowingLog, names: TableNames): Promise<Pair> {
  const events = 10_000;
  await growTo(log, events);
  const keys = log.commits.map(({ streamId, version }) => commitKey(streamId, version));
  return {
    name: 'read the log, 10,000 events in commits of 10; raw: a bare BatchGetItem loop',
    target: 0.7,
    unit: 'events/s',
    work: events,
    raw: async () => {
      for (let from = 0; from < keys.length; from += 100) {
        await rawBatch(raw, names.events, keys.slice(from, from + 100));
      }
    },
    tidemark: () => readAll(log.store, events),
  };
}

/** All keys of a batch, as often as DynamoDB leaves some of them. */
async function rawBatch(
  client: DynamoDBClient,
  table: string,
  keys: readonly { PK: string; SK: string }[],
): Promise<void> {
  let left = keys.map(({ PK, SK }): Record<string, { S: string }> => ({ PK: { S: PK }, SK: { S: SK } }));
  while (left.length > 0) {
    const { UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left } } }),
    );
    left = (UnprocessedKeys?.[table]?.Keys ?? []).map(({ PK, SK }) => ({
      PK: { S: PK?.S ?? '' },
      SK: { S: SK?.S ?? '' },
    }));
  }
}

/** Time per event at a size of the log. */
export interface Growth {
  readonly events: number;
  readonly sequencingUs: number;
  readonly readingUs: number;
  readonly rebuildingUs: number;
}

/**
 * How long sequencing and reading take per event as the log grows from 10³ to 10⁵ events. Measured after other things of the same
 * kind, so that code and JVM are warm.
 */
export async function measureGrowth(
  log: GrowingLog,
  rebuildUs: (log: GrowingLog, events: number) => Promise<number>,
): Promise<Growth[]> {
  const growth: Growth[] = [];
  let before = 0;
  for (const events of [1_000, 10_000, 100_000]) {
    const seconds = await growTo(log, events);
    const times: number[] = [];
    for (let round = 0; round < (events > 10_000 ? 3 : 10); round++) {
      const start = performance.now();
      await readAll(log.store, events);
      times.push(performance.now() - start);
    }
    const median = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
    growth.push({
      events,
      sequencingUs: (1e6 * seconds) / (events - before),
      readingUs: (1000 * median) / events,
      rebuildingUs: await rebuildUs(log, events),
    });
    before = events;
  }
  return growth;
}

/** By which power of the size the time per event grows: 0 is not at all, 1 is in proportion. Least squares in logarithms. */
export function slope(growth: readonly Growth[], time: (one: Growth) => number): number {
  const points = growth.map((one) => [Math.log(one.events), Math.log(time(one))] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))];
  return mean(points.map(([px, py]) => (px - x) * (py - y))) / mean(points.map(([px]) => (px - x) ** 2));
}
