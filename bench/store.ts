/** Appends and reads, each beside the raw SDK doing the same: one conditional PutItem for a commit, one Query for a MB. */
import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import {
  commandHandler,
  createEventStore,
  defineDecider,
  defineEvents,
  dynamoDbTables,
  type NewEvent,
  type StreamState,
  type TableNames,
} from '../lib/index.ts';
import { orderEvents } from '../test/support/events.ts';
import type { Pair } from './pairs.ts';

const APPENDS_EACH_ROUND = 240;

/** Streams stay short: DynamoDB Local takes the longer for a write the more its partition holds, whoever writes. */
const APPENDS_EACH_STREAM = 15;
const EVENTS_READ = 1_000;

/**
 * @param raw a client as the SDK makes it
 * @param client a client as `dynamoDbClient` makes it
 */
export function appendPairs(raw: DynamoDBClient, client: DynamoDBClient, names: TableNames): Pair[] {
  return [
    appendPair(raw, client, names, 1, 1),
    appendPair(raw, client, names, 10, 1),
    appendPair(raw, client, names, 1, 16),
    appendPair(raw, client, names, 10, 16),
  ];
}

export async function readPairs(raw: DynamoDBClient, client: DynamoDBClient, names: TableNames): Promise<Pair[]> {
  return [
    await readPair(raw, client, names, 'the same facts'),
    await readPair(raw, client, names, 'nothing but the event'),
    await definitionsPair(client, names),
  ];
}

let runs = 0;

/** Streams of a round: as many as keep all clients busy. */
function streamsFor(clients: number): number {
  return Math.max(APPENDS_EACH_ROUND / APPENDS_EACH_STREAM, clients);
}

/** Streams that are not there yet. */
function newStreams(clients: number): string[] {
  runs += 1;
  return Array.from({ length: streamsFor(clients) }, (_, index) => `Bench-${runs}-${index}`);
}

/** Does something for each of the streams of a round, new ones each time. */
async function forEachStream(clients: number, run: (streamId: string) => Promise<void>): Promise<void> {
  const todo = newStreams(clients);
  const client = async () => {
    for (let streamId = todo.pop(); streamId !== undefined; streamId = todo.pop()) {
      await run(streamId);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function rawAppends(raw: DynamoDBClient, names: TableNames, streamId: string, events: NewEvent[], after = 0) {
  for (let version = after + 1; version <= after + APPENDS_EACH_STREAM; version++) {
    await rawPut(raw, names.events, `RAW#${streamId}`, version, events);
  }
}

/**
 * A command with an event of 300 bytes, on a state that the handler remembers: one write, as the raw one, which decides nothing. The first
 * command of each stream, which loads it, is not measured.
 */
export function commandPair(raw: DynamoDBClient, client: DynamoDBClient, names: TableNames): Pair {
  const events = orderEvents(1);
  const decider = defineDecider<number, { Add: unknown }, { OrderPlaced: unknown }>({
    category: 'Bench',
    initialState: 0,
    decide: { Add: (_, { data }) => [{ type: 'OrderPlaced', data }] },
    evolve: { OrderPlaced: (count) => count + 1 },
  });
  const handler = commandHandler({ tables: dynamoDbTables(client, names), decider, cachedStatesMax: 1_000 });
  const command = { type: 'Add', data: events[0]?.data } as const;
  let streams: readonly string[] = [];
  return {
    name: 'command with 1 event on a remembered state, one client; raw: an append',
    target: 0.9,
    unit: 'commands/s',
    work: streamsFor(1) * APPENDS_EACH_STREAM,
    prepare: async () => {
      streams = newStreams(1);
      for (const streamId of streams) {
        await rawPut(raw, names.events, `RAW#${streamId}`, 1, events);
        await handler.handle(streamId, command);
      }
    },
    raw: async () => {
      for (const streamId of streams) {
        await rawAppends(raw, names, streamId, events, 1);
      }
    },
    tidemark: async () => {
      for (const streamId of streams) {
        for (let count = 1; count <= APPENDS_EACH_STREAM; count++) {
          await handler.handle(streamId, command);
        }
      }
    },
  };
}

/** Appends to streams of their own, by so many clients at once. */
export function appendPair(
  raw: DynamoDBClient,
  client: DynamoDBClient,
  names: TableNames,
  eventsEach: number,
  clients: number,
): Pair {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const events = orderEvents(eventsEach);
  return {
    name: `append ${eventsEach} ${eventsEach === 1 ? 'event' : 'events'}, ${clients === 1 ? 'one client' : `${clients} clients`}`,
    target: 0.95,
    unit: 'appends/s',
    work: streamsFor(clients) * APPENDS_EACH_STREAM,
    raw: () => forEachStream(clients, (streamId) => rawAppends(raw, names, streamId, events)),
    tidemark: () =>
      forEachStream(clients, async (streamId) => {
        let expected: StreamState | 'no-stream' = 'no-stream';
        for (let append = 1; append <= APPENDS_EACH_STREAM; append++) {
          ({ state: expected } = await store.append(streamId, events, { expect: expected }));
        }
      }),
  };
}

/** @param facts what the raw items have: what Tidemark stores as well, or the event alone, which no store could do with */
async function readPair(
  raw: DynamoDBClient,
  client: DynamoDBClient,
  names: TableNames,
  facts: 'the same facts' | 'nothing but the event',
): Promise<Pair> {
  const stream = `Read-${facts.length}`;
  const partition = `RAW#${stream}`;
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const events = orderEvents(EVENTS_READ);
  for (const [index, event] of events.entries()) {
    const version = index + 1;
    await (facts === 'the same facts'
      ? rawPut(raw, names.events, partition, version, [event])
      : barePut(raw, names.events, partition, version, event));
  }
  let expected: StreamState | 'no-stream' = 'no-stream';
  for (let from = 0; from < EVENTS_READ; from += 10) {
    ({ state: expected } = await store.append(stream, events.slice(from, from + 10), { expect: expected }));
  }
  return {
    name: `read 1,000 events in commits of 10; raw: one event an item, ${facts}`,
    target: 1.9,
    unit: 'events/s',
    work: EVENTS_READ,
    raw: async () => requireCount(await rawQuery(raw, names.events, partition)),
    tidemark: async () => requireCount((await store.read(stream)).events.length),
  };
}

/** Both are Tidemark: what it costs that a store looks whether each event is in the current shape. */
async function definitionsPair(client: DynamoDBClient, names: TableNames): Promise<Pair> {
  const tables = dynamoDbTables(client, names);
  const events = defineEvents({ OrderPlaced: { schema: z.unknown() }, OrderItemAdded: { schema: z.unknown() } });
  const plain = createEventStore({ tables });
  const typed = createEventStore({ tables, events });
  const stored = orderEvents(EVENTS_READ);
  for (let from = 0; from < EVENTS_READ; from += 10) {
    await plain.append('Read-definitions', stored.slice(from, from + 10));
  }
  return {
    name: 'read 1,000 events in the current shape with definitions; raw: without',
    target: 0.95,
    unit: 'events/s',
    work: EVENTS_READ,
    raw: async () => requireCount((await plain.read('Read-definitions')).events.length),
    tidemark: async () => requireCount((await typed.read('Read-definitions')).events.length),
  };
}

/**
 * The same facts as Tidemark stores of a commit, as a careful hand would put them down: no checks, no hash, no compression, and
 * no look at what a refused condition returns.
 */
export async function rawPut(
  client: DynamoDBClient,
  table: string,
  partition: string,
  version: number,
  events: NewEvent[],
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        PK: { S: partition },
        SK: { S: `VERSION#${String(version).padStart(20, '0')}` },
        count: { N: String(events.length) },
        previous: { N: String(version - 1) },
        commitId: { S: randomUUID() },
        timestamp: { S: new Date().toISOString() },
        types: { L: [...new Set(events.map(({ type }) => type))].map((type) => ({ S: type })) },
        events: { S: JSON.stringify(events) },
      },
      ConditionExpression: 'attribute_not_exists(PK)',
    }),
  );
}

async function barePut(client: DynamoDBClient, table: string, partition: string, version: number, event: NewEvent) {
  const Item = {
    PK: { S: partition },
    SK: { S: String(version).padStart(20, '0') },
    events: { S: JSON.stringify(event) },
  };
  await client.send(new PutItemCommand({ TableName: table, Item }));
}

/** Reads a whole partition, and makes values of the events. */
export async function rawQuery(client: DynamoDBClient, table: string, partition: string): Promise<number> {
  let count = 0;
  let after: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'PK = :partition',
        ExpressionAttributeValues: { ':partition': { S: partition } },
        ConsistentRead: true,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    count += (page.Items ?? []).map(({ events }): unknown => JSON.parse(events?.S ?? '')).length;
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
  return count;
}

function requireCount(count: number): void {
  if (count !== EVENTS_READ) {
    throw new Error(`Read ${count} events, not ${EVENTS_READ}`);
  }
}
