/** Process managers: what an event causes happens once, and says by what it was caused. */
import { expect, onTestFinished, test } from 'vitest';
import {
  CommandRejected,
  createProjectionRunner,
  defineProcessManager,
  type ProcessManagerDefinition,
  redrive,
  resetProjection,
} from '../../lib/index.ts';
import { projectedStore } from '../projections/projected-store.ts';
import { deposit, withdraw } from './account.ts';
import { type Deposits, ledgerOf, ledgersOn } from './ledger.ts';

function system() {
  const projected = projectedStore();
  const handlers = ledgersOn(projected.tables);
  const eventsOf = async (streamId: string) => (await projected.store.read(streamId)).events;
  return {
    ...projected,
    ...handlers,
    eventsOf,
    /** What the amounts in a stream are. */
    cents: async (streamId: string) => (await eventsOf(streamId)).map(({ data }) => Object(data).cents),
    run: (definition: Partial<ProcessManagerDefinition<Deposits>> = {}, purpose: 'run' | 'rebuild' = 'run') =>
      createProjectionRunner(projected.context, handlers.keeper(definition), purpose).run(),
  };
}

test('an event causes its commands, each once, whoever runs it again and however', async () => {
  const { accounts, sequence, run, cents, context, keeper } = system();
  await accounts.handle('Account-1', deposit(5));
  await accounts.handle('Account-1', deposit(7));
  await sequence();
  expect(await run()).toMatchObject({ outcome: 'caught-up', events: 2 });
  expect(await cents('Ledger-1')).toEqual([5, 1, 7, 1]);
  const again = { outcome: 'caught-up', events: 2 };
  expect(await run({}, 'rebuild'), 'a rebuild').toMatchObject(again);
  expect(await run({ version: 2 }), 'a new version').toMatchObject(again);
  await resetProjection(context, keeper({ version: 2 }));
  expect(await run({ version: 2 }), 'a reset').toMatchObject(again);
  expect(await cents('Ledger-1')).toEqual([5, 1, 7, 1]);
  await run({ name: 'another-keeper' });
  expect(await cents('Ledger-1'), 'another name does it again').toEqual([5, 1, 7, 1, 5, 1, 7, 1]);
});

test('keys of reactions are kept for ever', async () => {
  const { accounts, sequence, run, tables } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  await run();
  const { items } = await tables.query(
    'state',
    { partition: 'IDEMPOTENCY#Ledger-1' },
    { consistency: 'strong', direction: 'forward' },
  );
  expect(items).toHaveLength(2);
  expect(items.filter(({ expiresAt }) => expiresAt !== undefined)).toEqual([]);
});

test('code that would send something else by now sends nothing to where it has; what it sends besides is done', async () => {
  const { accounts, ledgers, sequence, run, cents } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  await run();
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: async ({ streamId }, send) => {
      await send(ledgers, 'Ledger-all', deposit(3));
      const first = await send(ledgers, ledgerOf(streamId), deposit(100));
      expect(first).toMatchObject({ duplicate: true, events: [{ data: { cents: 5 } }] });
      await send(ledgers, ledgerOf(streamId), withdraw(1_000_000));
    },
  };
  expect(await run({ version: 2, react })).toMatchObject({ outcome: 'caught-up' });
  expect(await cents('Ledger-1')).toEqual([5, 1]);
  expect(await cents('Ledger-all')).toEqual([3]);
});

test('over several hops, events carry on the correlation, and each names its cause', async () => {
  const { accounts, ledgers, sequence, run, context, eventsOf } = system();
  await accounts.handle('Account-1', { ...deposit(5), metadata: { correlationId: 'conversation', userId: 'u' } });
  await accounts.handle('Account-2', deposit(6));
  await sequence();
  await run();
  await sequence();
  const summary = defineProcessManager<Deposits>({
    name: 'summary',
    version: 1,
    category: 'Ledger',
    react: {
      Deposited: ({ data, streamId }, send) => send(ledgers, streamId.replace('-', '-of-'), deposit(data.cents)),
    },
  });
  await createProjectionRunner(context, summary).run();
  for (const id of ['1', '2']) {
    const [first] = await eventsOf(`Account-${id}`);
    const second = await eventsOf(`Ledger-${id}`);
    const third = await eventsOf(`Ledger-of-${id}`);
    const correlationId = id === '1' ? 'conversation' : first?.id;
    expect(second.map(({ metadata }) => metadata)).toMatchObject([
      { correlationId, causationId: first?.id },
      { correlationId, causationId: first?.id },
    ]);
    expect(third.map(({ metadata }) => metadata)).toMatchObject(
      second.map((event) => ({ correlationId, causationId: event.id })),
    );
    expect(
      second.map(({ metadata }) => metadata.userId),
      'who began is not who does it',
    ).toEqual([undefined, undefined]);
  }
});

test('since leaves out what was appended before', async () => {
  const { accounts, sequence, run, cents, eventsOf } = system();
  await accounts.handle('Account-1', deposit(5));
  const [first] = await eventsOf('Account-1');
  const at = Date.parse(first?.metadata.timestamp ?? '');
  await sequence();
  await run({ since: new Date(at + 1).toISOString() });
  expect(await cents('Ledger-1')).toEqual([]);
  await run({ name: 'from-the-same-moment', since: new Date(at).toISOString() });
  expect(await cents('Ledger-1')).toEqual([5, 1]);
});

test('a command that is rejected halts it at its event, which is named; redriven, it goes on', async () => {
  const { accounts, ledgers, sequence, run, cents, context, keeper, readModels } = system();
  await accounts.handle('Account-1', deposit(5));
  await accounts.handle('Account-2', deposit(6));
  await accounts.handle('Account-3', deposit(7));
  await ledgers.handle('Ledger-2', { type: 'Close', data: {} });
  await sequence();
  let reacted = 0;
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: async ({ streamId, data }, send) => {
      reacted += 1;
      await send(ledgers, ledgerOf(streamId), data.cents === 6 && !isMended ? deposit(6) : { type: 'Close', data: {} });
    },
  };
  let isMended = false;
  const halted = await run({ react });
  expect(halted).toMatchObject({ outcome: 'halted' });
  const [status] = await readModels.statuses();
  expect(status).toMatchObject({
    state: 'halted',
    error: { type: 'Deposited', attempts: 5, isHalted: true, message: 'CommandRejected: The account is closed' },
  });
  expect(status?.error?.position, 'not that of the batch, which begins before it').toBe(2);
  expect(reacted, 'what has been reacted to is not tried again with it').toBe(1 + 1 + 5);
  expect(await cents('Ledger-3')).toEqual([]);
  isMended = true;
  expect(await run({ react })).toMatchObject({ outcome: 'halted' });
  expect(await redrive(context, keeper({ react }))).toMatchObject({ wasHalted: true });
  expect(await run({ react })).toMatchObject({ outcome: 'caught-up' });
  expect((await ledgers.load('Ledger-3')).state.isClosed).toBe(true);
});

test('where it parks, others go on, later ones of the stream wait, and redriven each is done once and in order', async () => {
  const { accounts, ledgers, sequence, run, cents, context, keeper, readModels } = system();
  await accounts.handle('Account-1', deposit(5));
  await accounts.handle('Account-1', deposit(6));
  await accounts.handle('Account-2', deposit(7));
  await sequence();
  let isMended = false;
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: async ({ streamId, data }, send) => {
      await send(ledgers, ledgerOf(streamId), deposit(data.cents));
      if (data.cents === 5 && !isMended) {
        throw new CommandRejected('broken', 'not yet');
      }
    },
  };
  const definition = { react, onError: 'park' } as const;
  expect(await run(definition)).toMatchObject({ outcome: 'caught-up' });
  expect((await readModels.statuses())[0]).toMatchObject({ parked: 2 });
  expect([await cents('Ledger-1'), await cents('Ledger-2')]).toEqual([[5], [7]]);
  expect(await redrive(context, keeper(definition))).toMatchObject({
    applied: 0,
    left: 2,
    failures: [{ message: 'CommandRejected: not yet' }],
  });
  isMended = true;
  expect(await redrive(context, keeper(definition))).toMatchObject({ applied: 2, left: 0 });
  expect([await cents('Ledger-1'), await cents('Ledger-2')]).toEqual([[5, 6], [7]]);
});

test('a rejection that the reaction sees to is none', async () => {
  const { accounts, ledgers, sequence, run, cents } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: async ({ streamId }, send) => {
      await send(ledgers, ledgerOf(streamId), withdraw(5)).catch((error: unknown) => {
        expect(error).toMatchObject({ reason: 'not-enough' });
        return send(ledgers, ledgerOf(streamId), deposit(1));
      });
    },
  };
  expect(await run({ react })).toMatchObject({ outcome: 'caught-up' });
  expect(await cents('Ledger-1')).toEqual([1]);
});

test('what a reaction sends and does not wait for is done before the event is', async () => {
  const { accounts, ledgers, sequence, run, cents } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: ({ streamId }, send) => {
      void send(ledgers, ledgerOf(streamId), deposit(1));
      void send(ledgers, ledgerOf(streamId), deposit(2));
      return undefined;
    },
  };
  await run({ react });
  expect((await cents('Ledger-1')).toSorted()).toEqual([1, 2]);
});

test('what a reaction sends and does not wait for fails it', async () => {
  const { accounts, ledgers, sequence, run, cents, readModels } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  const react: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: ({ streamId }, send) => {
      void send(ledgers, ledgerOf(streamId), withdraw(100));
      void send(ledgers, ledgerOf(streamId), deposit(2));
      return undefined;
    },
  };
  expect(await run({ react })).toMatchObject({ outcome: 'halted' });
  expect(await readModels.statuses()).toMatchObject([{ position: 0, error: { position: 1, type: 'Deposited' } }]);
  expect(await cents('Ledger-1')).toEqual([2]);
});

type Reaction = NonNullable<ProcessManagerDefinition<Deposits>['react']['Deposited']>;

test.each<[string, (wrong: Promise<unknown>) => unknown]>([
  ['sends', () => undefined],
  ['goes on from', (wrong) => wrong.then(() => 'done')],
  ['cleans up after', (wrong) => wrong.finally(() => undefined)],
  ['catches, and fails itself', (wrong) => wrong.catch(() => Promise.reject(new Error('itself')))],
])(
  'what a reaction %s and does not wait for fails it, also where it fails before the reaction ends',
  async (_, use) => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    onTestFinished(() => {
      process.off('unhandledRejection', listen);
    });
    const { accounts, ledgers, sequence, run, cents, readModels } = system();
    await accounts.handle('Account-1', deposit(5));
    await sequence();
    const Deposited: Reaction = async ({ streamId }, send) => {
      void use(send(ledgers, ledgerOf(streamId), withdraw(100)));
      await send(ledgers, 'Ledger-other', deposit(2));
      await new Promise((resolve) => setImmediate(resolve));
    };
    expect(await run({ react: { Deposited } })).toMatchObject({ outcome: 'halted' });
    expect(await readModels.statuses()).toMatchObject([{ position: 0, error: { position: 1, type: 'Deposited' } }]);
    expect(await cents('Ledger-other')).toEqual([2]);
    expect(unhandled).toEqual([]);
  },
);

type Handlers = ReturnType<typeof system>;

test.each<[string, (handlers: Handlers) => Reaction]>([
  [
    'with all others',
    ({ ledgers }) =>
      (_, send) =>
        Promise.allSettled([send(ledgers, 'Ledger-1', withdraw(9))]),
  ],
  [
    'and does not wait for it',
    ({ ledgers }) =>
      async (_, send) => {
        void send(ledgers, 'Ledger-1', withdraw(9)).catch(() => undefined);
      },
  ],
])('an error that the reaction catches %s is none', async (_, reaction) => {
  const handlers = system();
  const { accounts, sequence, run } = handlers;
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  expect(await run({ react: { Deposited: reaction(handlers) } })).toMatchObject({ outcome: 'caught-up' });
});

test('what is sent after what was sent, and not waited for, is done before the event is', async () => {
  const { accounts, ledgers, sequence, run, cents } = system();
  await accounts.handle('Account-1', deposit(5));
  await sequence();
  const Deposited: Reaction = (_, send) => {
    void send(ledgers, 'Ledger-1', deposit(1)).then(() => send(ledgers, 'Ledger-2', deposit(2)));
    return undefined;
  };
  expect(await run({ react: { Deposited } })).toMatchObject({ outcome: 'caught-up' });
  expect([await cents('Ledger-1'), await cents('Ledger-2')]).toEqual([[1], [2]]);
});

test.each<[string, object, string]>([
  ['no function', { react: { Deposited: 'x' } }, 'react.Deposited must be a function, not "x"'],
  ['no reactions', { react: {} }, 'react must have a function for at least one event type'],
  ['no react', { react: undefined }, 'react must have a function for at least one event type, not be undefined'],
  ['a time that is none', { since: 'yesterday' }, 'since must be a date or a time in ISO 8601'],
  ['a time without a zone', { since: '2026-03-14T15:09:26' }, 'since must be a date or a time in ISO 8601'],
  ['a month that is none', { since: '2026-13-14' }, 'since must be a date or a time in ISO 8601'],
  ['a name that is none', { name: 'A B' }, 'name must be 1 to 63 lower case letters'],
  ['a version that is none', { version: 0 }, 'version must be a whole number from 1'],
])('%s is refused when it is defined', (_, wrong, message) => {
  const { keeper } = system();
  expect(() => keeper(wrong)).toThrow(message);
  expect(() => keeper(wrong)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

test('events are told apart by their place: others with the same id cause commands of their own', async () => {
  const { store, ledgers, sequence, run, cents } = system();
  const event = (cents: number) => ({
    id: 'the same',
    type: 'Deposited',
    data: { cents, purpose: 'p' },
    schemaVersion: 2,
  });
  await store.append('Account-1', [event(1)]);
  await store.append('Account-2', [event(2)]);
  await sequence();
  const toOne: ProcessManagerDefinition<Deposits>['react'] = {
    Deposited: ({ data }, send) => send(ledgers, 'Ledger-all', deposit(data.cents)),
  };
  await run({ react: toOne });
  expect(await cents('Ledger-all')).toEqual([1, 2]);
});
