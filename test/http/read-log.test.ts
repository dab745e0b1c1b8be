import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createEventStore, type LoggedEvent, memoryTables, type NewEvent } from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { noise, numbered } from '../support/events.ts';
import { type Api, createApi, logPageOf } from './api.ts';
import { sequenceAll } from './sequence-all.ts';

logSeed();

/** What Lambda answers with at most ("Lambda quotas"), the body as a string inside JSON. */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

const typed = (...types: string[]): NewEvent[] => types.map((type) => ({ type, data: null }));

describe('a read of a small log', () => {
  /** Six events, of which the last one is at position 6, and one that is in no log yet. */
  let api: Api;
  beforeAll(async () => {
    const tables = memoryTables();
    api = createApi(tables);
    for (const [streamId, events] of [
      ['Order-1', typed('Placed', 'Paid')],
      ['Cart-1', typed('Filled')],
      ['Order-2', typed('Placed')],
      ['OrderItem-1', typed('Placed', 'Müsli+ ')],
    ] as const) {
      await api.append(streamId, events);
      await sequenceAll(tables);
    }
    await api.append('Order-1', typed('Shipped'));
  });

  test.each([
    ['', [1, 2, 3, 4, 5, 6], 6],
    ['?', [1, 2, 3, 4, 5, 6], 6],
    ['?after=0&limit=1000&wait=0', [1, 2, 3, 4, 5, 6], 6],
    ['?after=2', [3, 4, 5, 6], 6],
    ['?after=1&limit=3', [2, 3, 4], 4],
    ['?limit=1', [1], 1],
    ['?after=5', [6], 6],
    ['?after=6', [], 6],
    ['?category=Order', [1, 2, 4], 6],
    ['?category=OrderItem', [5, 6], 6],
    ['?category=order', [], 6],
    ['?category=Order&limit=2', [1, 2], 2],
    ['?category=Order&limit=3', [1, 2, 4], 6],
    ['?type=Placed', [1, 4, 5], 6],
    ['?type=Placed&type=Paid', [1, 2, 4, 5], 6],
    ['?type=Placed&type=Placed', [1, 4, 5], 6],
    ['?type=Placed,Paid', [], 6],
    ['?type=M%C3%BCsli%2B%20', [6], 6],
    ['?type=M%c3%bcsli%2B+', [6], 6],
    ['?category=Order&type=Placed', [1, 4], 6],
    ['?category=Order&type=Filled', [], 6],
    ['?after=1&category=Order&type=Placed&type=Filled&limit=1', [4], 6],
    ['?after=006&%6Cimit=02', [], 6],
  ])('%s has the events that it asks for, and says how far it has looked', async (query, positions, position) => {
    const page = logPageOf(await api.get(`/events${query}`));
    expect(page.events.map((event) => event.position)).toEqual(positions);
    expect(page).toMatchObject({ position, head: 6 });
  });

  test('has each event as its stream has it, with its position', async () => {
    const { events } = logPageOf(await api.get('/events?limit=2'));
    const stream = await api.get('/streams/Order-1?limit=2');
    expect(stream).toMatchObject({ body: { events: events.map(({ position: _, ...event }) => event) } });
    expect(events).toMatchObject([
      { streamId: 'Order-1', version: 1, type: 'Placed', position: 1 },
      { streamId: 'Order-1', version: 2, type: 'Paid', position: 2 },
    ]);
  });

  test.each([7, 8, 1_000, Number.MAX_SAFE_INTEGER])(
    'after=%i, beyond the head, is empty and has the head',
    async (after) => {
      for (const query of [`after=${after}`, `after=${after}&category=Order`, `after=${after}&wait=1`]) {
        expect(await api.get(`/events?${query}`)).toMatchObject({
          status: 200,
          body: { events: [], position: after, head: 6 },
        });
      }
    },
  );

  test('HEAD is answered as GET is, without the body', async () => {
    for (const query of ['', '?after=6&wait=1', '?limit=0']) {
      const [head, get] = [await api.send('HEAD', `/events${query}`), await api.get(`/events${query}`)];
      expect([head.status, head.text]).toEqual([get.status, '']);
      expect([...head.headers]).toEqual([...get.headers]);
    }
  });
});

test('an empty store has an empty log, whatever is asked', async () => {
  const tables = memoryTables();
  const api = createApi(tables);
  const empty = { status: 200, body: { events: [], position: 0, head: 0 } };
  expect(await api.get('/events')).toMatchObject(empty);
  expect(await api.get('/events?category=Order&type=A&wait=1')).toMatchObject(empty);
  await api.append('Order-1', numbered(1));
  expect(await api.get('/events'), 'nothing is in the log before it is put there').toMatchObject(empty);
  await sequenceAll(tables);
  expect(await api.get('/events')).toMatchObject({ body: { events: [{ position: 1 }], position: 1, head: 1 } });
});

test('a page has 100 events where nothing is said', async () => {
  const tables = memoryTables();
  const api = createApi(tables);
  await api.append('Order-1', numbered(101));
  await sequenceAll(tables);
  const page = logPageOf(await api.get('/events'));
  expect(page.events).toHaveLength(100);
  expect(page).toMatchObject({ position: 100, head: 101 });
});

test('position, followed to the end, gives every wanted event once, in order, by any pages and any filter', {
  timeout: 60_000,
}, async () => {
  const categories = ['Order', 'Cart', 'Or'];
  const types = ['A', 'B', 'C'];
  const commit = fc.record({
    category: fc.constantFrom(...categories),
    id: fc.integer({ min: 1, max: 3 }),
    types: fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 5 }),
    isSequenced: fc.boolean(),
  });
  const filter = fc.record({
    category: fc.option(fc.constantFrom(...categories), { nil: undefined }),
    types: fc.subarray(types),
    limits: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(commit, { maxLength: 15 }), filter, async (commits, asked) => {
      const tables = memoryTables();
      const api = createApi(tables);
      for (const { category, id, types: each, isSequenced } of commits) {
        await api.append(`${category}-${id}`, typed(...each));
        // So entries have one commit or many.
        if (isSequenced) {
          await sequenceAll(tables);
        }
      }
      await sequenceAll(tables);
      const isWanted = ({ streamId, type }: LoggedEvent) =>
        (asked.category === undefined || streamId.startsWith(`${asked.category}-`)) &&
        (asked.types.length === 0 || asked.types.includes(type));
      const { events } = await createEventStore({ tables }).log();
      const wanted = events.filter(isWanted).map(({ position }) => position);
      expect(await positionsOfPages(api, asked, events.length)).toEqual(wanted);
    }),
    { seed, numRuns: 150 },
  );
});

interface Asked {
  readonly category: string | undefined;
  readonly types: readonly string[];
  /** Of the pages, over and over. */
  readonly limits: readonly number[];
}

/** Follows `position` from the beginning to the head. */
async function positionsOfPages(api: Api, { category, types, limits }: Asked, head: number): Promise<number[]> {
  const found: number[] = [];
  let after = 0;
  for (let pages = 0; pages === 0 || after < head; pages++) {
    const limit = limits[pages % limits.length] ?? 1;
    const query = new URLSearchParams({ after: String(after), limit: String(limit) });
    for (const [name, values] of [
      ['category', category ?? []],
      ['type', types],
    ] as const) {
      for (const value of [values].flat()) {
        query.append(name, value);
      }
    }
    const page = logPageOf(await api.get(`/events?${query}`));
    expect(page.head).toBe(head);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    expect(page.position).toBeGreaterThanOrEqual(page.events.at(-1)?.position ?? 0);
    if (head > 0) {
      expect(page.position, 'each answer gets on').toBeGreaterThan(after);
    }
    found.push(...page.events.map(({ position }) => position));
    after = page.position;
  }
  return found;
}

describe('a page of large events', { timeout: 60_000 }, () => {
  test.each([
    ['text', (index: number) => noise(380_000, String(index))],
    // What is escaped in a string is escaped again where the body is a string inside JSON.
    ['quotes', () => '"\\'.repeat(95_000)],
    ['many bytes for a character', () => '€'.repeat(130_000)],
  ])('of %s has as many as Lambda can answer with, and position goes on', async (_, dataOf) => {
    const tables = memoryTables();
    const api = createApi(tables);
    const count = 40;
    for (let index = 0; index < count; index++) {
      await api.append('Order-1', [{ type: 'A', data: dataOf(index) }]);
    }
    await sequenceAll(tables);
    const positions: number[] = [];
    for (let after = 0; after < count; ) {
      const reply = await api.get(`/events?after=${after}`);
      expect(Buffer.byteLength(JSON.stringify(reply.text))).toBeLessThan(ANSWER_BYTES_MAX);
      const page = logPageOf(reply);
      expect(page.head).toBe(count);
      expect(page.events.length).toBeGreaterThan(page.position === count ? 0 : 5);
      expect(page.position).toBe(page.events.at(-1)?.position);
      positions.push(...page.events.map(({ position }) => position));
      after = page.position;
    }
    expect(positions).toEqual(Array.from({ length: count }, (__, index) => index + 1));
  });
});

test('head is never below position, although the reads behind it may be older than those of the page', async () => {
  const isStale = { now: false };
  // Of the last writes, which are those of the log, an old read sees nothing.
  const tables = memoryTables({ lag: () => (isStale.now ? 3 : 0) });
  const api = createApi(tables);
  await api.append('Order-1', numbered(3));
  await sequenceAll(tables);
  await api.append('Order-2', numbered(3));
  await sequenceAll(tables);
  const store = createEventStore({ tables });
  isStale.now = true;
  expect(await store.logHead(), 'the head as an old read sees it').toBeLessThan(6);
  for (const after of [0, 1, 2, 3, 4, 5, 6]) {
    for (const limit of [1, 2, 3, 6]) {
      const page = logPageOf(await api.get(`/events?after=${after}&limit=${limit}`));
      expect(page.head).toBeGreaterThanOrEqual(page.position);
    }
  }
});
