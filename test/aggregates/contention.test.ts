/** Many writers of one stream: all are done, within the bound; and what happens where somebody always is faster. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_ATTEMPTS_MAX, COMMAND_BACKOFF_MS_MAX, COMMAND_BACKOFF_MS_MIN } from '../../lib/aggregates/bounds.ts';
import { recordedEvents } from '../../lib/events/stored-commit.ts';
import { CommandContention, createEventStore, memoryTables, type Tables } from '../../lib/index.ts';
import { APPEND_ATTEMPTS_MAX, BACKOFF_MS_MAX } from '../../lib/store/bounds.ts';
import { logSeed, seed } from '../seed.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { soundStream } from '../support/stored-stream.ts';
import { account, accountEvents, deposit, withdraw } from './account.ts';
import { statesOf } from './account-model.ts';
import { accounts } from './accounts.ts';
import { expectDecided } from './expect-decided.ts';

logSeed();

const STREAM = 'Account-1';
const WRITERS = 16;
const COMMANDS = 4;
const RUNS = 10;

test.each([
  ['without keys', false, 0],
  ['without keys, on remembered states', false, 1],
  ['with keys', true, 0],
  ['with keys, on remembered states', true, 1],
])(
  '16 writers at once, %s: every command is done once, within the bound',
  async (_, isKeyed, cachedStatesMax) => {
    let most = 0;
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.infiniteStream(fc.nat(2 ** 20 - 1)), async (scheduler, chance) => {
        const memory = memoryTables();
        const turn = () => scheduler.schedule(Promise.resolve());
        const random = () => (chance.next().value ?? 0) / 2 ** 20;
        const tables = interleaved(isKeyed ? colliding(memory, random) : memory, turn);
        const delay = async (ms: number) => {
          // Who waits for longer is passed by more of the others.
          for (let waited = 0; waited <= ms; waited += 10) {
            await turn();
          }
        };
        const observe = (seen: { readonly kind: string; readonly attempt?: number }) => {
          most = Math.max(most, seen.attempt ?? 0);
          conflicts += seen.attempt === undefined ? 0 : 1;
        };
        const runs = Array.from({ length: WRITERS }, async (__, writer) => {
          const { accounts: handler } = accounts({
            tables,
            delay,
            random,
            observe,
            cachedStatesMax,
            snapshotEvery: 10,
          });
          for (let index = 0; index < COMMANDS; index++) {
            const key = isKeyed ? { idempotencyKey: `${writer} ${index}` } : {};
            await handler.handle(STREAM, deposit(1 + writer, 1 + (index % 2)), key);
          }
        });
        await scheduler.waitFor(Promise.all(runs));
        const commits = await soundStream(memory, STREAM);
        expect(commits).toHaveLength(WRITERS * COMMANDS);
        const sum = ((WRITERS * (WRITERS + 1)) / 2) * 6;
        expect(statesOf(commits).at(-1)).toMatchObject({ cents: sum });
      }),
      { seed, numRuns: RUNS },
    );
    console.log(
      `the slowest command lost ${most} times, all of ${RUNS} × ${WRITERS * COMMANDS} together ${conflicts} times`,
    );
    expect(most).toBeLessThan(COMMAND_ATTEMPTS_MAX);
    expect(conflicts).toBeGreaterThan(WRITERS);
  },
  120_000,
);

/** Transactions on one item at the same time: one in four is told to come back. */
function colliding(tables: Tables, random: () => number): Tables {
  return withCalls(tables, {
    transact: async (puts) =>
      random() < 0.25
        ? { outcome: 'cancelled', puts: puts.map(() => ({ outcome: 'contended' })) }
        : tables.transact(puts),
  });
}

/** Tables in which somebody else appends in front of each write of a command. */
function alwaysLosing() {
  const memory = memoryTables();
  const store = createEventStore({ tables: memory });
  const overtake = async () => {
    await store.append(STREAM, [{ type: 'Deposited', data: { cents: 1 } }]);
  };
  const tables = withCalls(memory, {
    put: async (put) => {
      await overtake();
      return memory.put(put);
    },
    transact: async (puts) => {
      await overtake();
      return memory.transact(puts);
    },
  });
  return { memory, tables };
}

test.each([
  ['without a key', {}],
  ['with a key', { idempotencyKey: 'k' }],
])('a command %s that always loses gives up, says so, and has written nothing', async (_, options) => {
  const { memory, tables } = alwaysLosing();
  const waits: number[] = [];
  const { accounts: handler, observed } = accounts({
    tables,
    delay: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.999,
  });
  const failed = handler.handle(STREAM, withdraw(1), options);
  await expect(failed).rejects.toThrow(/not-enough|cents/);
  await createEventStore({ tables: memory }).append(STREAM, [{ type: 'Deposited', data: { cents: 9 } }]);
  const lost = handler.handle(STREAM, withdraw(1), options);
  await expect(lost).rejects.toThrow(new CommandContention(STREAM, COMMAND_ATTEMPTS_MAX));
  await expect(lost).rejects.toMatchObject({ code: 'command-contention', attempts: COMMAND_ATTEMPTS_MAX });
  const commits = await soundStream(memory, STREAM);
  expect(commits.flatMap(recordedEvents).filter(({ type }) => type === 'Withdrawn')).toEqual([]);
  expect((await memory.scan('state', { consistency: 'strong' })).items, 'nor a key').toEqual([]);
  expect(observed().filter(({ kind }) => kind === 'conflict')).toHaveLength(COMMAND_ATTEMPTS_MAX);
  expect(waits, 'none before the second try, nor behind the last one').toHaveLength(COMMAND_ATTEMPTS_MAX - 2);
  expect(Math.max(...waits)).toBeLessThanOrEqual(COMMAND_BACKOFF_MS_MAX);
});

test('waits are random parts of a time that doubles to its bound', async () => {
  const waitsWith = async (random: () => number) => {
    const { tables } = alwaysLosing();
    const waits: number[] = [];
    const delay = async (ms: number) => {
      waits.push(ms);
    };
    await expect(accounts({ tables, random, delay }).accounts.handle(STREAM, deposit(1))).rejects.toThrow();
    return waits;
  };
  const longest = await waitsWith(() => 1);
  expect(longest.slice(0, 6)).toEqual([20, 40, 80, 160, 250, 250]);
  expect(longest[0]).toBe(2 * COMMAND_BACKOFF_MS_MIN);
  expect((await waitsWith(() => 0.5)).slice(0, 6)).toEqual([10, 20, 40, 80, 125, 125]);
  expect(new Set(await waitsWith(() => 0))).toEqual(new Set([0]));
});

test.each([
  ['a transaction', { idempotencyKey: 'k' }, deposit(1)],
  ['a put', {}, deposit(1)],
  ['the key of a command that has nothing to do', { idempotencyKey: 'k' }, deposit(1, 0)],
])('%s that always collides gives up, says so, and has written nothing', async (_, options, command) => {
  const memory = memoryTables();
  const waits: number[] = [];
  const tables = withCalls(memory, {
    put: async () => ({ outcome: 'contended' }),
    transact: async (puts) => ({ outcome: 'cancelled', puts: puts.map(() => ({ outcome: 'contended' })) }),
  });
  const delay = async (ms: number) => {
    waits.push(ms);
  };
  const { accounts: handler } = accounts({ tables, delay, random: () => 1 });
  const lost = handler.handle(STREAM, command, options);
  await expect(lost).rejects.toThrow(CommandContention);
  await expect(lost).rejects.toMatchObject({ streamId: STREAM, attempts: APPEND_ATTEMPTS_MAX });
  expect(waits.length).toBeLessThanOrEqual(APPEND_ATTEMPTS_MAX);
  expect(Math.max(...waits)).toBeLessThanOrEqual(BACKOFF_MS_MAX);
  for (const table of ['events', 'state'] as const) {
    expect((await memory.scan(table, { consistency: 'strong' })).items).toEqual([]);
  }
});

test('a conflict is decided again on what it has shown, without a read', async () => {
  const { handler, store, tables, operations } = accounts();
  await store.append(STREAM, [{ type: 'Deposited', data: { cents: 5 } }]);
  let isFirst = true;
  const overtaken = withCalls(tables, {
    put: async (put) => {
      if (isFirst) {
        isFirst = false;
        await store.append(STREAM, [{ type: 'Withdrawn', data: { cents: 4 } }], { expect: 1 });
        operations();
      }
      return tables.put(put);
    },
  });
  operations();
  const losing = handler({ tables: overtaken });
  await losing.handle(STREAM, withdraw(1));
  expect(operations(), 'the refused write, and the next').toEqual(['put', 'put']);
  await store.append(STREAM, [{ type: 'Deposited', data: { cents: 5 } }]);
  isFirst = true;
  await store.append('Account-2', [{ type: 'Deposited', data: { cents: 5 } }]);
  const rejected = handler({
    tables: withCalls(tables, {
      put: async (put) => {
        await store.append('Account-2', [{ type: 'Withdrawn', data: { cents: 5 } }], { expect: 1 });
        operations();
        return tables.put(put);
      },
    }),
  });
  await expect(rejected.handle('Account-2', withdraw(1))).rejects.toMatchObject({ reason: 'not-enough' });
  expect(operations(), 'what has refused the write is a reason by itself').toEqual(['put']);
});

test('commits of 16 writers are each what was decided on the state before it', async () => {
  const { handler, tables, store } = accounts();
  await store.append(STREAM, [{ type: 'Deposited', data: { cents: 10 } }]);
  const commands = Array.from({ length: WRITERS }, (_, index) => withdraw(1 + (index % 3)));
  const results = await Promise.allSettled(
    commands.map((command) => handler({ decider: account, events: accountEvents }).handle(STREAM, command)),
  );
  const commits = await soundStream(tables, STREAM);
  const states = statesOf(commits);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(commits.length - 1);
  for (const [index, commit] of commits.entries()) {
    const [event] = recordedEvents(commit);
    const { cents } = Object(event?.data);
    if (event?.type === 'Withdrawn') {
      expectDecided(commit, states[index] ?? account.initialState, withdraw(cents));
    }
  }
});

test('a refused write on a remembered state shows one commit, which is no reason to reject what is right by now', async () => {
  const { handler } = accounts({ cachedStatesMax: 1 });
  const [one, other] = [handler(), handler()];
  await one.handle(STREAM, deposit(5));
  await other.handle(STREAM, withdraw(5));
  await other.handle(STREAM, deposit(5));
  // It is right on what is remembered, and refused by the first of the two that came after it.
  expect(await one.handle(STREAM, withdraw(5))).toMatchObject({ version: 4 });
});
