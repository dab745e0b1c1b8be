import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpApp } from '../../lib/http/app.ts';
import { HELD_REQUESTS_MAX } from '../../lib/http/bounds.ts';
import { createEventStore, type LogPage, memoryTables, type Tables } from '../../lib/index.ts';
import { type HttpServer, serveHttp } from '../../lib/local/serve-http.ts';
import { numbered } from '../support/events.ts';
import { type Api, createApi, logPageOf, type Reply } from './api.ts';
import { type ClockByHand, clockByHand } from './clock-by-hand.ts';
import { sequenceAll } from './sequence-all.ts';

/** Requests to the tables, and what they cost. */
let requests: string[];
let tables: Tables;
let clock: ClockByHand;
let closing: AbortController;
let api: Api;

beforeEach(() => {
  requests = [];
  tables = memoryTables({ observer: ({ operation, readUnits }) => requests.push(`${operation} ${readUnits}`) });
  clock = clockByHand();
  closing = new AbortController();
  api = createApi(tables, { ...clock, closing: closing.signal });
});

/** An append that is in the log when it is done. */
async function log(streamId: string, count = 1): Promise<void> {
  await createEventStore({ tables }).append(streamId, numbered(count));
  await sequenceAll(tables);
}

/** Lets everything that is to happen without any wait happen. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) {
    await turn();
  }
}

/** Moves the clock until a request is answered. */
async function passUntilAnswered(reply: Promise<Reply>, ms?: number): Promise<Reply> {
  const answered = reply.then(() => 'answered');
  while ((await Promise.race([answered, clock.waits().then(() => 'waits')])) === 'waits') {
    clock.pass(ms);
  }
  return reply;
}

describe('an answer without events', () => {
  test('is given at once without wait', async () => {
    for (const query of ['', '?wait=0', '?after=7', '?category=Order']) {
      expect(await api.get(`/events${query}`)).toMatchObject({ status: 200, body: { events: [] } });
    }
    expect(clock.delays).toEqual([]);
  });

  test('is held until there is an event, and then given at once', async () => {
    await log('Order-1');
    const reply = api.get('/events?after=1&wait=20');
    for (let looks = 0; looks < 3; looks++) {
      await clock.waits();
      clock.pass();
    }
    await clock.waits();
    await log('Order-1', 2);
    clock.pass();
    expect(logPageOf(await reply)).toMatchObject({ events: [{ position: 2 }, { position: 3 }], position: 3, head: 3 });
    expect(clock.delays).toEqual([250, 250, 250, 250]);
  });

  test('is held as long in an empty log, and behind the head', async () => {
    const reply = api.get('/events?after=1&wait=20');
    await clock.waits();
    await log('Order-1', 3);
    clock.pass();
    expect(logPageOf(await reply)).toMatchObject({ events: [{ position: 2 }, { position: 3 }], position: 3, head: 3 });
  });

  test.each([1, 2, 20])('is given after %i s', async (seconds) => {
    await log('Order-1', 4);
    const reply = await passUntilAnswered(api.get(`/events?after=4&wait=${seconds}`));
    expect(logPageOf(reply)).toEqual({ events: [], position: 4, head: 4 });
    expect(clock.now()).toBe(seconds * 1_000);
  });

  test('is given no later where a wait took longer than it should', async () => {
    await passUntilAnswered(api.get('/events?wait=1'), 400);
    expect(clock.delays).toEqual([250, 250, 200]);
  });

  test('has what came in the last moment', async () => {
    const reply = api.get('/events?wait=1');
    for (let waits = 1; waits < 4; waits++) {
      await clock.waits();
      clock.pass();
    }
    await clock.waits();
    await log('Order-1');
    clock.pass();
    expect(logPageOf(await reply).events).toHaveLength(1);
    expect(clock.now()).toBe(1_000);
  });

  test('costs one small Query for each look, and at first two more, since nothing is known of the entry before and the end', async () => {
    await log('Order-1');
    requests.length = 0;
    await passUntilAnswered(api.get('/events?after=1&wait=1'));
    expect(requests).toEqual(Array.from({ length: 5 + 2 }, () => 'query 0.5'));
  });

  test('is given with the fault of a wait that fails', async () => {
    const fault = new Error('no time');
    const failing = createApi(tables, { now: () => 0, delay: () => Promise.reject(fault) });
    expect((await failing.get('/events?wait=1')).status).toBe(500);
    expect(failing.reported).toEqual([fault]);
  });
});

describe('an answer to a filter', () => {
  test('is held while only other events come, and then says how far it has looked', async () => {
    await log('Order-1');
    const reply = api.get('/events?after=1&category=Order&type=Counted&wait=1');
    for (let looks = 0; looks < 3; looks++) {
      await clock.waits();
      await log('Cart-1', 2);
      clock.pass();
    }
    expect(logPageOf(await passUntilAnswered(reply))).toEqual({ events: [], position: 7, head: 7 });
    expect(clock.now()).toBe(1_000);
  });

  test('has the event that comes after others, and not those before', async () => {
    const reply = api.get('/events?category=Order&wait=20');
    await clock.waits();
    await log('Cart-1', 2);
    clock.pass();
    await clock.waits();
    await log('Order-1');
    clock.pass();
    expect(logPageOf(await reply)).toMatchObject({
      events: [{ streamId: 'Order-1', position: 3 }],
      position: 3,
      head: 3,
    });
  });

  describe('that passes over more than one answer looks at', () => {
    const store = createEventStore({ tables: memoryTables() });
    /** An app on a log of such pages, one after the other, and the positions that it has looked through. */
    function appOn(pages: LogPage[]) {
      const looked: number[] = [];
      const next = async () => {
        const page = pages.shift() ?? { events: [], position: 40, head: 40 };
        looked.push(page.position);
        return page;
      };
      const app = createHttpApp({ ...store, logReader: () => ({ next }), logHead: async () => 35 }, { ...clock });
      return { looked, get: async (query: string) => (await app.request(`/events?${query}`)).json() };
    }

    test('is given as it is without wait, with the head', async () => {
      const { get, looked } = appOn([{ events: [], position: 10 }]);
      expect(await get('type=A')).toEqual({ events: [], position: 10, head: 35 });
      expect(looked).toEqual([10]);
    });

    test('goes on at once with wait, until it has come to the end', async () => {
      const { get, looked } = appOn([
        { events: [], position: 10 },
        { events: [], position: 20 },
      ]);
      const answer = get('type=A&wait=1');
      await clock.waits();
      expect(looked).toEqual([10, 20, 40]);
      clock.pass(1_000);
      expect(await answer).toEqual({ events: [], position: 40, head: 40 });
      expect(looked).toEqual([10, 20, 40, 40]);
    });

    test('never has a head below its position', async () => {
      const { get } = appOn([{ events: [], position: 38 }]);
      expect(await get('type=A')).toEqual({ events: [], position: 38, head: 38 });
    });

    test('ends when the time is over', async () => {
      let time = 0;
      clock = { ...clock, now: () => (time += 300) };
      const { get, looked } = appOn(Array.from({ length: 9 }, (_, index) => ({ events: [], position: index + 1 })));
      expect(await get('type=A&wait=1')).toEqual({ events: [], position: 4, head: 35 });
      expect(looked).toEqual([1, 2, 3, 4]);
    });
  });
});

describe('when the client goes away', () => {
  test.each(['resolve', 'reject'] as const)('nothing more is read, where the delay %ss', async (abort) => {
    clock = clockByHand(abort);
    api = createApi(tables, { ...clock });
    await log('Order-1');
    const client = new AbortController();
    const reply = api.send('GET', '/events?after=1&wait=20', { signal: client.signal });
    await clock.waits();
    const before = requests.length;
    await log('Order-1');
    const sequencing = requests.length - before;
    client.abort();
    await reply;
    await settle();
    expect(requests).toHaveLength(before + sequencing);
    expect(clock.delays).toHaveLength(1);
    expect(api.reported).toEqual([]);
  });

  test('while a page is read that does not reach the head, nothing more is read either', async () => {
    const client = new AbortController();
    let reads = 0;
    const store = createEventStore({ tables });
    const app = createHttpApp({
      ...store,
      logReader: () => ({
        next: async () => {
          reads++;
          client.abort();
          return { events: [], position: reads };
        },
      }),
      logHead: async () => {
        reads++;
        return 9;
      },
    });
    await app.request(new Request('http://localhost/events?wait=20', { signal: client.signal }));
    expect(reads).toBe(1);
  });
});

test('when the server is closing, the answer is given at once, and no later one is held', async () => {
  await log('Order-1', 2);
  const reply = api.get('/events?after=2&wait=20');
  await clock.waits();
  const before = requests.length;
  closing.abort();
  expect(logPageOf(await reply)).toEqual({ events: [], position: 2, head: 2 });
  expect(requests).toHaveLength(before);
  expect(await api.get('/events?after=2&wait=20')).toMatchObject({ status: 200, body: { events: [] } });
  expect(clock.delays).toHaveLength(1);
  expect(api.reported).toEqual([]);
});

describe('over HTTP', () => {
  let server: HttpServer;
  afterEach(() => server.stop());

  test('a client that goes away ends the wait', async () => {
    const ended = Promise.withResolvers<void>();
    const delay: ClockByHand['delay'] = (ms, signal) => {
      signal.addEventListener('abort', () => ended.resolve());
      return clock.delay(ms, signal);
    };
    server = await serveHttp(createHttpApp(createEventStore({ tables }), { ...clock, delay }), 0);
    const client = new AbortController();
    const reply = expect(fetch(`${server.url}/events?wait=20`, { signal: client.signal })).rejects.toThrow('abort');
    await clock.waits();
    const before = requests.length;
    client.abort();
    await reply;
    await ended.promise;
    await settle();
    expect(requests).toHaveLength(before);
  });

  test('by the clock of the system, a client waits for what it asks, and has what comes', async () => {
    server = await serveHttp(createHttpApp(createEventStore({ tables })), 0);
    const began = performance.now();
    expect(await (await fetch(`${server.url}/events?wait=1`)).json()).toEqual({ events: [], position: 0, head: 0 });
    expect(performance.now() - began).toBeGreaterThan(990);
    const reply = fetch(`${server.url}/events?wait=20`);
    await log('Order-1');
    expect(await (await reply).json()).toMatchObject({ events: [{ position: 1 }], position: 1, head: 1 });
  });

  test('a server that is closing answers those who wait, by the timer of the system', async () => {
    const arrived = Promise.withResolvers<void>();
    const observed = memoryTables({ observer: () => arrived.resolve() });
    server = await serveHttp(createHttpApp(createEventStore({ tables: observed }), { closing: closing.signal }), 0);
    const reply = fetch(`${server.url}/events?wait=20`);
    await arrived.promise;
    const began = performance.now();
    closing.abort();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await (await reply).json()).toEqual({ events: [], position: 0, head: 0 });
  });
});

test('so many are held, and more are told so at once, but not those that do not wait', async () => {
  const clients = new AbortController();
  const held = Array.from({ length: HELD_REQUESTS_MAX }, () =>
    api.send('GET', '/events?wait=20', { signal: clients.signal }),
  );
  await settle();
  expect(clock.delays).toHaveLength(HELD_REQUESTS_MAX);
  const refused = await api.get('/events?wait=20');
  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:tidemark:too-many-waiting' } });
  expect(refused.headers.get('Retry-After')).toBe('1');
  expect((await api.get('/events')).status).toBe(200);
  await log('Order-1');
  expect((await api.get('/events?wait=20')).status, 'there is something, so it need not wait').toBe(200);
  clients.abort();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 200));
  const next = api.get('/events?after=1&wait=20');
  await settle();
  expect(clock.delays, 'who is answered is not counted any more').toHaveLength(HELD_REQUESTS_MAX + 1);
  closing.abort();
  expect((await next).status).toBe(200);
});
