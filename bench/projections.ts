/** Rebuilding a projection: beside a bare loop that reads the same commits and writes as many transactions, and as the log grows. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetItemCommand, type DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { commitKey } from '../lib/events/stored-commit.ts';
import type { TableNames } from '../lib/index.ts';
import { defineProjection } from '../lib/projections/definition.ts';
import { createProjectionRunner } from '../lib/projections/runner.ts';
import { type GrowingLog, growTo } from './log.ts';
import type { Pair } from './pairs.ts';

interface Summary {
  readonly events: number;
  readonly totalCents: number;
}

/** A document for each of a hundred events: as orders have. */
function summaries(name: string) {
  return defineProjection<{ OrderPlaced: { totalCents: number }; OrderItemAdded: { totalCents: number } }, Summary>({
    name,
    version: 1,
    key: ({ streamId }) => streamId,
    initial: { events: 0, totalCents: 0 },
    evolve: {
      OrderPlaced: add,
      OrderItemAdded: add,
    },
  });
}

function add({ events, totalCents }: Summary, { data }: { readonly data: { readonly totalCents: number } }): Summary {
  return { events: events + 1, totalCents: totalCents + data.totalCents };
}

function contextOf({ tables }: Pick<GrowingLog, 'tables'>) {
  return { tables, delay: (ms: number) => delay(ms), random: Math.random, now: () => new Date(), newId: randomUUID };
}

let builds = 0;

/** Builds a projection of the log from the beginning. Returns how many transactions that took. */
async function build(log: Pick<GrowingLog, 'tables'>): Promise<number> {
  builds += 1;
  let transactions = 0;
  const runner = createProjectionRunner(contextOf(log), summaries(`bench-${builds}`));
  const { outcome } = await runner.run({ onProgress: () => (transactions += 1) });
  if (outcome !== 'caught-up') {
    throw new Error(`The projection is ${outcome}`);
  }
  return transactions;
}

/** Raw: the same commits with BatchGetItem, and for each transaction as many documents of the same size. */
export async function projectionPair(raw: DynamoDBClient, log: GrowingLog, names: TableNames): Promise<Pair> {
  const events = 10_000;
  const transactions = await build(log);
  const keys = log.commits.slice(0, events / 10).map(({ streamId, version }) => commitKey(streamId, version));
  const documents = Math.ceil(new Set(log.commits.map(({ streamId }) => streamId)).size / transactions);
  let runs = 0;
  return {
    name: `rebuild a projection over 10,000 events (${transactions} transactions of ${documents} documents); raw: a bare loop`,
    target: 0.5,
    unit: 'events/s',
    work: events,
    raw: async () => {
      runs += 1;
      for (let from = 0; from < keys.length; from += 100) {
        const Keys = keys.slice(from, from + 100).map(({ PK, SK }) => ({ PK: { S: PK }, SK: { S: SK } }));
        await raw.send(new BatchGetItemCommand({ RequestItems: { [names.events]: { Keys } } }));
      }
      for (let transaction = 0; transaction < transactions; transaction++) {
        await raw.send(new TransactWriteItemsCommand({ TransactItems: rawPuts(names, runs, transaction, documents) }));
      }
    },
    tidemark: async () => {
      await build(log);
    },
  };
}

function rawPuts(names: TableNames, run: number, transaction: number, documents: number) {
  return Array.from({ length: documents }, (_, index) => ({
    Put: {
      TableName: names.readModels,
      Item: {
        PK: { S: `RAW-${run}#${transaction}#${index}` },
        SK: { S: 'DOCUMENT' },
        document: { S: JSON.stringify({ events: 100, totalCents: 1_234_567 }) },
      },
    },
  }));
}

/** Microseconds that a rebuild takes for each event of a log of so many. */
export async function rebuildUs(log: GrowingLog, events: number): Promise<number> {
  await growTo(log, events);
  const start = performance.now();
  await build(log);
  return (1_000 * (performance.now() - start)) / events;
}
