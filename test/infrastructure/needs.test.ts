/**
 * That each role may do what the code behind it does, and has no action on a table that the code never uses: the code runs in memory, and
 * each of its requests is put to IAM's rules.
 */
import { beforeAll, expect, test } from 'vitest';
import { orderOperations } from '../../examples/orders/http.ts';
import { orderHandler } from '../../examples/orders/order.ts';
import { orderSummary } from '../../examples/orders/order-summary.ts';
import { orderReviews } from '../../examples/orders/review.ts';
import { APPEND_OPERATIONS, createHttpApp, READ_OPERATIONS } from '../../lib/http/app.ts';
import {
  createEventStore,
  createProjectionRunner,
  createReadModels,
  createSequencer,
  type EventStore,
  memoryTables,
} from '../../lib/index.ts';
import { scanOn } from '../../lib/log/scan-on.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { verifyOn } from '../../lib/verify/verify-on.ts';
import { contextOn } from '../projections/projected-store.ts';
import { allCommits } from '../support/stored-log.ts';
import { type DeployedPolicies, deployedPolicies } from './deployed-policies.ts';
import { may, type TableAction } from './may.ts';
import { recordedTables } from './recorded-tables.ts';
import { at, STACKS, template } from './templates.ts';

let deployed: DeployedPolicies;
beforeAll(() => {
  deployed = deployedPolicies(STACKS.map(template));
});

const PLACED = { type: 'OrderPlaced', data: { orderId: '1', customerId: 'c', items: [], totalCents: 1 } };

/** A store in memory with a few commits, groups among them. */
async function filledTables(): Promise<Tables> {
  const tables = memoryTables();
  const store = storeOn(tables);
  for (const id of ['1', '2', '3']) {
    await store.append(`Order-${id}`, [PLACED]);
    await store.append(`Order-${id}`, [{ type: 'OrderShipped', data: {} }]);
  }
  await store.appendMany([
    { streamId: 'Order-1', events: [PLACED] },
    { streamId: 'Order-4', events: [PLACED] },
  ]);
  await store.append('Order-5', [PLACED, PLACED]);
  await store.append('Order-5', [PLACED]);
  return tables;
}

function storeOn(tables: Tables): EventStore {
  return createEventStore({ tables, delay: async () => {} });
}

async function send(
  tables: Tables,
  operations: typeof READ_OPERATIONS,
  requests: readonly Request[],
): Promise<number[]> {
  const readModels = createReadModels(contextOn(tables));
  const app = createHttpApp(storeOn(tables), { operations, readModels, delay: async () => {} });
  const statuses: number[] = [];
  for (const request of requests) {
    statuses.push((await app.request(request)).status);
  }
  return statuses;
}

function post(path: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    body: JSON.stringify({ events: [PLACED] }),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** The code behind a role, doing all that it can do, on tables with some commits, or with a whole store. */
interface Case {
  readonly service: string;
  readonly isSequenced: boolean;
  readonly run: (tables: Tables, unrecorded: Tables) => Promise<void>;
}

const NEVER_AT_ODDS = {
  mayGoOn: () => true,
  onDamage: ({ message }: { readonly message: string }) => expect.unreachable(message),
};

const CASES: readonly Case[] = [
  {
    service: 'tidemark-append',
    isSequenced: false,
    run: async (tables) => {
      const requests = [
        post('/streams/Order-9', { 'If-None-Match': '*' }),
        post('/streams/Order-9', { 'If-None-Match': '*' }),
        post('/streams/Order-9', { 'If-Match': '"1"' }),
        post('/streams/Order-9', { 'If-Match': '"1"' }),
        post('/streams/Order-9', { 'If-Match': '*' }),
        post('/streams/Order-9'),
        post('/streams/Order-9', { 'Idempotency-Key': 'k' }),
        post('/streams/Order-9', { 'Idempotency-Key': 'k' }),
        post('/streams/Order-9', { 'Idempotency-Key': 'k', 'If-Match': '"9"' }),
      ];
      expect(await send(tables, APPEND_OPERATIONS, requests)).toEqual([201, 412, 201, 412, 201, 201, 201, 200, 200]);
    },
  },
  {
    service: 'tidemark-read',
    isSequenced: true,
    run: async (tables) => {
      const paths = [
        '/streams/Order-1',
        '/streams/Order-5?from=2',
        '/streams/Order-5?from=2&limit=1&direction=backward',
        '/streams/Order-1?direction=backward',
        '/streams/Order-1?sequenced=true',
        '/events?after=0',
        '/events?after=1&limit=2&category=Order&type=OrderShipped',
        '/projections',
        '/read-models/order-summary/1',
        '/read-models/order-summary/1?minPosition=1&wait=1',
        '/health',
        '/openapi.json',
      ];
      const requests = paths.map((path) => new Request(`http://localhost${path}`));
      expect(await send(tables, READ_OPERATIONS, requests)).toEqual(paths.map(() => 200));
    },
  },
  {
    service: 'tidemark-sequencer',
    isSequenced: false,
    run: async (tables, unrecorded) => {
      const heads = await allCommits(unrecorded);
      // What comes before it in its stream must be read.
      await createSequencer(contextOn(tables)).sequence(heads.filter(({ version }) => version > 1));
      await createSequencer(contextOn(tables)).sequence(heads);
    },
  },
  {
    service: 'tidemark-scan',
    isSequenced: false,
    run: async (tables) => {
      // A page for each commit, so that one of a group comes before the others.
      const context = contextOn({ ...tables, scan: (table, options) => tables.scan(table, { ...options, limit: 1 }) });
      const inTwoHours = new Date(Date.now() + 2 * 3_600_000);
      const options = { ...NEVER_AT_ODDS, now: () => inTwoHours };
      for (const sequenced of [10, 0]) {
        const part = await scanOn(context, createSequencer(context), options);
        expect(part).toMatchObject({ outcome: 'done', sequenced });
      }
    },
  },
  {
    service: 'tidemark-verify',
    isSequenced: true,
    run: async (tables) => {
      for (const from of [undefined, undefined, 1]) {
        const result = await verifyOn(contextOn(tables), { ...NEVER_AT_ODDS, now: () => new Date(), from });
        expect(result).toMatchObject({ outcome: 'caught-up' });
      }
    },
  },
  {
    service: 'tidemark-orders',
    isSequenced: true,
    run: async (tables) => {
      const order = JSON.stringify({
        orderId: '9',
        customerId: 'c',
        items: [{ sku: 's', quantity: 1, priceCents: 1 }],
      });
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'k' };
      const requests = [
        new Request('http://localhost/orders', { method: 'POST', body: order, headers }),
        new Request('http://localhost/orders', { method: 'POST', body: order, headers }),
        new Request('http://localhost/orders/9/ship', { method: 'POST' }),
        new Request('http://localhost/orders/1'),
      ];
      expect(await send(tables, orderOperations(orderHandler(tables)), requests)).toEqual([201, 200, 200, 200]);
    },
  },
  {
    service: 'tidemark-order-reviews',
    isSequenced: true,
    run: async (tables, unrecorded) => {
      const large = { ...PLACED, data: { ...PLACED.data, totalCents: 2_000_000 } };
      await storeOn(unrecorded).append('Order-8', [large]);
      await createSequencer(contextOn(unrecorded)).sequence(await allCommits(unrecorded));
      for (const version of [1, 2]) {
        const run = await createProjectionRunner(contextOn(tables), { ...orderReviews(tables), version }).run();
        expect(run).toMatchObject({ outcome: 'caught-up' });
      }
      expect((await storeOn(unrecorded).read('Review-8')).events).toHaveLength(1);
    },
  },
  {
    service: 'tidemark-order-summary',
    isSequenced: true,
    run: async (tables) => {
      // The new version takes the place of the old one, and removes it.
      for (const version of [2, 3]) {
        const run = await createProjectionRunner(contextOn(tables), { ...orderSummary, version }).run();
        expect(run).toMatchObject({ outcome: 'caught-up' });
      }
      await createReadModels(contextOn(tables)).statuses();
    },
  },
];

/** A deployment does not know whether a projection keeps documents; the right to its own does no harm to one that keeps none. */
const SELDOM: Readonly<Record<string, readonly string[]>> = {
  'tidemark-order-reviews': [
    'dynamodb:BatchGetItem on readModels',
    'dynamodb:BatchWriteItem on readModels',
    'dynamodb:PutItem on readModels',
  ],
};

test.each(CASES)('$service may do all that it does', async ({ service, isSequenced, run }) => {
  const asked = await askedBy(run, isSequenced);
  for (const request of asked) {
    const isAllowed = await may(deployed.roles[service] ?? [], deployed, request);
    expect(isAllowed, `${service}: ${JSON.stringify(request)}`).toBe(true);
  }
});

test.each(CASES)('$service has no action on a table that it does not use', async ({ service, isSequenced, run }) => {
  const asked = await askedBy(run, isSequenced);
  const used = new Set(asked.map(({ action, table }) => `${action} on ${table}`));
  const granted = TABLES.flatMap((table) => grantedOn(service, table).map((action) => `${action} on ${table}`));
  expect([...new Set(granted)].filter((one) => !used.has(one))).toEqual(SELDOM[service] ?? []);
});

const TABLES = ['events', 'log', 'state', 'readModels'] as const;

/** The actions on items of a table that the statements of a role name. */
function grantedOn(service: string, table: Table): string[] {
  const statements = (deployed.roles[service] ?? []).flatMap(({ Statement }) => Statement);
  return statements
    .filter((statement) => [at(statement, 'Resource')].flat().includes(deployed.tables[table].arn))
    .flatMap((statement) => [at(statement, 'Action')].flat().map(String));
}

async function askedBy(run: Case['run'], isSequenced: boolean): Promise<readonly TableAction[]> {
  const filled = await filledTables();
  if (isSequenced) {
    await createSequencer(contextOn(filled)).sequence(await allCommits(filled));
    await createProjectionRunner(contextOn(filled), orderSummary).run();
  }
  const { tables, asked } = recordedTables(filled);
  await run(tables, filled);
  expect(asked.size).toBeGreaterThan(0);
  return [...asked.values()];
}
