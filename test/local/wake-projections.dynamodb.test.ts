/** Several projections behind one poller: none of them holds up another. */
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  createEventStore,
  createProjectionContext,
  createReadModels,
  defineHandler,
  defineProjection,
  dynamoDbTables,
  type EventStore,
  type Projection,
  type ReadModels,
  type Tables,
} from '../../lib/index.ts';
import { startLocalProjections } from '../../lib/local/local-projections.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { sequenceAll } from '../support/logged.ts';

const LIMIT = { limitMs: 20_000, pollMs: 20 };

let dynamoDb: TestDynamoDb;
let tables: Tables;
let store: EventStore;
let readModels: ReadModels;
beforeEach(async () => {
  dynamoDb = await dynamoDbForTest();
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  store = createEventStore({ tables });
  readModels = createReadModels(createProjectionContext(tables));
});
afterEach(() => dynamoDb.stop());

async function start(projections: readonly Projection[]) {
  const { endpoint, names } = dynamoDb;
  const context = createProjectionContext(tables);
  const reported: string[] = [];
  const reportError = (error: unknown) => reported.push(String(error));
  const running = await startLocalProjections({ endpoint, names, context, projections, reportError });
  return { ...running, reported };
}

async function appendOne(): Promise<void> {
  await store.append('Order-1', numbered(1));
  await sequenceAll(tables);
}

const counting = defineProjection<{ Counted: unknown }, number>({
  name: 'counting',
  version: 1,
  key: () => 'all',
  initial: 0,
  evolve: { Counted: (count) => count + 1 },
});

const halting = defineProjection<{ Counted: unknown }, number>({
  ...{ name: 'halting', version: 1, key: () => 'all', initial: 0 },
  evolve: {
    Counted: () => {
      throw new Error('odd');
    },
  },
});

test('one that stands still, one that halts and one that cannot run hold up no other', async () => {
  const holding = Promise.withResolvers<void>();
  const slow = defineHandler({ name: 'slow', version: 1, handle: () => holding.promise });
  const broken = defineHandler({
    ...{ name: 'broken', version: 1, handle: () => {} },
    checkpoint: () => Promise.reject(new Error('its file is gone')),
  });
  await appendOne();
  const { stop, reported } = await start([slow, halting, broken, counting]);
  for (let position = 1; position <= 5; position++) {
    expect(await readModels.waitFor('counting', position, { timeoutMs: 20_000 })).toBe(position);
    await appendOne();
  }
  await readModels.waitFor('counting', 6, { timeoutMs: 20_000 });
  expect(await readModels.document('counting', 'all')).toEqual({ document: 6, position: 6 });
  const isSaid = () => reported.filter((line) => line.includes('halting has halted')).length === 1;
  expect(await waitUntil(isSaid, LIMIT)).toBe(true);
  expect(reported.filter((line) => line.includes('broken failed')).length).toBeGreaterThan(0);
  let isStopped = false;
  const stopped = stop().then(() => {
    isStopped = true;
  });
  await appendOne();
  expect(isStopped, 'it waits for the run under way').toBe(false);
  holding.resolve();
  await stopped;
  const states = new Map((await readModels.statuses()).map(({ name, state }) => [name, state]));
  expect(states.get('halting')).toBe('halted');
  expect(states.get('counting'), 'what came after the end is for the next one').toBe('catching-up');
});

test('what is in the log already is there, and so is all that many small appends bring', async () => {
  await appendOne();
  const { stop, reported } = await start([counting]);
  onTestFinished(() => stop());
  await readModels.waitFor('counting', 1, { timeoutMs: 20_000 });
  for (let index = 0; index < 30; index++) {
    await appendOne();
  }
  await readModels.waitFor('counting', 31, { timeoutMs: 20_000 });
  expect(await readModels.document('counting', 'all')).toEqual({ document: 31, position: 31 });
  for (let position = 32; position <= 34; position++) {
    await appendOne();
    // Sooner than it looks by itself, which is every 5 s: it was woken.
    await readModels.waitFor('counting', position, { timeoutMs: 4_000 });
  }
  expect(reported).toEqual([]);
});
