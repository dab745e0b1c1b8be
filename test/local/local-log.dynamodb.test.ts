/** The whole system on one machine: what is appended over HTTP is in the log, by itself. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runReadyTidemark, temporaryFolder } from '../support/tidemark-process.ts';

// Where a DynamoDB is given, it may be the only one that this machine has: these tests start their own.
const OWN_DYNAMODB = process.env['DYNAMODB_ENDPOINT'] ? describe.skip : describe;

OWN_DYNAMODB('npm start', () => {
  test('puts what is appended into the log, where whoever waits for it gets it at once', async () => {
    const { url } = await runReadyTidemark(['--in-memory']);
    const waiting = get(`${url}/events?wait=20`);
    await append(url, 'Order-1', ['OrderPlaced', 'OrderPaid']);
    expect(await waiting).toMatchObject({ position: 2, head: 2, events: [{ position: 1 }, { position: 2 }] });
    await append(url, 'Order-2', ['OrderPlaced']);
    await append(url, 'Basket-1', ['BasketFilled']);
    const filtered = await get(`${url}/events?after=2&category=Basket&wait=20`);
    expect(filtered).toMatchObject({ events: [{ streamId: 'Basket-1', type: 'BasketFilled' }] });
    const whole = await get(`${url}/events`);
    expect(
      whole.events.map(({ position, streamId, version }) => `${position} ${streamId}@${version}`).toSorted(),
    ).toEqual(['1 Order-1@1', '2 Order-1@2', expect.stringMatching(/^3 /), expect.stringMatching(/^4 /)]);
    const [order] = (await get(`${url}/events?category=Order&after=2`)).events;
    const stream = await fetch(`${url}/streams/Order-2?sequenced=true`);
    expect(await stream.json()).toMatchObject({ version: 1, sequencedPosition: order?.position });
  });

  test('after kill -9 at any moment, everything is in the log once, in the order of its streams', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const expected: string[] = [];
    for (let round = 1; round <= 2; round++) {
      const tidemark = await runReadyTidemark([], { TIDEMARK_DATA });
      for (let index = 0; index < 10; index++) {
        await append(tidemark.url, `Order-${index % 3}`, ['Counted', 'Counted']);
        expected.push(`Order-${index % 3}`, `Order-${index % 3}`);
      }
      // The last of these were not put into the log yet.
      tidemark.child.kill('SIGKILL');
      await tidemark.exited;
    }
    const { url } = await runReadyTidemark([], { TIDEMARK_DATA });
    const last = await get(`${url}/events?after=${expected.length - 1}&wait=20`);
    expect(last).toMatchObject({ position: expected.length, head: expected.length });
    const { events } = await get(`${url}/events?limit=1000`);
    expect(events.map(({ position }) => position)).toEqual(expected.map((_, index) => index + 1));
    expect(events.map(({ streamId }) => streamId).toSorted()).toEqual(expected.toSorted());
    for (const name of new Set(expected)) {
      const versions = events.filter(({ streamId }) => streamId === name).map(({ version }) => version);
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
  });

  test('Ctrl-C answers those who wait, and ends', async () => {
    const tidemark = await runReadyTidemark(['--in-memory']);
    const waiting = get(`${tidemark.url}/events?wait=20`);
    await append(tidemark.url, 'Order-1', ['OrderPlaced']);
    const held = get(`${tidemark.url}/events?after=${(await waiting).position}&wait=20`);
    // A request that comes later is answered, so the one before it has arrived.
    await get(`${tidemark.url}/events`);
    tidemark.child.kill('SIGINT');
    expect(await held).toEqual({ events: [], position: 1, head: 1 });
    expect(await tidemark.exited).toBe(0);
    expect(tidemark.printed.err).toEqual([]);
  });
});

const pageBody = z.object({
  position: z.number(),
  head: z.number(),
  events: z.array(z.object({ position: z.number(), streamId: z.string(), version: z.number(), type: z.string() })),
});

async function get(url: string): Promise<z.infer<typeof pageBody>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return pageBody.parse(await response.json());
}

async function append(url: string, streamId: string, types: readonly string[]): Promise<void> {
  const response = await fetch(`${url}/streams/${streamId}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ events: types.map((type) => ({ type, data: {} })) }),
  });
  expect(response.status).toBe(201);
}
