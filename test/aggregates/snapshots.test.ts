/** Snapshots are a cache: whatever happens to them, results are the same. */
import { inspect } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { snapshotKey } from '../../lib/aggregates/stored-snapshot.ts';
import type { Item, ItemMap } from '../../lib/events/item.ts';
import { commandHandler, createEventStore, defineEvents, memoryTables, Throttled } from '../../lib/index.ts';
import { noise } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { account, accountEvents, deposit, withdraw } from './account.ts';
import { type AccountOptions, accounts } from './accounts.ts';
import { louder } from './louder-account.ts';

const KEY = snapshotKey('Account-1');
const LOADED = { state: { cents: 60, isClosed: false, purposes: ['saving'] }, version: 60 };

/** What `accounts` takes as there being none. */
const WITHOUT_DEFINITIONS: AccountOptions = Object.fromEntries([['events', undefined]]);

/** A stream of 60 events with a snapshot at 60. */
async function withSnapshot() {
  const system = accounts({ snapshotEvery: 10 });
  await system.accounts.handle('Account-1', deposit(1, 60));
  const item = await system.tables.get('state', KEY, 'strong');
  if (item === undefined) {
    throw new Error('There is no snapshot');
  }
  expect(system.observed()).toMatchObject([{ kind: 'snapshot-written', version: 60 }]);
  const put = async (changed: ItemMap) => {
    await system.tables.put({ table: 'state', item: { ...item, ...changed }, over: 'any' });
  };
  return { ...system, item, put };
}

test('a snapshot is used, and what came after it is read', async () => {
  const { accounts: handler, observed, item, put } = await withSnapshot();
  await put({ state: JSON.stringify({ cents: 5_000, isClosed: false, purposes: [] }) });
  expect((await handler.load('Account-1')).state.cents, 'it is what was put there').toBe(5_000);
  await put(item);
  await handler.handle('Account-1', withdraw(1));
  expect(await handler.load('Account-1')).toMatchObject({ state: { cents: 59 }, version: 61 });
  expect(observed()).toEqual([]);
});

test('deleting it changes nothing, and the next one that is due is made', async () => {
  const { accounts: handler, tables, observed } = await withSnapshot();
  await tables.remove('state', [KEY]);
  expect(await handler.load('Account-1')).toEqual(LOADED);
  await handler.handle('Account-1', withdraw(1));
  expect(observed(), 'so much had to be read').toMatchObject([{ kind: 'snapshot-written', version: 61 }]);
});

test.each<[string, string, (item: Item) => ItemMap]>([
  ['a format of the future', 'corrupt', () => ({ format: 2 })],
  ['a state that is no JSON', 'corrupt', () => ({ state: '{' })],
  ['a state that cannot be decompressed', 'corrupt', () => ({ state: new Uint8Array([1, 2, 3]) })],
  ['no state', 'corrupt', () => ({ state: null })],
  ['a version that is none', 'corrupt', () => ({ version: 0.5 })],
  ['a stateVersion that is none', 'corrupt', () => ({ stateVersion: '1' })],
  ['a hash of another history', 'not-in-stream', () => ({ hash: new Uint8Array(32) })],
  ['a version ahead of the stream', 'not-in-stream', () => ({ version: 70, lastCommit: 61 })],
  ['a version inside of a commit', 'not-in-stream', () => ({ version: 30 })],
  ['a last commit that is none', 'not-in-stream', () => ({ lastCommit: 2 })],
  ['another shape', 'other-shape', () => ({ shape: new Uint8Array(32) })],
  ['another shape of newer code', 'newer', () => ({ shape: new Uint8Array(32), stateVersion: 2 })],
])('one with %s is ignored and told (%s)', async (_, reason, changed) => {
  const { accounts: handler, observed, item, put, tables } = await withSnapshot();
  await put(changed(item));
  expect(await handler.load('Account-1')).toEqual(LOADED);
  expect(observed()).toMatchObject([{ kind: 'snapshot-ignored', streamId: 'Account-1', reason }]);
  await handler.handle('Account-1', withdraw(1));
  const isKept = reason === 'newer';
  expect(observed().map(({ kind }) => kind)).toEqual(
    isKept ? ['snapshot-ignored'] : ['snapshot-ignored', 'snapshot-written'],
  );
  expect((await tables.get('state', KEY, 'strong'))?.['version']).toBe(isKept ? item['version'] : 61);
  expect(await handler.load('Account-1')).toMatchObject({ state: { cents: 59 }, version: 61 });
});

test.each<[string, AccountOptions]>([
  ['has loaded the stream before', {}],
  ['remembers the state', { cachedStatesMax: 1 }],
])('one of newer code is left as it is by a process of older code that %s', async (_, options) => {
  const { handler, tables, observed } = await withSnapshot();
  const older = handler({ snapshotEvery: 10, ...options });
  await older.load('Account-1');
  const newer = handler({ snapshotEvery: 10, decider: louder });
  await newer.handle('Account-1', deposit(1, 15));
  const item = await tables.get('state', KEY, 'strong');
  expect(item).toMatchObject({ version: 75, stateVersion: 2 });
  observed();
  await older.handle('Account-1', deposit(1, 10));
  expect(observed()).toContainEqual({ kind: 'snapshot-ignored', streamId: 'Account-1', reason: 'newer' });
  expect(await tables.get('state', KEY, 'strong')).toEqual(item);
  await newer.handle('Account-1', deposit(1, 10));
  expect(await tables.get('state', KEY, 'strong')).toMatchObject({ version: 95, stateVersion: 2 });
  expect(await newer.load('Account-1')).toMatchObject({ state: { cents: 95 }, version: 95 });
});

test('what a stream was before it was restored to an earlier time is not taken for its state', async () => {
  const { item } = await withSnapshot();
  const restored = accounts();
  await restored.accounts.handle('Account-1', deposit(2, 3));
  await restored.tables.put({ table: 'state', item, over: 'any' });
  expect(await restored.accounts.load('Account-1')).toMatchObject({ version: 3, state: { cents: 6 } });
  expect(await restored.accounts.handle('Account-1', deposit(2))).toMatchObject({ version: 4 });
});

test.each<[string, AccountOptions]>([
  ['stateVersion', { decider: { ...account, stateVersion: 2 } }],
  ['initialState', { decider: { ...account, initialState: { ...account.initialState, purposes: ['new'] } } }],
  ['set of events', { decider: { ...account, eventTypes: ['Deposited', 'Withdrawn'] }, unknownEvents: 'pass-through' }],
  ['answer to unknown events', { unknownEvents: 'pass-through' }],
  ['set of definitions, none', WITHOUT_DEFINITIONS],
])('another %s is another shape', async (_, changed) => {
  const { handler, observed } = await withSnapshot();
  expect(await handler({ snapshotEvery: 10, ...changed }).load('Account-1')).toMatchObject({ version: 60 });
  expect(observed()).toMatchObject([{ kind: 'snapshot-ignored', reason: 'other-shape' }]);
});

test('another schema version of an event is another shape', async () => {
  const { tables, observed, handler } = await withSnapshot();
  const events = defineEvents({
    Deposited: {
      schema: z.object({ cents: z.int(), purpose: z.string() }),
      upcasters: [(data: object) => data, (data: { cents: number; purpose: string }) => data],
    },
    Withdrawn: { schema: z.object({ cents: z.int() }) },
    Closed: { schema: z.object({}) },
  });
  expect(await handler({ tables, snapshotEvery: 10, events }).load('Account-1')).toMatchObject({ version: 60 });
  expect(observed()).toMatchObject([{ kind: 'snapshot-ignored', reason: 'other-shape' }]);
});

test('a snapshot that cannot be written is told, and the command is done', async () => {
  const { tables, store, handler, observed } = accounts();
  const failing = withCalls(tables, {
    put: (put) => (put.table === 'state' ? Promise.reject(new Throttled(undefined)) : tables.put(put)),
  });
  const result = await handler({ tables: failing, snapshotEvery: 1 }).handle('Account-1', deposit(1));
  expect(result).toMatchObject({ version: 1 });
  expect(observed()).toMatchObject([{ kind: 'snapshot-failed', version: 1, error: { code: 'throttled' } }]);
  expect((await store.head('Account-1')).version).toBe(1);
});

test.each<[string, unknown, string]>([
  ['is no JSON', new Date(), 'state.cents must be a plain object'],
  ['is too large', 'x'.repeat(500_000), 'The state has'],
])('a state that %s makes no snapshot, and that is told', async (_, cents, message) => {
  const { tables, handler, observed } = accounts();
  const evolve: typeof account.evolve = (state) => ({ ...state, cents: cents as number });
  const odd = handler({ snapshotEvery: 1, decider: { ...account, evolve } });
  await odd.handle('Account-1', deposit(1));
  expect(observed()).toMatchObject([{ kind: 'snapshot-failed', error: { message: expect.stringContaining(message) } }]);
  expect(await tables.get('state', KEY, 'strong')).toBeUndefined();
});

test('a snapshot that cannot be read is no reason to fail', async () => {
  const { tables, handler, observed } = await withSnapshot();
  const failing = withCalls(tables, { get: () => Promise.reject(new Throttled(undefined)) });
  expect(await handler({ tables: failing, snapshotEvery: 10 }).load('Account-1')).toEqual(LOADED);
  expect(observed()).toMatchObject([{ kind: 'snapshot-ignored', reason: 'unavailable' }]);
});

test('by default, what cannot be written or read is logged and all else is silent', async () => {
  const logged: unknown[][] = [];
  vi.spyOn(console, 'error').mockImplementation((...parameters: unknown[]) => {
    logged.push(parameters);
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { tables } = accounts();
  const failing = withCalls(tables, {
    put: (put) => (put.table === 'state' ? Promise.reject(new Throttled(undefined)) : tables.put(put)),
  });
  const handler = commandHandler({ tables: failing, decider: account, snapshotEvery: 1 });
  await handler.handle('Account-1', deposit(1));
  await handler.load('Account-1');
  expect(logged.splice(0)).toMatchObject([
    [expect.stringContaining('Account-1'), { message: 'DynamoDB throttles requests; try again later' }],
  ]);
  const unreadable = withCalls(tables, { get: () => Promise.reject(new Throttled(undefined)) });
  await commandHandler({ tables: unreadable, decider: account }).load('Account-1');
  expect(logged).toMatchObject([[expect.stringContaining('Account-1'), { code: 'throttled' }]]);
});

test.each<[string, ItemMap, object]>([
  [
    'is no JSON',
    { state: '{"purposes":[secret' },
    { message: expect.stringContaining('its state is not JSON'), cause: { name: 'SyntaxError' } },
  ],
  ['cannot be made', { version: 50 }, { code: 'invalid-argument' }],
])('what is logged of a snapshot that %s has nothing of a state in it', async (_, changed, told) => {
  const logged: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((...parameters: unknown[]) => {
    expect(parameters).toMatchObject([expect.stringContaining('Account-1'), told]);
    logged.push(inspect(parameters, { depth: 20 }));
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { tables, put } = await withSnapshot();
  await put(changed);
  const evolve: typeof account.evolve = (state) => ({ ...state, secret: new Date() });
  const odd = { ...account, ...('state' in changed ? {} : { evolve }) };
  await commandHandler({ tables, decider: odd, events: accountEvents, snapshotEvery: 1 }).handle(
    'Account-1',
    deposit(1),
  );
  expect(logged).toHaveLength(1);
  expect(logged[0]).not.toContain('secret');
});

test('a snapshot is of the stream as it is stored, in whatever parts it was appended', async () => {
  const { accounts: handler, tables, observed } = accounts({ snapshotEvery: 10 });
  const store = createEventStore({ tables });
  await store.append('Account-1', [
    { type: 'Deposited', data: { cents: 3 } },
    { type: 'Deposited', data: { cents: 4, purpose: 'a car' }, schemaVersion: 2 },
  ]);
  await handler.handle('Account-1', deposit(1, 8));
  expect(observed()).toMatchObject([{ kind: 'snapshot-written', version: 10 }]);
  expect(await handler.load('Account-1')).toEqual({
    state: { cents: 15, isClosed: false, purposes: ['unknown', 'a car', 'saving'] },
    version: 10,
  });
});

test('a stream of several megabytes is read page by page, and goes on from what is remembered', async () => {
  const { accounts: handler, handler: another, store, operations } = accounts();
  for (let index = 0; index < 30; index++) {
    const data = { cents: 1, purpose: noise(110_000, `${index}`) };
    await store.append('Account-1', [{ type: 'Deposited', data, schemaVersion: 2 }]);
  }
  operations();
  const counting: typeof account = { ...account, evolve: (state) => ({ ...state, cents: state.cents + 1 }) };
  const whole = another({ decider: counting, cachedStatesMax: 1 });
  expect(await whole.load('Account-1')).toMatchObject({ state: { cents: 30 }, version: 30 });
  expect(operations()).toEqual(['get', 'query', 'query', 'query']);
  await handler.handle('Account-1', deposit(1));
  operations();
  expect(await whole.load('Account-1')).toMatchObject({ state: { cents: 31 }, version: 31 });
  expect(operations()).toEqual(['query']);
});

test('what does not go on from what is remembered is an error once, and is read anew then', async () => {
  const streams = async (counts: readonly number[]) => {
    const tables = memoryTables();
    for (const count of counts) {
      await accounts({ tables, snapshotEvery: 0 }).accounts.handle('Account-1', deposit(1, count));
    }
    return tables;
  };
  const [before, restored] = await Promise.all([streams([2, 3]), streams([2, 4, 1])]);
  let current = before;
  const tables = withCalls(before, {
    get: (...parameters) => current.get(...parameters),
    query: (...parameters) => current.query(...parameters),
    put: (put) => current.put(put),
  });
  for (const look of ['load', 'handle'] as const) {
    current = before;
    const { accounts: handler } = accounts({ tables, cachedStatesMax: 1, snapshotEvery: 0 });
    expect(await handler.load('Account-1')).toMatchObject({ version: 5 });
    current = restored;
    const once = look === 'load' ? handler.load('Account-1') : handler.handle('Account-1', withdraw(1_000));
    await expect(once).rejects.toMatchObject({ code: 'missing-commit', version: 6 });
    expect(await handler.load('Account-1')).toMatchObject({ version: 7, state: { cents: 7 } });
  }
});
