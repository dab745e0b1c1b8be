/** Ratios to the raw SDK as one thing grows: streams, the store, events, writers. Each point is a pair of its own. */
import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { representativeEvents } from '../lib/cost/representative-items.ts';
import { commitKey, stateAfter } from '../lib/events/stored-commit.ts';
import {
  createEventStore,
  dynamoDbTables,
  type EventStore,
  type NewEvent,
  type StreamState,
  type TableNames,
} from '../lib/index.ts';
import { EMPTY_LOG, encodeEntry, endAfter, entryAfter, type LogEnd } from '../lib/log/log-entry.ts';
import { orderEvents } from '../test/support/events.ts';
import type { Pair } from './pairs.ts';
import { commitsAfter, EMPTY_STREAM, putCommits, putItems } from './prefill.ts';
import { type Grown, measureSeries, pair, type Series } from './series.ts';
import { appendPair, rawPut, rawQuery } from './store.ts';

export interface Clients {
  /** As the SDK makes it. */
  readonly raw: DynamoDBClient;
  /** As `dynamoDbClient` makes it. */
  readonly client: DynamoDBClient;
  /** Tables that nobody else uses. */
  readonly names: TableNames;
}

const APPENDS = 20;

/** Appending to streams that hold 1 to 100,000 events already, and reading their last 20. */
export function streamLengths({ raw, client, names }: Clients, rounds: number): Promise<Series[]> {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const points = async function* (): AsyncGenerator<Grown> {
    for (const x of [1, 10, 100, 1_000, 10_000, 100_000]) {
      const each = Math.min(x, 100);
      // Short streams must stay short: each of them gets one append a round.
      const streams = x <= 100 ? APPENDS : 1;
      const states: StreamState[] = [];
      for (let index = 0; index < streams; index++) {
        const begun = { ...EMPTY_STREAM, streamId: `Long-${x}-${index}` };
        const commits = commitsAfter(begun, x / each, orderEvents(each));
        await putCommits(client, names.events, commits);
        await putCommits(
          client,
          names.events,
          commitsAfter({ ...begun, streamId: `Raw-${x}-${index}` }, x / each, orderEvents(each)),
        );
        states.push(...commits.slice(-1).map(stateAfter));
      }
      const rawVersions = states.map(({ version }) => version);
      const event = orderEvents(1);
      yield {
        x,
        pairs: {
          'append an event': pair(
            APPENDS,
            async () => {
              for (let index = 0; index < APPENDS; index++) {
                const stream = index % streams;
                const version = (rawVersions[stream] ?? 0) + 1;
                rawVersions[stream] = version;
                await rawPut(raw, names.events, `STREAM#Raw-${x}-${stream}`, version, event);
              }
            },
            async () => {
              for (let index = 0; index < APPENDS; index++) {
                const stream = index % streams;
                const state = states[stream];
                const appended = await store.append(
                  `Long-${x}-${stream}`,
                  event,
                  state === undefined ? {} : { expect: state },
                );
                states[stream] = appended.state;
              }
            },
          ),
          'read the last 20 events': pair(
            APPENDS,
            async () => {
              for (let index = 0; index < APPENDS; index++) {
                await rawLast(raw, names.events, `STREAM#Raw-${x}-${index % streams}`);
              }
            },
            async () => {
              for (let index = 0; index < APPENDS; index++) {
                await store.read(`Long-${x}-${index % streams}`, { direction: 'backward', limit: 20 });
              }
            },
          ),
        },
      };
    }
  };
  return measureSeries(points(), rounds);
}

/** The last 20 items of a partition: as many events at least. */
async function rawLast(client: DynamoDBClient, table: string, partition: string): Promise<void> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'PK = :partition',
      ExpressionAttributeValues: { ':partition': { S: partition } },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 20,
    }),
  );
  const events = Items.map(({ events: stored }): unknown => (stored?.S === undefined ? stored : JSON.parse(stored.S)));
  if (events.length === 0) {
    throw new Error(`There is nothing in ${partition}`);
  }
}

/** Appending to streams that are not there yet: so many in a round, whose names begin with a label. */
function freshStreams(
  { raw, names }: Clients,
  store: EventStore,
  label: string,
  count: number,
  events: NewEvent[],
): Pair {
  let fresh = 0;
  return pair(
    count,
    async () => {
      for (let index = 0; index < count; index++) {
        fresh += 1;
        await rawPut(raw, names.events, `RAW#Fresh-${label}-${fresh}`, 1, events);
      }
    },
    async () => {
      for (let index = 0; index < count; index++) {
        fresh += 1;
        await store.append(`Fresh-${label}-${fresh}`, events, { expect: 'no-stream' });
      }
    },
  );
}

const COMMITS_EACH_STREAM = 10;
const EVENTS_EACH_COMMIT = 10;
const COMMITS_EACH_ENTRY = 1_000;

/** A store of 1,000 to 1,000,000 events with its log: appending, reading one stream of a hundred, and a page of the log. */
export function storeSizes({ raw, client, names }: Clients, rounds: number): Promise<Series[]> {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const points = async function* (): AsyncGenerator<Grown> {
    let end: LogEnd = EMPTY_LOG;
    let streams = 0;
    /** The streams that are there for the raw SDK too. */
    const rawStreams = new Set<number>();
    for (const x of [1_000, 10_000, 100_000, 1_000_000]) {
      while (streams * COMMITS_EACH_STREAM * EVENTS_EACH_COMMIT < x) {
        const count = Math.min(
          COMMITS_EACH_ENTRY / COMMITS_EACH_STREAM,
          x / COMMITS_EACH_STREAM / EVENTS_EACH_COMMIT - streams,
        );
        end = await addStreams({ raw, client, names }, end, streams, count);
        streams += count;
      }
      const some = Array.from({ length: 10 }, (_, index) => Math.floor((index * streams) / 10));
      for (const stream of some.filter((one) => !rawStreams.has(one))) {
        rawStreams.add(stream);
        for (let commit = 1; commit <= COMMITS_EACH_STREAM; commit++) {
          await rawPut(raw, names.events, `RAW#Store-${stream}`, commit, orderEvents(EVENTS_EACH_COMMIT));
        }
      }
      yield {
        x,
        pairs: {
          'append an event': freshStreams({ raw, client, names }, store, `${x}`, APPENDS, orderEvents(1)),
          'read a stream of 100': pair(
            some.length,
            async () => {
              for (const stream of some) {
                await rawQuery(raw, names.events, `RAW#Store-${stream}`);
              }
            },
            async () => {
              for (const stream of some) {
                await store.read(`Store-${stream}`);
              }
            },
          ),
          'read 1,000 events of the log': await logPagePair(raw, store, names, end),
        },
      };
    }
  };
  return measureSeries(points(), rounds);
}

async function addStreams({ client, names }: Clients, end: LogEnd, from: number, count: number): Promise<LogEnd> {
  const commits = Array.from({ length: count }, (_, index) =>
    commitsAfter(
      { ...EMPTY_STREAM, streamId: `Store-${from + index}` },
      COMMITS_EACH_STREAM,
      orderEvents(EVENTS_EACH_COMMIT),
    ),
  ).flat();
  await putCommits(client, names.events, commits);
  const entry = entryAfter(end, commits);
  await putItems(client, names.log, [encodeEntry(entry)]);
  return endAfter(entry);
}

/** What stands in the middle of the log; raw: the keys of the same commits are known already. */
async function logPagePair(raw: DynamoDBClient, store: EventStore, names: TableNames, end: LogEnd): Promise<Pair> {
  const entryEvents = COMMITS_EACH_ENTRY * EVENTS_EACH_COMMIT;
  const after = Math.floor(end.position / 2 / entryEvents) * entryEvents;
  const { events } = await store.log({ after, limit: 1_000 });
  const heads = events.filter((event) => event.version % EVENTS_EACH_COMMIT === 1);
  const Keys = heads.map(({ streamId, version }) => {
    const { PK, SK } = commitKey(streamId, version);
    return { PK: { S: PK }, SK: { S: SK } };
  });
  return pair(
    1_000,
    async () => {
      await raw.send(new BatchGetItemCommand({ RequestItems: { [names.events]: { Keys } } }));
    },
    async () => {
      await store.log({ after, limit: 1_000 });
    },
  );
}

const BYTES_EACH_READ = 2_000_000;

/** Events of 100 bytes to 350 KB: appending one, and reading streams of up to 2 MB with one event in each commit. */
export function eventSizes({ raw, client, names }: Clients, rounds: number): Promise<Series[]> {
  const store = createEventStore({ tables: dynamoDbTables(client, names) });
  const points = async function* (): AsyncGenerator<Grown> {
    for (const x of [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 350_000]) {
      const events = representativeEvents(1, x);
      const count = Math.max(4, Math.min(100, Math.floor(BYTES_EACH_READ / x)));
      const commits = commitsAfter({ ...EMPTY_STREAM, streamId: `Size-${x}` }, count, events);
      await putCommits(client, names.events, commits);
      for (let version = 1; version <= count; version++) {
        await rawPut(raw, names.events, `RAW#Size-${x}`, version, events);
      }
      const appends = x > 10_000 ? 5 : APPENDS;
      yield {
        x,
        pairs: {
          'append an event': freshStreams({ raw, client, names }, store, `${x}`, appends, events),
          'read a stream': pair(
            count,
            async () => {
              await rawQuery(raw, names.events, `RAW#Size-${x}`);
            },
            async () => {
              await store.read(`Size-${x}`);
            },
          ),
        },
      };
    }
  };
  return measureSeries(points(), rounds);
}

/** One to 64 writers at once, each on streams of its own. */
export function writers({ raw, client, names }: Clients, rounds: number): Promise<Series[]> {
  const points = async function* (): AsyncGenerator<Grown> {
    for (const x of [1, 2, 4, 8, 16, 32, 64]) {
      yield {
        x,
        pairs: {
          'append an event': appendPair(raw, client, names, 1, x),
          'append ten events': appendPair(raw, client, names, 10, x),
        },
      };
    }
  };
  return measureSeries(points(), rounds);
}
