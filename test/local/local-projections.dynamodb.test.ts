/** The whole system on one machine: what is appended over HTTP is in the read models of the example, by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { logSeed, seed } from '../seed.ts';
import { type ReadyTidemark, runReadyTidemark, temporaryFolder } from '../support/tidemark-process.ts';

/** How often the system is killed; each takes a start of DynamoDB Local. */
const KILLS = Number(process.env['TIDEMARK_KILLS'] || 5);

/** From the start of the appends to the kill: from before the first answer to well within the work of the projections. */
const KILL_MS = { min: 50, max: 2_500 };

const LIMIT = { limitMs: 20_000, pollMs: 20 };

// Where a DynamoDB is given, it may be the only one that this machine has: these tests start their own.
const OWN_DYNAMODB = process.env['DYNAMODB_ENDPOINT'] ? describe.skip : describe;

logSeed();

OWN_DYNAMODB('npm start', () => {
  test('answers an order that was placed over HTTP, a moment later', async () => {
    const { url } = await runReadyTidemark(['--in-memory']);
    expect((await fetch(`${url}/orders/1`)).status).toBe(404);
    await append(url, '1', [orderPlaced('1', 4200)]);
    expect(await readModel(url, 'order-summary/1', 1)).toMatchObject({ orderId: '1', status: 'placed' });
    const order = await fetch(`${url}/orders/1`);
    expect([order.status, await order.json()]).toEqual([
      200,
      { orderId: '1', customerId: 'customer-1', totalCents: 4200, status: 'placed' },
    ]);
    await append(url, '1', [{ type: 'OrderShipped', data: { orderId: '1' } }]);
    expect(await readModel(url, 'order-summary/1', 2)).toMatchObject({ orderId: '1', status: 'shipped' });
    const day = new Date().toISOString().slice(0, 10);
    expect(await readModel(url, `revenue-per-day/${day}`, 2)).toMatchObject({ day, orders: 1, revenueCents: 4200 });
    await expectAllLive(url, { version: 1, state: 'live', position: 2, head: 2, lag: 0 });
  });

  test('answers problems for what is no order, and what cannot be done with one', async () => {
    const { url } = await runReadyTidemark(['--in-memory']);
    await append(url, '1', [orderPlaced('1', 4200)]);
    await readModel(url, 'order-summary/1', 1);
    for (const [method, path, status] of [
      ['GET', '/orders/2', 404],
      ['POST', '/orders/1', 405],
      ['GET', '/nothing', 404],
      ['DELETE', '/streams/Order-1', 405],
    ] as const) {
      const response = await fetch(`${url}${path}`, { method });
      expect([response.status, response.headers.get('Content-Type')]).toEqual([status, 'application/problem+json']);
    }
  });

  test('Ctrl-C ends the projections too, without a word', async () => {
    const tidemark = await runReadyTidemark(['--in-memory']);
    await Promise.all(Array.from({ length: 20 }, (_, index) => append(tidemark.url, `${index}`, [orderPlaced('', 1)])));
    tidemark.child.kill('SIGINT');
    expect(await tidemark.exited).toBe(0);
    expect(tidemark.printed.err).toEqual([]);
  });

  test('after kill -9 at any moment, the read models are what the log says', {
    timeout: 40_000 * (KILLS + 1),
  }, async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const moments = fc.sample(fc.noBias(fc.integer(KILL_MS)), { numRuns: KILLS, seed });
    for (const [round, ms] of moments.entries()) {
      const tidemark = await runReadyTidemark([], { TIDEMARK_DATA });
      const appending = appendUntilKilled(tidemark, round);
      await delay(ms);
      tidemark.child.kill('SIGKILL');
      await Promise.all([tidemark.exited, appending]);
    }
    const { url, printed } = await runReadyTidemark([], { TIDEMARK_DATA });
    await append(url, 'last', [orderPlaced('last', 1)]);
    const log = await wholeLog(url);
    const head = log.length;
    const orders = new Map<string, { totalCents: number; status: string }>();
    const days = new Map<string, { orders: number; revenueCents: number }>();
    for (const { streamId, type, data, metadata } of log) {
      const orderId = streamId.slice('Order-'.length);
      const day = metadata.timestamp.slice(0, 10);
      if (type === 'OrderPlaced') {
        const { orders: before, revenueCents } = days.get(day) ?? { orders: 0, revenueCents: 0 };
        expect(orders.has(orderId), 'an order is placed once').toBe(false);
        orders.set(orderId, { totalCents: data.totalCents ?? 0, status: 'placed' });
        days.set(day, { orders: before + 1, revenueCents: revenueCents + (data.totalCents ?? 0) });
      } else {
        orders.set(orderId, { totalCents: orders.get(orderId)?.totalCents ?? 0, status: 'shipped' });
      }
    }
    console.log(`${orders.size} orders, ${head} events, killed after ${moments.join(', ')} ms`);
    expect(orders.size).toBeGreaterThan(KILLS);
    for (const [day, expected] of days) {
      expect(await readModel(url, `revenue-per-day/${day}`, head)).toEqual({ day, ...expected });
    }
    for (const [orderId, expected] of orders) {
      expect(await readModel(url, `order-summary/${orderId}`, head)).toMatchObject({ orderId, ...expected });
    }
    await expectAllLive(url, { state: 'live', position: head, lag: 0, parked: 0 });
    expect(printed.err).toEqual([]);
  });
});

/** Places and ships one order after the other, some at once. What is under way when it is killed may be there or not. */
async function appendUntilKilled({ url, exited }: ReadyTidemark, round: number): Promise<void> {
  let isKilled = false;
  void exited.then(() => {
    isKilled = true;
  });
  const lane = async (name: string) => {
    for (let index = 0; !isKilled; index++) {
      const orderId = `${round}-${name}-${index}`;
      await append(url, orderId, [orderPlaced(orderId, index + 1)]);
      await append(url, orderId, [{ type: 'OrderShipped', data: { orderId } }]);
    }
  };
  await Promise.allSettled(['a', 'b', 'c', 'd'].map(lane));
}

function orderPlaced(orderId: string, totalCents: number) {
  const items = [{ sku: 'SKU-1', quantity: 1, priceCents: totalCents }];
  return { type: 'OrderPlaced', data: { orderId, customerId: `customer-${orderId}`, items, totalCents } };
}

async function append(url: string, orderId: string, events: readonly unknown[]): Promise<void> {
  const response = await fetch(`${url}/streams/Order-${orderId}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  expect(response.status).toBe(201);
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url);
  expect([response.status, url]).toEqual([200, url]);
  return response.json();
}

/** A document, once its projection has come to a position. */
function readModel(url: string, path: string, minPosition: number): Promise<unknown> {
  return get(`${url}/read-models/${path}?minPosition=${minPosition}&wait=20`);
}

/** Of some of them nobody has waited for a document. */
async function expectAllLive(url: string, live: object): Promise<void> {
  const names = ['order-reviews', 'order-summary', 'revenue-per-day'];
  const all = names.map((name) => expect.objectContaining({ name, ...live }));
  await expect.poll(() => projectionsOf(url), { timeout: 20_000, interval: 100 }).toEqual(all);
}

async function projectionsOf(url: string): Promise<unknown[]> {
  const body = z.object({ projections: z.array(z.unknown()) }).parse(await get(`${url}/projections`));
  return body.projections;
}

const LogBody = z.object({
  position: z.number(),
  head: z.number(),
  events: z.array(
    z.object({
      streamId: z.string(),
      type: z.string(),
      data: z.object({ totalCents: z.number().optional() }),
      metadata: z.object({ timestamp: z.string() }),
    }),
  ),
});

/** All events of the log, as soon as the last order is among them. */
async function wholeLog(url: string): Promise<z.infer<typeof LogBody>['events']> {
  const isLastThere = await waitUntil(async () => {
    const response = await fetch(`${url}/streams/Order-last?sequenced=true`);
    return response.status === 200 && 'sequencedPosition' in z.looseObject({}).parse(await response.json());
  }, LIMIT);
  expect(isLastThere).toBe(true);
  const events: z.infer<typeof LogBody>['events'] = [];
  for (let after = 0, head = 1; after < head; ) {
    const page = LogBody.parse(await get(`${url}/events?after=${after}&limit=1000`));
    events.push(...page.events);
    after = page.position;
    head = page.head;
  }
  return events;
}
