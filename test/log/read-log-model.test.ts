/** Reading the log against a model: random streams, commits, groups and entries, filters, stale replicas and unprocessed keys. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createEventStore,
  createSequencer,
  type LogFilter,
  type LoggedEvent,
  type LogPage,
  memoryTables,
  type NewEvent,
  type Tables,
} from '../../lib/index.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import { logSeed, seed } from '../seed.ts';
import { isWanted, sequenceAll, toldLog } from '../support/logged.ts';
import { allCommits } from '../support/stored-log.ts';

logSeed();

/** Categories that begin alike, ids with dashes of their own. */
const STREAMS = ['Order-1', 'Order-2-3', 'OrderItem-1', 'Order_-1', 'Cart-1', 'Cart-Order-1'];
const CATEGORIES = ['Order', 'OrderItem', 'Cart', 'Ord', 'Nobody'];
const TYPES = ['Placed', 'Paid', 'PaidBack', 'Sent'];

/** Events that are appended together, of one stream or more. */
interface Append {
  readonly streams: readonly string[];
  readonly types: readonly string[];
}

/** Appends, and whether they are put into the log then, or with those that follow. */
interface Batch {
  readonly appends: readonly Append[];
  readonly isSequenced: boolean;
  /** Every so manyth commit is a hint. */
  readonly hintsEach: number;
}

const append: fc.Arbitrary<Append> = fc.record({
  streams: fc.oneof(
    { weight: 4, arbitrary: fc.subarray(STREAMS, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.subarray(STREAMS, { minLength: 2, maxLength: 3 }) },
  ),
  types: fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 5 }),
});
const batch: fc.Arbitrary<Batch> = fc.record({
  appends: fc.array(append, { minLength: 1, maxLength: 8 }),
  isSequenced: fc.boolean(),
  hintsEach: fc.integer({ min: 1, max: 3 }),
});
const history = fc.array(batch, { maxLength: 8 });

const filter: fc.Arbitrary<LogFilter> = fc.record(
  {
    category: fc.constantFrom(...CATEGORIES),
    types: fc.subarray([...TYPES, 'Never'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const limit = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 200 }));

async function play(tables: Tables, { appends, isSequenced, hintsEach }: Batch): Promise<void> {
  const store = createEventStore({ tables, delay: async () => {} });
  for (const { streams, types } of appends) {
    const events: NewEvent[] = types.map((type, index) => ({ type, data: { streams, index } }));
    await store.appendMany(streams.map((streamId) => ({ streamId, events })));
  }
  if (isSequenced) {
    const hints = (await allCommits(tables)).filter((_, index) => index % hintsEach === 0);
    await createSequencer({ tables, delay: async () => {}, random: () => 0 }).sequence(hints);
  }
}

/** What a page says about itself, where replicas are up to date. */
function checkPage(told: readonly LoggedEvent[], after: number, wanted: LogFilter, max: number, page: LogPage): void {
  const all = told.filter((event) => event.position > after && isWanted(wanted, event));
  expect(page.events).toEqual(all.slice(0, max));
  expect(page.position).toBeGreaterThanOrEqual(Math.max(after, page.events.at(-1)?.position ?? 0));
  expect(page.position).toBeLessThan(all[page.events.length]?.position ?? Number.POSITIVE_INFINITY);
  expect(page.head ?? told.length).toBe(told.length);
  if (page.events.length < max) {
    expect(page).toMatchObject({ head: told.length, position: Math.max(after, told.length) });
  }
}

test('a page has the first wanted events behind a position, and its position and head are right', async () => {
  const places = fc.array(fc.record({ after: fc.nat(), filter, limit }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(history, places, async (batches, asked) => {
      const tables = memoryTables();
      for (const one of batches) {
        await play(tables, one);
      }
      const told = await toldLog(tables);
      const store = createEventStore({ tables });
      expect(await store.logHead()).toBe(told.length);
      for (const { after: choice, filter: wanted, limit: max } of asked) {
        const after = choice % (told.length + 3);
        checkPage(told, after, wanted, max, await store.log({ after, limit: max, ...wanted }));
      }
    }),
    { seed, numRuns: 150 },
  );
}, 60_000);

test('following the positions gives every wanted event once, in pages of any size, by one reader or by many', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.nat(30),
      filter,
      fc.infiniteStream(limit),
      fc.boolean(),
      async (batches, after, wanted, limits, isOneReader) => {
        const tables = memoryTables();
        const store = createEventStore({ tables });
        const reader = createLogReader({ tables, delay: async () => {}, random: () => 0 }, after, wanted);
        const followed: LoggedEvent[] = [];
        let position = after;
        // The log grows while it is followed.
        for (const one of batches) {
          await play(tables, one);
          const max = limits.next().value ?? 1;
          const page = isOneReader
            ? await reader.next(max)
            : await store.log({ after: position, limit: max, ...wanted });
          expect(page.events.length).toBeLessThanOrEqual(max);
          followed.push(...page.events);
          position = page.position;
        }
        await sequenceAll(tables);
        const told = (await toldLog(tables)).filter((event) => event.position > after && isWanted(wanted, event));
        for (let isMore = true; isMore; ) {
          const max = limits.next().value ?? 1;
          const page = isOneReader
            ? await reader.next(max)
            : await store.log({ after: position, limit: max, ...wanted });
          followed.push(...page.events);
          isMore = page.events.length > 0 || page.head === undefined;
          position = page.position;
        }
        expect(followed).toEqual(told);
      },
    ),
    { seed, numRuns: 150 },
  );
}, 60_000);

test('stale replicas and unprocessed keys make no gap and no other order, and in the end everything has come', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.nat(20),
      filter,
      fc.infiniteStream(limit),
      fc.infiniteStream(fc.nat(12)),
      fc.boolean(),
      async (batches, after, wanted, limits, chances, isOneReader) => {
        let isStale = true;
        const chance = () => (isStale ? (chances.next().value ?? 0) : 0);
        const tables = memoryTables({
          lag: (writes) => Math.min(writes, chance()),
          unprocessed: (keys) => Math.min(keys - 1, chance()),
        });
        const context = { tables, delay: async () => {}, random: () => 0 };
        const store = createEventStore(context);
        const reader = createLogReader(context, after, wanted);
        const pages: LogPage[] = [];
        let position = after;
        const follow = async () => {
          const max = limits.next().value ?? 1;
          const page = isOneReader
            ? await reader.next(max)
            : await store.log({ after: position, limit: max, ...wanted });
          expect(page.position).toBeGreaterThanOrEqual(position);
          position = page.position;
          pages.push(page);
          return page;
        };
        for (const one of batches) {
          await play(tables, one);
          await follow();
          await follow();
        }
        await sequenceAll(tables);
        for (let page = 0; page < 5; page++) {
          await follow();
        }
        isStale = false;
        for (let page = await follow(); page.events.length > 0 || page.head === undefined; ) {
          page = await follow();
        }
        const told = await toldLog(tables);
        const all = told.filter((event) => event.position > after && isWanted(wanted, event));
        expect(pages.flatMap(({ events }) => events)).toEqual(all);
        let come = 0;
        for (const page of pages) {
          come += page.events.length;
          // Whatever is behind the position of a page has come by then.
          expect(page.position).toBeLessThan(all[come]?.position ?? Number.POSITIVE_INFINITY);
          expect(page.head ?? 0).toBeLessThanOrEqual(told.length);
        }
      },
    ),
    { seed, numRuns: 150 },
  );
}, 60_000);
