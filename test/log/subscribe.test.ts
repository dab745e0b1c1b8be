/** Subscriptions, with time in the test's hands: whatever they wait for, the test lets pass. */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { commitKey } from '../../lib/events/stored-commit.ts';
import {
  createEventStore,
  InvalidArgument,
  type LoggedEvent,
  MissingCommit,
  memoryTables,
  type SubscribeOptions,
  type Tables,
  Throttled,
  Unavailable,
} from '../../lib/index.ts';
import {
  FAULT_BACKOFF_MS_MAX,
  FAULT_BACKOFF_MS_MIN,
  LOG_PAGE_EVENTS_DEFAULT,
  POLL_MS,
  SUBSCRIPTION_FAULTS_MAX,
} from '../../lib/log/bounds.ts';
import { logSeed, seed } from '../seed.ts';
import { noise, numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { isWanted, putEntries, sequenceAll, toldLog, watched, without } from '../support/logged.ts';

logSeed();
// Logs of several pages take a while where other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

/**
 * Everything that can go on without time, the test's or the tables', has gone on: tables in memory answer at once, so that is
 * all that stands in the queue.
 */
const settled = setImmediate;

/** Time that passes when the test says so. */
function heldTime() {
  const begun: number[] = [];
  const waiting = new Set<() => void>();
  return {
    /** How long each wait was meant to be, in their order. */
    begun,
    /** How many wait now. */
    waiting: () => waiting.size,
    delay: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        begun.push(ms);
        const end = () => {
          waiting.delete(end);
          resolve();
        };
        waiting.add(end);
        const abort = () => {
          waiting.delete(end);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort);
        if (signal?.aborted === true) {
          abort();
        }
      }),
    /** Ends all waits, and lets what follows go on. */
    pass: async () => {
      for (const end of [...waiting]) {
        end();
      }
      await settled();
    },
  };
}

/** A store, a subscription to it, and what it has yielded so far. The consumer takes whatever comes. */
function following(tables: Tables, options: SubscribeOptions = {}) {
  const time = heldTime();
  const seen: LoggedEvent[] = [];
  const subscription = createEventStore({ tables, delay: time.delay, random: () => 0.5 }).subscribe(options);
  const ended = (async () => {
    for await (const event of subscription) {
      seen.push(event);
    }
  })();
  // What it throws is looked at when the test asks for it.
  ended.catch(() => undefined);
  return { time, seen, ended };
}

/** Commits of so many events each. */
async function append(tables: Tables, streamId: string, counts: readonly number[]): Promise<void> {
  const store = createEventStore({ tables });
  for (const count of counts) {
    await store.append(streamId, numbered(count, streamId));
  }
}

/** A log of several pages: commits of a hundred events, ten to a page. */
async function pages(count: number): Promise<Tables> {
  const tables = memoryTables();
  const commits = (count * LOG_PAGE_EVENTS_DEFAULT) / 100;
  await append(
    tables,
    'Order-1',
    Array.from({ length: commits }, () => 100),
  );
  await sequenceAll(tables);
  return tables;
}

function isOver(result: IteratorResult<LoggedEvent, void>): boolean {
  return result.done === true;
}

/** Takes so many events. */
async function take(subscription: AsyncGenerator<LoggedEvent, void, undefined>, count: number): Promise<LoggedEvent[]> {
  const taken: LoggedEvent[] = [];
  for (let index = 0; index < count; index++) {
    const { value } = await subscription.next();
    if (value !== undefined) {
      taken.push(value);
    }
  }
  return taken;
}

/** What nobody has caught during the test. */
function uncaught(): unknown[] {
  const reasons: unknown[] = [];
  const listen = (reason: unknown) => reasons.push(reason);
  process.on('unhandledRejection', listen);
  onTestFinished(() => {
    process.off('unhandledRejection', listen);
  });
  return reasons;
}

describe('a subscription', () => {
  test('yields everything in order, over many pages, then whatever comes', async () => {
    const tables = await pages(2);
    const { time, seen } = following(tables);
    await settled();
    expect(seen).toEqual(await toldLog(tables));
    for (const round of [1, 2, 3]) {
      await append(tables, `Order-${round}`, [1, 2]);
      await time.pass();
      expect(seen).toHaveLength(2_000 + (round - 1) * 3);
      await sequenceAll(tables);
      await time.pass();
      expect(seen).toEqual(await toldLog(tables));
    }
  });

  test('of an empty log waits for its first event', async () => {
    const tables = memoryTables();
    const { time, seen } = following(tables);
    await settled();
    await append(tables, 'Order-1', [2]);
    await sequenceAll(tables);
    expect(seen).toEqual([]);
    await time.pass();
    expect(seen.map(({ position }) => position)).toEqual([1, 2]);
  });

  test('begins behind a position, also inside of a commit and beyond the head', async () => {
    const tables = memoryTables();
    await append(tables, 'Order-1', [3, 3]);
    await sequenceAll(tables);
    const all = [0, 1, 3, 4, 6, 8].map((after) => ({ after, ...following(tables, { after }) }));
    await settled();
    await append(tables, 'Order-1', [4]);
    await sequenceAll(tables);
    const told = await toldLog(tables);
    for (const { after, time, seen } of all) {
      await time.pass();
      expect(seen, `behind ${after}`).toEqual(told.slice(after));
    }
  });

  test('yields what its filter wants, also of what comes', async () => {
    const tables = memoryTables();
    const filter = { category: 'Order', types: ['Counted', 'Sent'] };
    const { time, seen } = following(tables, filter);
    for (let round = 0; round < 3; round++) {
      await append(tables, 'Order-1', [2]);
      await append(tables, 'Cart-1', [2]);
      await createEventStore({ tables }).append('Order-2', [
        { type: 'Sent', data: round },
        { type: 'Paid', data: round },
      ]);
      await sequenceAll(tables);
      await time.pass();
    }
    const wanted = (await toldLog(tables)).filter((event) => isWanted(filter, event));
    expect(wanted).toHaveLength(9);
    expect(seen).toEqual(wanted);
  });
});

describe('a subscription looks', () => {
  test('at one page ahead of its consumer, and no further', async () => {
    const { tables, reads } = watched(await pages(5));
    const time = heldTime();
    const subscription = createEventStore({ tables, delay: time.delay }).subscribe();
    const commits = () =>
      reads().reduce((sum, { operation, items }) => sum + (operation === 'batchGet' ? items.length : 0), 0);
    await settled();
    expect(commits()).toBe(0);
    await take(subscription, 1);
    await settled();
    // The page that the consumer has begun, and the one behind it.
    expect(commits()).toBe(20);
    await take(subscription, LOG_PAGE_EVENTS_DEFAULT - 1);
    await settled();
    expect(reads()).toEqual([]);
    await take(subscription, 1);
    await settled();
    expect(commits()).toBe(10);
    await take(subscription, LOG_PAGE_EVENTS_DEFAULT - 1);
    await settled();
    expect(reads()).toEqual([]);
    await subscription.return();
  });

  test('again only at the head, every 250 ms, with one Query', async () => {
    const { tables, reads } = watched(await pages(3));
    const { time, seen } = following(tables);
    await settled();
    expect(seen).toHaveLength(3_000);
    expect(time.begun).toEqual([POLL_MS]);
    for (let look = 2; look <= 5; look++) {
      reads();
      await time.pass();
      expect(reads()).toMatchObject([{ operation: 'query', items: [] }]);
      expect(time.begun).toEqual(Array.from({ length: look }, () => 250));
      await settled();
      expect(reads()).toEqual([]);
    }
  });

  test('on at once where a page has nothing for its filter, as long as the head is not reached', async () => {
    const tables = memoryTables();
    const types = Array.from({ length: 1_200 }, (_, index) => noise(120, String(index)));
    const commits = Array.from({ length: 400 }, (_, index) => ({
      streamId: `Order-${index}`,
      version: 1,
      count: 3,
      types: types.slice(index * 3, index * 3 + 3),
    }));
    await putEntries(
      tables,
      Array.from({ length: 100 }, () => commits),
    );
    const watch = watched(tables);
    const { time, seen } = following(watch.tables, { category: 'Cart' });
    await settled();
    expect(watch.reads().length).toBeGreaterThan(10);
    expect(time.begun).toEqual([POLL_MS]);
    expect(seen).toEqual([]);
  });
});

describe('a subscription is ended', () => {
  test('by its signal while it waits', async () => {
    const { tables, reads } = watched(await pages(1));
    const abort = new AbortController();
    const { time, seen, ended } = following(tables, { signal: abort.signal });
    await settled();
    expect(time.waiting()).toBe(1);
    reads();
    abort.abort();
    await ended;
    expect(seen).toHaveLength(1_000);
    expect(time.waiting()).toBe(0);
    await time.pass();
    expect(reads()).toEqual([]);
  });

  test('by its signal while it waits out a fault', async () => {
    const abort = new AbortController();
    let calls = 0;
    const tables = withCalls(memoryTables(), {
      query: () => {
        calls += 1;
        return Promise.reject(new Throttled(new Error('busy')));
      },
    });
    const { time, ended } = following(tables, { signal: abort.signal });
    await settled();
    expect(time.waiting()).toBe(1);
    abort.abort();
    await ended;
    expect(calls).toBe(1);
  });

  test.each([true, false])('by its signal while it reads, whether or not that fails: %s', async (isSound) => {
    const stored = await pages(2);
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const tables = withCalls(stored, {
      batchGet: async (...args) => {
        calls += 1;
        await gate.promise;
        return isSound ? stored.batchGet(...args) : Promise.reject(new Unavailable(new Error('reset')));
      },
    });
    const abort = new AbortController();
    const { time, seen, ended } = following(tables, { signal: abort.signal });
    await settled();
    expect(calls).toBe(1);
    abort.abort();
    gate.resolve();
    await ended;
    expect(seen).toEqual([]);
    await time.pass();
    expect(calls).toBe(1);
  });

  test('by its signal while the consumer works: nothing more is yielded', async () => {
    const { tables, reads } = watched(await pages(3));
    const abort = new AbortController();
    const subscription = createEventStore({ tables, delay: heldTime().delay }).subscribe({ signal: abort.signal });
    await take(subscription, 7);
    await settled();
    reads();
    abort.abort();
    expect(isOver(await subscription.next())).toBe(true);
    expect(isOver(await subscription.next())).toBe(true);
    await settled();
    expect(reads()).toEqual([]);
  });

  test('by its signal before it began: it reads nothing', async () => {
    const { tables, reads } = watched(await pages(1));
    const { seen, ended } = following(tables, { signal: AbortSignal.abort() });
    await ended;
    const later = new AbortController();
    const subscription = createEventStore({ tables }).subscribe({ signal: later.signal });
    later.abort();
    expect(isOver(await subscription.next())).toBe(true);
    expect(seen).toEqual([]);
    expect(reads()).toEqual([]);
  });

  test('by break: no call is made after it', async () => {
    const { tables, reads } = watched(await pages(3));
    const time = heldTime();
    let seen = 0;
    for await (const event of createEventStore({ tables, delay: time.delay }).subscribe()) {
      seen = event.position;
      if (seen === 3) {
        break;
      }
    }
    reads();
    await settled();
    expect(seen).toBe(3);
    expect(reads()).toEqual([]);
    expect(time.begun).toEqual([]);
  });

  test('by break while it looks ahead at the head: the wait ends too', async () => {
    const { tables, reads } = watched(await pages(1));
    const time = heldTime();
    const subscription = createEventStore({ tables, delay: time.delay }).subscribe();
    await take(subscription, 5);
    await settled();
    expect(time.waiting()).toBe(1);
    await subscription.return();
    expect(time.waiting()).toBe(0);
    reads();
    await time.pass();
    expect(reads()).toEqual([]);
  });

  test('by break while the next page is read: that page is the last', async () => {
    const stored = await pages(4);
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const tables = withCalls(stored, {
      batchGet: async (...args) => {
        calls += 1;
        await (calls === 1 ? undefined : gate.promise);
        return stored.batchGet(...args);
      },
    });
    const subscription = createEventStore({ tables, delay: heldTime().delay }).subscribe();
    await take(subscription, 5);
    await settled();
    expect(calls).toBe(2);
    await subscription.return();
    gate.resolve();
    await settled();
    expect(calls).toBe(2);
  });

  test('before it began, and twice', async () => {
    const { tables, reads } = watched(await pages(1));
    const subscription = createEventStore({ tables }).subscribe();
    await subscription.return();
    await subscription.return();
    expect(isOver(await subscription.next())).toBe(true);
    expect(reads()).toEqual([]);
  });
});

/** Tables whose reads fail where they are told to. */
function failing(tables: Tables, fault: (call: number) => Error | undefined) {
  let calls = 0;
  const orFail = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    calls += 1;
    const error = fault(calls);
    return error === undefined ? call() : Promise.reject(error);
  };
  return {
    calls: () => calls,
    tables: withCalls(tables, {
      query: (...args) => orFail(() => tables.query(...args)),
      batchGet: (...args) => orFail(() => tables.batchGet(...args)),
    }),
  };
}

const FAULTS = [
  ['throttling', () => new Throttled(new Error('busy'))],
  ['lost connections', () => new Unavailable(new Error('reset'))],
] as const;

describe('a subscription meets', () => {
  test('faults anywhere, and nothing is lost or comes twice', async () => {
    const stored = await pages(3);
    const told = await toldLog(stored);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 0, max: 9 })), async (chances) => {
        let inRow = 0;
        const { tables } = failing(stored, () => {
          const chance = inRow >= SUBSCRIPTION_FAULTS_MAX - 1 ? 9 : (chances.next().value ?? 9);
          inRow = chance > 2 ? 0 : inRow + 1;
          return chance > 2 ? undefined : FAULTS[chance % 2]?.[1]();
        });
        // A page is two calls, so that it may fail too often although no call does.
        const subscription = createEventStore({ tables, delay: async () => {} }).subscribe();
        const taken = await take(subscription, told.length).catch((error: unknown) => error);
        if (taken instanceof Error) {
          expect([Throttled, Unavailable].some((fault) => taken instanceof fault)).toBe(true);
        } else {
          expect(taken).toEqual(told);
        }
        await subscription.return();
      }),
      { seed, numRuns: 30 },
    );
  });

  test.each(FAULTS)(
    '%s: as many in a row as the bound allows are waited out, and counted anew after a success',
    async (_, fault) => {
      const stored = await pages(3);
      const { time, seen } = (() => {
        // A page is a Query and a BatchGetItem where there are references left, and a BatchGetItem where there are some.
        let inRow = 0;
        const { tables } = failing(stored, () => {
          inRow = inRow === SUBSCRIPTION_FAULTS_MAX - 1 ? -1 : inRow + 1;
          return inRow > 0 ? fault() : undefined;
        });
        return following(withCalls(stored, { batchGet: tables.batchGet }));
      })();
      await settled();
      for (let wait = 0; wait < 3 * SUBSCRIPTION_FAULTS_MAX; wait++) {
        await time.pass();
      }
      expect(seen).toEqual(await toldLog(stored));
      const waits = time.begun.slice(0, SUBSCRIPTION_FAULTS_MAX - 1);
      expect(waits).toEqual(
        waits.map((_unused, index) => 0.5 * Math.min(FAULT_BACKOFF_MS_MAX, FAULT_BACKOFF_MS_MIN * 2 ** index)),
      );
    },
  );

  test.each(FAULTS)('%s without an end: it is thrown after so many faults, and then it has ended', async (_, fault) => {
    const { tables, calls } = failing(memoryTables(), fault);
    const { time, ended } = following(tables);
    await settled();
    for (let wait = 1; wait < SUBSCRIPTION_FAULTS_MAX; wait++) {
      expect(calls()).toBe(wait);
      expect(time.waiting()).toBe(1);
      await time.pass();
    }
    await expect(ended).rejects.toThrow(fault().message);
    expect(calls()).toBe(SUBSCRIPTION_FAULTS_MAX);
    expect(time.begun).toHaveLength(SUBSCRIPTION_FAULTS_MAX - 1);
  });

  test('a commit that is missing: it yields what is before it, and throws without a wait', async () => {
    // The second page has it.
    const lost = commitKey('Order-1', 1_201);
    const tables = await without(await pages(3), (_, { PK, SK }) => PK === lost.PK && SK === lost.SK);
    const { time, seen, ended } = following(tables);
    const error = await ended.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MissingCommit);
    expect(error).toMatchObject({ version: 1_201 });
    expect(seen).toHaveLength(LOG_PAGE_EVENTS_DEFAULT);
    expect(time.begun).toEqual([]);
  });

  test('a failure ahead of its consumer: whoever leaves before never hears of it', async () => {
    const rejections = uncaught();
    const lost = commitKey('Order-1', 1_201);
    const tables = await without(await pages(3), (_, { PK, SK }) => PK === lost.PK && SK === lost.SK);
    const left = createEventStore({ tables, delay: heldTime().delay }).subscribe();
    await take(left, 10);
    await settled();
    await left.return();
    // And whoever works for long hears of it when it asks.
    const stayed = createEventStore({ tables, delay: heldTime().delay }).subscribe();
    await take(stayed, LOG_PAGE_EVENTS_DEFAULT);
    await settled();
    await expect(stayed.next()).rejects.toThrow(MissingCommit);
    expect(isOver(await stayed.next())).toBe(true);
    await settled();
    await settled();
    expect(rejections).toEqual([]);
  });

  test('a failure ahead after its consumer has left: nobody hears of it', async () => {
    const rejections = uncaught();
    const stored = await pages(3);
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const tables = withCalls(stored, {
      batchGet: async (...args) => {
        calls += 1;
        if (calls > 1) {
          await gate.promise;
          throw new Error('broken');
        }
        return stored.batchGet(...args);
      },
    });
    const subscription = createEventStore({ tables, delay: heldTime().delay }).subscribe();
    await take(subscription, 3);
    await subscription.return();
    gate.resolve();
    await settled();
    await settled();
    expect(calls).toBe(2);
    expect(rejections).toEqual([]);
  });
});

test.each([
  ['after', { after: -1 }],
  ['after', { after: 1.5 }],
  ['category', { category: 'Order-1' }],
  ['types', { types: [] }],
  ['types[1]', { types: ['Placed', ''] }],
] as const)('options that are not right are refused at the call: %s, case %#', (path, options) => {
  const { tables, reads } = watched(memoryTables());
  const store = createEventStore({ tables });
  const call = () => store.subscribe(options);
  expect(call).toThrow(InvalidArgument);
  expect(call).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path })] }));
  expect(reads()).toEqual([]);
});
