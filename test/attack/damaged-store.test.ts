/** A store of which somebody has changed any items in any way: whatever reads it comes to an end, and says what is damaged. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Item } from '../../lib/events/item.ts';
import { decodeCommitHead } from '../../lib/events/stored-commit.ts';
import { createHttpApp } from '../../lib/http/app.ts';
import {
  CommandRejected,
  commandHandler,
  createEventStore,
  createProjectionRunner,
  createReadModels,
  createSequencer,
  redrive,
  TidemarkError,
} from '../../lib/index.ts';
import { scanOn } from '../../lib/log/scan-on.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { verifyOn } from '../../lib/verify/verify-on.ts';
import { account, deposit } from '../aggregates/account.ts';
import { clockOfItsOwn } from '../http/api.ts';
import { added, contextOn, labelsProjection, projectedStore } from '../projections/projected-store.ts';
import { allItems, type Items, nameOf, tablesOf, verified } from '../verify/stored-items.ts';
import { damaged, polluted } from './arbitrary-items.ts';
import { attackSeed, logAttackSeed } from './attack-seed.ts';

logAttackSeed();

/** For each reader, in each run; `TIDEMARK_RUNS=2000` for a long one. */
const RUNS = Number(process.env['TIDEMARK_RUNS'] ?? 50);

/** What any of the calls below needs is a part of this. */
const REQUESTS_MAX = 3_000;

let items: Items;
let all: readonly { readonly table: Table; readonly item: Item }[];

beforeAll(async () => {
  const { tables, store, context, sequence } = projectedStore();
  await store.append('Order-1', added('a', 'b'), { idempotencyKey: 'once' });
  await store.appendMany([
    { streamId: 'Order-1', events: added('c') },
    { streamId: 'Order-2', events: added('d', 'fails') },
  ]);
  await sequence();
  const handler = accountHandler(tables);
  await handler.handle('Account-1', deposit(1, 3), { idempotencyKey: 'once' });
  await store.append('Order-1', added('e'.repeat(2_000)));
  await sequence();
  await createProjectionRunner(context, parking()).run();
  await scanOn(context, createSequencer(context), ALL_TIME);
  await verifyOn(context, { ...ALL_TIME, onDamage: () => {} });
  await store.append('Order-3', added('not in the log'));
  items = await allItems(tables);
  all = (['events', 'log', 'state', 'readModels'] as const).flatMap((table) =>
    [...items[table].values()].map((item) => ({ table, item })),
  );
});

const ALL_TIME = { mayGoOn: () => true, now: () => new Date('2030-01-01T00:00:00Z') };

function accountHandler(tables: Tables) {
  return commandHandler({ decider: account, tables, snapshotEvery: 2, observe: () => {}, delay: async () => {} });
}

/** A projection that has something parked. */
function parking() {
  return labelsProjection({
    onError: 'park',
    check: (label) => {
      if (label === 'fails') {
        throw new Error('It fails');
      }
    },
  });
}

/** Tables that answer so many requests only: whoever makes more goes round in circles. */
function countedTables(tables: Tables): Tables {
  let left = REQUESTS_MAX;
  return new Proxy(tables, {
    get: (target, name, receiver) => {
      left -= 1;
      if (left < 0) {
        throw new Error(`more than ${REQUESTS_MAX} requests`);
      }
      return Reflect.get(target, name, receiver);
    },
  });
}

const REQUESTS: readonly (readonly [method: string, path: string, init?: RequestInit])[] = [
  ['GET', '/streams/Order-1'],
  ['GET', '/streams/Order-1?direction=backward&limit=2&sequenced=true'],
  ['GET', '/streams/Order-1?from=4', { headers: { 'If-None-Match': '"4"' } }],
  ['GET', '/streams/Account-1'],
  ['GET', '/events?limit=2'],
  ['GET', '/events?after=3&category=Order&type=Added&wait=1'],
  ['GET', '/projections'],
  ['GET', '/read-models/labels/Order-1?minPosition=3&wait=1'],
  ['GET', '/read-models/labels/Order-2'],
  ['POST', '/streams/Order-1', append()],
  ['POST', '/streams/Order-2', append({ 'If-Match': '"2"' })],
  ['POST', '/streams/Order-1', append({ 'Idempotency-Key': 'once' })],
];

function append(headers: Record<string, string> = {}): RequestInit {
  return {
    headers: { 'Content-Type': 'application/json', ...headers },
    body: '{"events":[{"type":"Added","data":{"label":"new"}}]}',
  };
}

/** Each thing that reads a store, on tables of its own. */
const READERS: Readonly<Record<string, (tables: Tables) => Promise<unknown>>> = {
  requests: async (tables) => {
    const reported: unknown[] = [];
    const readModels = createReadModels(contextOn(tables));
    const app = createHttpApp(createEventStore({ tables, delay: async () => {} }), {
      readModels,
      ...clockOfItsOwn(),
      reportError: (error) => reported.push(error),
    });
    for (const [method, path, init] of REQUESTS) {
      const answer = await app.request(`http://localhost${path}`, { method, ...init });
      const said = { path, status: answer.status, reported: reported.map((error) => describe(error)) };
      if (answer.status === 500) {
        expect(said).toMatchObject({ reported: [expect.stringMatching(/^Tidemark/)] });
      } else {
        expect(said).toMatchObject({ reported: [] });
      }
      reported.length = 0;
    }
  },
  // Told of what there was before the damage, as by records that come late.
  sequencer: (tables) => createSequencer(contextOn(tables)).sequence([...items.events.values()].map(decodeCommitHead)),
  scan: (tables) => scanOn(contextOn(tables), createSequencer(contextOn(tables)), ALL_TIME),
  verify: (tables) => verified(contextOn(tables)),
  'verify with repair': (tables) => verified(contextOn(tables), { repair: true }),
  'verify going on': (tables) => verifyOn(contextOn(tables), { ...ALL_TIME, onDamage: () => {} }),
  projection: (tables) => createProjectionRunner(contextOn(tables), parking()).run(),
  'projection in a new version': (tables) =>
    createProjectionRunner(contextOn(tables), labelsProjection({ version: 2, onError: 'park' })).run(),
  redrive: (tables) => redrive(contextOn(tables), labelsProjection({ onError: 'park' })),
  command: async (tables) => {
    const handler = accountHandler(tables);
    await handler.handle('Account-1', deposit(1));
    await handler.handle('Account-1', deposit(1, 3), { idempotencyKey: 'once' });
  },
};

/** Errors of ours, by their code; others with all that helps to find where they come from. */
function describe(error: unknown): string {
  if (error instanceof TidemarkError && !(error instanceof CommandRejected)) {
    return `Tidemark ${error.code}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

test.each(Object.keys(READERS))('%s', { timeout: 120_000 }, async (name) => {
  const anyDamage = fc
    .constantFrom(...all)
    .chain(({ table, item }) => damaged(item).map((now) => ({ table, item, now })));
  await fc.assert(
    fc.asyncProperty(fc.array(anyDamage, { minLength: 1, maxLength: 3 }), async (damages) => {
      const changed = {
        events: new Map(items.events),
        log: new Map(items.log),
        state: new Map(items.state),
        readModels: new Map(items.readModels),
      };
      for (const { table, item, now } of damages) {
        changed[table].delete(nameOf(item));
        changed[table].set(nameOf(now), now);
      }
      const outcome = await READERS[name]?.(countedTables(await tablesOf(changed))).then(() => 'read', describe);
      expect(outcome).toMatch(/^(?:read|Tidemark .*)$/);
      expect(polluted()).toEqual([]);
    }),
    { seed: attackSeed, numRuns: RUNS },
  );
});
