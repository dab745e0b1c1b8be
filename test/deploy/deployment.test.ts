/** A whole life of a store in AWS: deployed, used, changed, taken away and deployed again. */
import { join } from 'node:path';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { type Table, tableNames } from '../../lib/tables/definitions.ts';
import { bootstrap, COMMAND_MS, deploy, deployOntoTables, destroy, type StackOutputs } from './cdk.ts';
import { type DeployedApi, deployedApi } from './deployed-api.ts';
import { ACCOUNT, type Emulator, REGION, ROOT, startEmulator } from './emulator.ts';
import { invoke } from './functions.ts';
import { copyProject, PROJECT } from './project-copy.ts';
import { type Credentials, createUser } from './users.ts';

/** A wake-up comes once a minute; what a stream triggers comes within seconds. */
const SOON = { limitMs: 120_000, pollMs: 250 };
const NAMES = tableNames('tidemark');
const TIMESTAMP = expect.stringMatching(/^\d{4}-.*Z$/);

/** A new version of a projection, and a queue that wakes the process manager in the place of the stream. */
const CHANGES = [
  { file: 'examples/orders/order-summary.ts', from: 'version: 1,', to: 'version: 2,' },
  {
    file: 'examples/orders/order-summary.ts',
    from: "...toldOf(event.data), status: 'placed' }",
    to: "...toldOf(event.data), status: 'placed', placedAt: event.metadata.timestamp }",
  },
  {
    file: 'examples/orders/stack.ts',
    from: "import { Stack, type StackProps } from 'aws-cdk-lib';",
    to: "import { Duration, Stack, type StackProps } from 'aws-cdk-lib';",
  },
  {
    file: 'examples/orders/stack.ts',
    from: "entry: entry('lambda-order-reviews'),",
    to: "entry: entry('lambda-order-reviews'), trigger: 'queue', wakeUpEvery: Duration.days(1),",
  },
];

const FIRST_EVENTS = ['Order-1@1', 'Order-1@2', 'Order-a/b ä@1', 'Order-a/b ä@2'];

type Item = Record<string, AttributeValue>;

let emulator: Emulator;
let shop: Credentials;
let apiUrl: string;
let api: DeployedApi;
let templates: string;

beforeAll(async () => {
  emulator = await startEmulator();
  await bootstrap(emulator);
}, 2 * COMMAND_MS);

afterAll(async () => {
  await emulator?.stop();
}, 30_000);

describe('a store that is deployed', { timeout: 2 * COMMAND_MS }, () => {
  test('cdk deploy makes the store and the example', async () => {
    const [folder, outputs] = await deploy(emulator, PROJECT, 'templates-1');
    templates = folder;
    apiUrl = apiUrlOf(outputs);
    shop = await createUser(emulator, 'shop', ['execute-api:Invoke'], `arn:aws:execute-api:${REGION}:${ACCOUNT}:*`);
    api = deployedApi(emulator, apiUrl, shop);
  });

  test('the API takes signed requests of those who may invoke it; only /health is open', async () => {
    const stranger = deployedApi(emulator, apiUrl, undefined);
    const other = await createUser(emulator, 'other', ['execute-api:ManageConnections'], '*');
    const forged = { ...shop, secretAccessKey: 'a guess' };
    for (const credentials of [undefined, other, forged]) {
      const closed = deployedApi(emulator, apiUrl, credentials);
      expect(await closed.get('/streams/Order-1')).toMatchObject({ status: 403 });
      expect(await closed.append('Order-1', [placed('1', 100)])).toMatchObject({ status: 403 });
    }
    expect(await stranger.get('/health')).toEqual({ status: 200, etag: null, body: { status: 'ok' } });
    expect(await api.get('/streams/Order-1')).toMatchObject({ status: 404 });
  });

  test('an append is answered with its version, and kept to what it expects', async () => {
    const first = await api.append('Order-1', [placed('1', 100)], { 'If-None-Match': '*' });
    expect(first).toMatchObject({ status: 201, etag: '"1"', body: { firstVersion: 1, version: 1 } });
    const again = await api.append('Order-1', [placed('1', 100)], { 'If-None-Match': '*' });
    expect(again).toMatchObject({ status: 412, body: { expectedVersion: 'no-stream', actualVersion: 1 } });
    const ship = () => api.append('Order-1', [shipped('1')], { 'Idempotency-Key': 'ship-1' });
    expect(await ship()).toMatchObject({ status: 201, etag: '"2"' });
    expect(await ship()).toMatchObject({ status: 200, etag: '"2"' });
    expect(await api.append('Order-a/b ä', [placed('a/b ä', 300), placed('a/b ä', 300)])).toMatchObject({
      status: 201,
      etag: '"2"',
    });
    expect(await api.get('/streams/Order-1')).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test('the stream of the Events table triggers the sequencer: all events are in the log', async () => {
    expect(await eventsOfLog(4)).toEqual(FIRST_EVENTS);
    // A mark may be a moment behind the log.
    const sequenced = async () =>
      SequencedAnswer.parse((await api.get('/streams/Order-1?sequenced=true')).body).sequencedPosition;
    expect(await soon(async () => (await sequenced()) === 2)).toBe(true);
  });

  test('the stream of the Log table triggers the projection: it catches up', async () => {
    await caughtUp('order-summary', 1, 4);
    expect(await document('order-summary', '1')).toEqual({
      orderId: '1',
      customerId: 'c-1',
      totalCents: 100,
      status: 'shipped',
    });
    expect(await document('order-summary', 'a/b ä')).toMatchObject({ totalCents: 300, status: 'placed' });
  });

  test('nobody deletes or changes an event, whatever rights he has', async () => {
    const admin = dynamoDb(await createUser(emulator, 'admin', ['*'], '*'));
    for (const TableName of [NAMES.events, NAMES.log]) {
      const [item] = await scan(admin, TableName);
      expect.assert(item?.['PK'] !== undefined && item['SK'] !== undefined);
      const Key = { PK: item['PK'], SK: item['SK'] };
      const requests = [
        () => admin.send(new DeleteItemCommand({ TableName, Key })),
        () =>
          admin.send(
            new UpdateItemCommand({
              TableName,
              Key,
              UpdateExpression: 'REMOVE #h',
              ExpressionAttributeNames: { '#h': 'hash' },
            }),
          ),
        () => admin.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } })),
        () => admin.send(new DeleteTableCommand({ TableName })),
      ];
      for (const request of requests) {
        await expect(request()).rejects.toThrow(/explicit deny in a resource-based policy/);
      }
    }
    // The same rights suffice where no policy of the table is in the way.
    const Item = { PK: { S: 'TEST' }, SK: { S: '1' } };
    await admin.send(new PutItemCommand({ TableName: NAMES.readModels, Item }));
    await admin.send(new DeleteItemCommand({ TableName: NAMES.readModels, Key: Item }));
    for (const TableName of [NAMES.state, NAMES.readModels]) {
      await expect(admin.send(new DeleteTableCommand({ TableName }))).rejects.toThrow(/protected against deletion/);
    }
    admin.destroy();
  });

  test('a changed version of a projection is built from the whole log, and takes over', async () => {
    const project = join(emulator.folder, 'changed');
    await copyProject(project, CHANGES);
    [templates] = await deploy(emulator, project, 'templates-2');
    // Nothing is appended: it is the schedule that wakes the new version.
    await caughtUp('order-summary', 2, 4);
    expect(await document('order-summary', '1')).toMatchObject({ totalCents: 100, placedAt: TIMESTAMP });
    expect(await document('order-summary', 'a/b ä')).toMatchObject({ totalCents: 300, placedAt: TIMESTAMP });
  });

  test('a topic and a queue wake the process manager, which answers a command with another one', async () => {
    const items = [{ sku: 'A', quantity: 1, priceCents: 1_000_000 }];
    const answer = await api.post('/orders', { orderId: '3', customerId: 'c-3', items });
    expect(answer).toMatchObject({ status: 201, body: { orderId: '3', version: 1 } });
    expect(await eventsOfLog(6)).toEqual([...FIRST_EVENTS, 'Order-3@1', 'Review-3@1']);
    await caughtUp('order-reviews', 1, 6);
    await caughtUp('order-summary', 2, 6);
    expect(await api.get('/orders/3')).toMatchObject({
      status: 200,
      body: { totalCents: 1_000_000, placedAt: TIMESTAMP },
    });
  });

  test('cdk destroy leaves the tables and all that is in them', async () => {
    const root = dynamoDb(ROOT);
    const before = await storedItems(root);
    await destroy(emulator, templates);
    const after = await storedItems(root);
    expect([after.events, after.log]).toEqual([before.events, before.log]);
    // The others may change until the functions are gone.
    expect(Object.values(after).map(({ length }) => length)).not.toContain(0);
    root.destroy();
    expect((await api.get('/streams/Order-1')).status).toBeGreaterThanOrEqual(400);
  });

  test('a new deployment takes the tables up, and goes on where the old one has ended', async () => {
    api = deployedApi(emulator, apiUrlOf(await deployOntoTables(emulator, templates)), shop);
    expect(await api.get('/streams/Order-1')).toMatchObject({ status: 200, body: { version: 2 } });
    const answer = await api.append('Order-3', [shipped('3')], { 'If-Match': '"1"' });
    expect(answer).toMatchObject({ status: 201, etag: '"2"' });
    expect(await api.append('Order-4', [placed('4', 700)])).toMatchObject({ status: 201 });
    // The streams of the tables tell the whole story again, and nothing is in the log twice.
    expect(await eventsOfLog(8)).toEqual([...FIRST_EVENTS, 'Order-3@1', 'Review-3@1', 'Order-3@2', 'Order-4@1']);
    await caughtUp('order-summary', 2, 8);
    await caughtUp('order-reviews', 1, 8);
    expect(await document('order-summary', '4')).toMatchObject({ totalCents: 700 });
  });

  test('what runs on a schedule finds nothing to mend', async () => {
    expect(await invoke(emulator, 'Verifies what is new in the log', { from: 1 })).toMatchObject({
      outcome: 'caught-up',
      position: 8,
      events: 8,
      damages: 0,
    });
    const scan = await invoke(emulator, 'Puts into the log what no record of the stream has told of', {});
    expect(scan).toMatchObject({ outcome: 'done', sequenced: 0, damaged: 0 });
  });
});

function apiUrlOf(outputs: StackOutputs): string {
  return String(outputs['Tidemark']?.['ApiUrl']);
}

function placed(orderId: string, totalCents: number): unknown {
  const items = [{ sku: 'A', quantity: 1, priceCents: totalCents }];
  return { type: 'OrderPlaced', data: { orderId, customerId: `c-${orderId}`, items, totalCents } };
}

function shipped(orderId: string): unknown {
  return { type: 'OrderShipped', data: { orderId } };
}

const LogAnswer = z.object({
  events: z.array(z.object({ streamId: z.string(), version: z.int(), position: z.int() })),
});
const SequencedAnswer = z.object({ sequencedPosition: z.int().optional() });
const ProjectionsAnswer = z.object({
  projections: z.array(z.object({ name: z.string(), version: z.int(), state: z.string(), position: z.int() })),
});

/** Waits until the log has as many events, and returns which, in their order. Their positions have no gap. */
async function eventsOfLog(count: number): Promise<string[]> {
  let events: z.infer<typeof LogAnswer>['events'] = [];
  await soon(async () => {
    events = LogAnswer.parse((await api.get('/events')).body).events;
    return events.length >= count;
  });
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  return events.map(({ streamId, version }) => `${streamId}@${version}`);
}

/** Waits until a version of a projection is the live one, and has applied the log up to a position. */
async function caughtUp(projection: string, version: number, position: number): Promise<void> {
  let all: unknown;
  const held = await soon(async () => {
    all = (await api.get('/projections')).body;
    const found = ProjectionsAnswer.parse(all).projections.find(({ name }) => name === projection);
    return found?.version === version && found.state === 'live' && found.position >= position;
  });
  expect(held, `${JSON.stringify(all)}\n${await emulator.log()}`).toBe(true);
}

async function document(projection: string, key: string): Promise<unknown> {
  const answer = await api.get(`/read-models/${projection}/${encodeURIComponent(key)}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

function soon(condition: () => Promise<boolean>): Promise<boolean> {
  return waitUntil(condition, SOON);
}

function dynamoDb(credentials: Credentials): DynamoDBClient {
  return new DynamoDBClient({ endpoint: emulator.endpoint, region: REGION, credentials });
}

/** All items of each table of the store. */
async function storedItems(client: DynamoDBClient): Promise<{ readonly [table in Table]: Item[] }> {
  return {
    events: await scan(client, NAMES.events),
    log: await scan(client, NAMES.log),
    state: await scan(client, NAMES.state),
    readModels: await scan(client, NAMES.readModels),
  };
}

async function scan(client: DynamoDBClient, TableName: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}
