/** Appends and reads, each beside the raw SDK doing the same: one conditional PutItem for a commit, one Query for a MB. */
import { type DynamoDBClient, PutItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { createEventStore, dynamoDbTables, type StreamState, type TableNames } from '../lib/index.ts';
import { orderEvents } from '../test/support/events.ts';
import type { Pair } from './pairs.ts';

const APPENDS_EACH_ROUND = 240;
const EVENTS_READ = 1_000;

/** @param measured the part of the tables' names that keeps runs apart */
export async function storePairs(client: DynamoDBClient, names: TableNames): Promise<Pair[]> {
  return [
    appendPair(client, names, 1, 1),
    appendPair(client, names, 10, 1),
    appendPair(client, names, 1, 16),
    appendPair(client, names, 10, 16),
    await readPair(client, names),
  ];
}

let runs = 0;

function appendPair(client: DynamoDBClient, names: TableNames, eventsEach: number, clients: number): Pair {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const events = orderEvents(eventsEach);
  const each = APPENDS_EACH_ROUND / clients;
  const concurrently = async (run: (streamId: string) => Promise<void>) => {
    runs += 1;
    await Promise.all(Array.from({ length: clients }, (_, index) => run(`Bench-${runs}-${index}`)));
  };
  return {
    name: `append ${eventsEach} ${eventsEach === 1 ? 'event' : 'events'}, ${clients === 1 ? 'one client' : `${clients} clients`}`,
    target: 0.95,
    unit: 'appends/s',
    work: APPENDS_EACH_ROUND,
    raw: () =>
      concurrently(async (streamId) => {
        for (let version = 1; version <= each; version++) {
          await rawPut(client, names.events, `RAW#${streamId}`, version, JSON.stringify(events));
        }
      }),
    tidemark: () =>
      concurrently(async (streamId) => {
        let expected: StreamState | 'no-stream' = 'no-stream';
        for (let append = 1; append <= each; append++) {
          ({ state: expected } = await store.append(streamId, events, { expect: expected }));
        }
      }),
  };
}

async function readPair(client: DynamoDBClient, names: TableNames): Promise<Pair> {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const events = orderEvents(EVENTS_READ);
  for (const [index, event] of events.entries()) {
    await rawPut(client, names.events, 'RAW#Read-1', index + 1, JSON.stringify(event));
  }
  let expected: StreamState | 'no-stream' = 'no-stream';
  for (let from = 0; from < EVENTS_READ; from += 10) {
    ({ state: expected } = await store.append('Read-1', events.slice(from, from + 10), { expect: expected }));
  }
  return {
    name: 'read 1,000 events in commits of 10; raw: one event an item',
    target: 1.9,
    unit: 'events/s',
    work: EVENTS_READ,
    raw: () => rawRead(client, names.events, 'RAW#Read-1'),
    tidemark: async () => requireCount((await store.read('Read-1')).events.length),
  };
}

async function rawPut(client: DynamoDBClient, table: string, partition: string, version: number, events: string) {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: { PK: { S: partition }, SK: { S: String(version).padStart(20, '0') }, events: { S: events } },
      ConditionExpression: 'attribute_not_exists(PK)',
    }),
  );
}

async function rawRead(client: DynamoDBClient, table: string, partition: string): Promise<void> {
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
  requireCount(count);
}

function requireCount(count: number): void {
  if (count !== EVENTS_READ) {
    throw new Error(`Read ${count} events, not ${EVENTS_READ}`);
  }
}
