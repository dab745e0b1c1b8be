/** What is wrong is said with its place and with what would be right, and nothing is written. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  CommandRejected,
  commandHandler,
  type DeciderDefinition,
  defineDecider,
  defineEvents,
  memoryTables,
  UnreadableEvent,
} from '../../lib/index.ts';
import {
  type AccountCommands,
  type AccountEvents,
  type AccountState,
  account,
  accountEvents,
  close,
  deposit,
} from './account.ts';
import { type AccountOptions, accounts } from './accounts.ts';

/** What no compiler would let through. */
function unchecked<Value>(value: unknown): Value {
  return value as Value;
}

async function expectNothingWritten({ tables }: Pick<ReturnType<typeof accounts>, 'tables'>): Promise<void> {
  for (const table of ['events', 'state'] as const) {
    expect((await tables.scan(table, { consistency: 'strong' })).items).toEqual([]);
  }
}

type AnyOptions = Record<string, unknown>;

test.each<[AnyOptions, string]>([
  [{ snapshotEvery: -1 }, 'snapshotEvery must be a whole number from 0, not -1'],
  [{ snapshotEvery: 1.5 }, 'snapshotEvery must be a whole number from 0, not 1.5'],
  [{ snapshotEvery: '50' }, 'snapshotEvery must be a whole number from 0, not "50"'],
  [{ cachedStatesMax: Number.POSITIVE_INFINITY }, 'cachedStatesMax must be a whole number from 0, not Infinity'],
  [{ cachedStatesMax: null }, 'cachedStatesMax must be a whole number from 0, not null'],
  [{ unknownEvents: 'passthrough' }, 'unknownEvents must be "error" or "pass-through", not "passthrough"'],
  [{ observe: 'console' }, 'observe must be a function, not "console"'],
  [{ decider: undefined }, 'decider must be one that defineDecider has made, not undefined'],
  [{ decider: {} }, 'decider must be one that defineDecider has made, not an object'],
  [{ events: {} }, 'events must be what defineEvents has made, not an object'],
  [{ events: [] }, 'events must be what defineEvents has made, not an array'],
  [
    { events: defineEvents({ Deposited: { schema: z.object({}) } }) },
    'events must define Withdrawn, which the decider has in evolve',
  ],
])('a handler with %o is refused', (options, message) => {
  const make = () =>
    commandHandler<AccountState, AccountCommands, AccountEvents>(
      unchecked({ tables: memoryTables(), decider: account, ...options }),
    );
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

const event = { id: 'e', streamId: 'Order-1', version: 1, metadata: { timestamp: '2026-03-14T15:09:26.535Z' } };

test.each<[string, unknown, unknown, unknown, string]>([
  [
    'of another category',
    'Order-1',
    close,
    {},
    'streamId must be of category Account, such as "Account-1", not "Order-1"',
  ],
  ['of a category that begins alike', 'Accounts-1', close, {}, 'streamId must be of category Account'],
  ['that is no stream', 'Account', close, {}, 'Stream id "Account" must be {Category}-{id}'],
  ['that is nothing', undefined, close, {}, 'Stream id undefined must be a string'],
  ['with no command', 'Account-1', undefined, {}, 'command must be an object with type and data, not undefined'],
  ['with a list', 'Account-1', [], {}, 'command must be an object with type and data, not an array'],
  [
    'with an unknown command',
    'Account-1',
    { type: 'Open', data: {} },
    {},
    'command.type must be one of "Deposit", "Withdraw", "Close", not "Open"',
  ],
  [
    'with a command that every object has',
    'Account-1',
    { type: 'toString', data: {} },
    {},
    'command.type must be one of',
  ],
  ['without data', 'Account-1', { type: 'Close' }, {}, 'command.data must be a JSON value, not undefined'],
  [
    'with data that are no JSON',
    'Account-1',
    { type: 'Close', data: { at: [new Date()] } },
    {},
    'command.data.at[0] must be a plain object',
  ],
  [
    'with a list of metadata',
    'Account-1',
    { ...close, metadata: [] },
    {},
    'command.metadata must be a plain object, not an array',
  ],
  [
    'with a user that is no text',
    'Account-1',
    { ...close, metadata: { userId: 7 } },
    {},
    'command.metadata.userId must be a string, not 7',
  ],
  [
    'with a time',
    'Account-1',
    { ...close, metadata: { timestamp: 'now' } },
    {},
    'command.metadata.timestamp is set by the store',
  ],
  [
    'with metadata that are no JSON',
    'Account-1',
    { ...close, metadata: { n: Number.NaN } },
    {},
    'command.metadata.n must be a finite number',
  ],
  ['with options that are a key', 'Account-1', close, 'k', 'options must be an object, not "k"'],
  ['with null for options', 'Account-1', close, null, 'options must be an object, not null'],
  [
    'with an empty key',
    'Account-1',
    close,
    { idempotencyKey: '' },
    'idempotencyKey must have 1 to 128 characters, not 0',
  ],
  [
    'with a long key',
    'Account-1',
    close,
    { idempotencyKey: 'k'.repeat(129) },
    'idempotencyKey must have 1 to 128 characters, not 129',
  ],
  ['with a key that is no text', 'Account-1', close, { idempotencyKey: 7 }, 'idempotencyKey must be a string'],
  [
    'with two keys',
    'Account-1',
    close,
    { idempotencyKey: 'k', reactionTo: { name: 'n', event } },
    'reactionTo must not stand beside idempotencyKey',
  ],
  [
    'that reacts to no object',
    'Account-1',
    close,
    { reactionTo: 'e' },
    'reactionTo must be an object with name and event, not "e"',
  ],
  [
    'that reacts to nothing',
    'Account-1',
    close,
    { reactionTo: { name: 'n' } },
    'reactionTo.event must be an event that was read',
  ],
  [
    'that reacts as nobody',
    'Account-1',
    close,
    { reactionTo: { event } },
    'reactionTo.name must be a string of 1 to 63 characters',
  ],
  [
    'that reacts under a long name',
    'Account-1',
    close,
    { reactionTo: { name: 'n'.repeat(64), event } },
    'reactionTo.name must have 1 to 63 characters, not 64',
  ],
  [
    'that reacts for half a time',
    'Account-1',
    close,
    { reactionTo: { name: 'n', event, index: 0.5 } },
    'reactionTo.index must be a whole number from 0, not 0.5',
  ],
  [
    'that reacts to an event of no version',
    'Account-1',
    close,
    { reactionTo: { name: 'n', event: { ...event, version: 0 } } },
    'reactionTo.event.version must be a whole number from 1, not 0',
  ],
  [
    'that reacts to an event of no stream',
    'Account-1',
    close,
    { reactionTo: { name: 'n', event: { ...event, streamId: undefined } } },
    'reactionTo.event.streamId must be a string',
  ],
  [
    'that reacts to an event without metadata',
    'Account-1',
    close,
    { reactionTo: { name: 'n', event: { ...event, metadata: undefined } } },
    'reactionTo.event.metadata must be an object, not undefined',
  ],
])('a command %s is refused', async (_, streamId, command, options, message) => {
  const system = accounts();
  await expect(
    system.accounts.handle(unchecked(streamId), unchecked<typeof close>(command), unchecked(options)),
  ).rejects.toThrow(message);
  expect(system.operations(), 'before anything is asked for').toEqual([]);
  await expectNothingWritten(system);
});

test('a stream of another category cannot be loaded', async () => {
  await expect(accounts().accounts.load('Order-1')).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(accounts().accounts.load('Account')).rejects.toMatchObject({ code: 'invalid-stream-id' });
});

/** A handler whose decider makes this of every command. */
function deciding(made: unknown, options: AccountOptions = {}) {
  const decide: DeciderDefinition<AccountState, AccountCommands, AccountEvents>['decide'] = unchecked({
    Deposit: () => made,
    Withdraw: () => made,
    Close: () => made,
  });
  const decider = defineDecider<AccountState, AccountCommands, AccountEvents>({
    category: 'Account',
    initialState: account.initialState,
    decide,
    evolve: { Deposited: account.evolve, Withdrawn: account.evolve, Closed: account.evolve },
  });
  return accounts({ decider, ...options });
}

const deposited = (data: unknown) => ({ type: 'Deposited', data });

test.each<[string, () => unknown, string]>([
  [
    'an event that does not fit',
    () => [deposited({ cents: 1, purpose: 'p' }), deposited({ cents: 0, purpose: 7 })],
    'events[1].data.cents of Deposited, schema version 2: ',
  ],
  [
    'an event without what it must have',
    () => [deposited({ cents: 1 })],
    'events[0].data.purpose of Deposited, schema version 2: ',
  ],
  [
    'an event that is not of the decider',
    () => [deposited({ cents: 1, purpose: 'p' }), { type: 'Opened', data: {} }],
    'events[1].type must be one of "Deposited", "Withdrawn", "Closed", for which the decider has an evolve function, not "Opened"',
  ],
  ['an event without a type', () => [{ data: {} }], 'events[0].type must be'],
  ['an event that is none', () => [null], 'events[0] must be a plain object with type and data, not null'],
  [
    'an event with metadata that are none',
    () => [{ ...deposited({ cents: 1, purpose: 'p' }), metadata: 'x' }],
    'events[0].metadata must be a plain object, not "x"',
  ],
  [
    'a promise',
    () => Promise.resolve([]),
    'decide.Deposit of decider Account has returned a promise, not a list of events',
  ],
  [
    'a promise that is rejected',
    () => Promise.reject(new Error('late')),
    'decide.Deposit of decider Account has returned a promise, not a list of events',
  ],
  ['nothing', () => undefined, 'decide.Deposit of decider Account has returned undefined, not a list of events'],
  [
    'one event',
    () => deposited({ cents: 1, purpose: 'p' }),
    'decide.Deposit of decider Account has returned an object, not a list of events',
  ],
  ['more than an item holds', () => [deposited({ cents: 1, purpose: 'x'.repeat(500_000) })], 'the limit is 409600'],
])('a decision that is %s is an error, and nothing is written', async (_, made, message) => {
  for (const idempotencyKey of [undefined, 'k']) {
    for (const metadata of [undefined, { userId: 'u' }]) {
      const system = deciding(made());
      const handled = system.accounts.handle('Account-1', { ...deposit(1), metadata }, unchecked({ idempotencyKey }));
      await expect(handled).rejects.toThrow(message);
      await expectNothingWritten(system);
    }
  }
});

test('without definitions, what the decider does not know is refused as well', async () => {
  const system = deciding(
    [{ type: 'Opened', data: {} }],
    unchecked({ events: undefined, unknownEvents: 'pass-through' }),
  );
  await expect(system.accounts.handle('Account-1', deposit(1))).rejects.toMatchObject({ code: 'invalid-event' });
  await expectNothingWritten(system);
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'evolve.Deposited of decider Account has returned undefined, not a state'],
  ['a promise', Promise.resolve({}), 'evolve.Deposited of decider Account has returned a promise, not a state'],
])('an evolve that returns %s fails before its event is there for ever', async (_, state, message) => {
  const decider = defineDecider<AccountState, AccountCommands, AccountEvents>({
    category: 'Account',
    initialState: account.initialState,
    decide: { Deposit: account.decide, Withdraw: account.decide, Close: account.decide },
    evolve: { Deposited: () => unchecked(state), Withdrawn: account.evolve, Closed: account.evolve },
  });
  const system = accounts({ decider });
  await expect(system.accounts.handle('Account-1', deposit(1))).rejects.toThrow(message);
  await expectNothingWritten(system);
  // What another version of the code has appended is named.
  await system.handler({ decider: account }).handle('Account-1', deposit(1));
  const loading = system.accounts.load('Account-1');
  await expect(loading).rejects.toThrow(UnreadableEvent);
  await expect(loading).rejects.toThrow(`at version 1 of stream "Account-1": the decider of Account fails: ${message}`);
});

test('what decide does to its state or its command is an error each time, not a wrong result the second time', async () => {
  for (const spoil of ['state', 'command', 'purposes'] as const) {
    const system = accounts({
      cachedStatesMax: 1,
      decider: {
        ...account,
        decide: (state, command) => {
          const spoilt = { state, command: command.data, purposes: state.purposes }[spoil];
          Object.assign(spoilt, { cents: 1_000_000, 0: 'spoilt' });
          return account.decide(state, command);
        },
      },
    });
    const command = deposit(1);
    await expect(system.accounts.handle('Account-1', command)).rejects.toThrow(TypeError);
    expect(command).toEqual(deposit(1));
    await expectNothingWritten(system);
  }
});

test('nobody can change a state that others share', async () => {
  const { accounts: handler, handler: another } = accounts({ cachedStatesMax: 1, snapshotEvery: 2 });
  await handler.handle('Account-1', deposit(1, 2));
  for (const one of [handler, another(), another({ snapshotEvery: 0 })]) {
    const { state } = await one.load('Account-1');
    expect(() => Object.assign(state, { cents: 5 })).toThrow(TypeError);
    expect(() => Object.assign(state.purposes, { 0: 'spoilt' })).toThrow(TypeError);
  }
});

test('what a caller does to a command that is on its way changes nothing of it', async () => {
  const { accounts: handler } = accounts();
  const command = { type: 'Deposit' as const, data: { cents: 1 } };
  const handled = handler.handle('Account-1', command);
  command.data.cents = 1_000;
  expect((await handled).events).toMatchObject([{ data: { cents: 1 } }]);
});

test('events of unknown types are errors that name the event, or are left out; newer ones of known types are errors', async () => {
  const { accounts: handler, handler: another, store, tables } = accounts();
  await handler.handle('Account-1', deposit(5));
  await store.append('Account-1', [{ id: 'odd', type: 'Opened', data: {} }]);
  const message =
    'Event "odd" ("Opened" of schema version 1) at version 2 of stream "Account-1": the decider of Account knows Deposited';
  await expect(handler.handle('Account-1', deposit(1))).rejects.toThrow(message);
  await expect(handler.load('Account-1')).rejects.toMatchObject({
    code: 'unreadable-event',
    version: 2,
    eventId: 'odd',
  });
  await store.append('Account-2', [{ id: 'new', type: 'Withdrawn', data: { euros: 1 }, schemaVersion: 2 }]);
  const newer =
    'Event "new" ("Withdrawn" of schema version 2) at version 1 of stream "Account-2": the newest schema version that this code knows is 1';
  await expect(handler.load('Account-2')).rejects.toThrow(newer);
  const lenient = another({ unknownEvents: 'pass-through', snapshotEvery: 1 });
  expect(await lenient.handle('Account-1', deposit(1))).toMatchObject({ version: 3 });
  expect(await lenient.load('Account-1')).toMatchObject({ state: { cents: 6 }, version: 3 });
  await expect(lenient.load('Account-2'), 'what is decided without it might be wrong').rejects.toThrow(newer);
  await expect(lenient.handle('Account-2', deposit(1))).rejects.toThrow(newer);
  const strict = commandHandler({
    tables,
    decider: account,
    events: accountEvents,
    snapshotEvery: 1,
    observe: () => {},
  });
  await expect(strict.load('Account-1'), 'not by a snapshot of who leaves them out').rejects.toThrow(message);
});

test.each<[AnyOptions, string]>([
  [{ category: 'A-B' }, 'category must have no "-"'],
  [{ category: '' }, 'category must have 1 to 256 characters, not 0'],
  [{ initialState: undefined }, 'initialState must be a JSON value, not undefined'],
  [{ initialState: { at: new Date() } }, 'initialState.at must be a plain object'],
  [{ stateVersion: 0 }, 'stateVersion must be a whole number from 1 to 1000000, not 0'],
  [{ stateVersion: 1_000_001 }, 'stateVersion must be a whole number from 1 to 1000000, not 1000001'],
  [{ decide: undefined }, 'decide must be an object of functions, not undefined'],
  [{ decide: { Close: [] } }, 'decide.Close must be a function of the state and what comes, not an array'],
  [{ decide: { '': () => [] } }, 'decide. must have 1 to 128 characters, not 0'],
  [{ evolve: null }, 'evolve must be an object of functions, not null'],
  [{ evolve: { Closed: 'x' } }, 'evolve.Closed must be a function of the state and what comes, not "x"'],
])('a decider with %o is refused', (wrong, message) => {
  const definition = { category: 'Account', initialState: {}, decide: {}, evolve: {}, ...wrong };
  expect(() => defineDecider<AccountState, AccountCommands, AccountEvents>(unchecked(definition))).toThrow(message);
  expect(() => defineDecider<AccountState, AccountCommands, AccountEvents>(unchecked(definition))).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});

test('what a remembered state says of a command is no reason to refuse it, whatever it is', async () => {
  // Closing writes what the balance is, which must not be negative, and as many events as there are cents.
  const decider: typeof account = {
    ...account,
    decide: ({ cents }, command) => {
      if (command.type !== 'Close') {
        return account.decide({ ...account.initialState, cents }, command);
      }
      const purpose = cents === 1 ? 'x'.repeat(500_000) : 'p';
      return [{ type: 'Deposited', data: { cents: cents === 2 ? -1 : 1, purpose } }];
    },
  };
  for (const [remembered, message] of [
    [1, 'the limit is 409600'],
    [2, 'events[0].data.cents'],
  ] as const) {
    const { handler } = accounts({ decider, cachedStatesMax: 1 });
    const [one, other] = [handler(), handler()];
    await one.handle('Account-1', deposit(remembered));
    await expect(handler().handle('Account-1', close), 'it is, as long as nothing else comes').rejects.toThrow(message);
    await other.handle('Account-1', deposit(7));
    expect(await one.handle('Account-1', close)).toMatchObject({ version: 3 });
  }
});

test('a repeat gets the first result, also where what it would make by now is refused by a schema or a limit', async () => {
  for (const data of [
    { cents: -1, purpose: 'p' },
    { cents: 1, purpose: 'x'.repeat(500_000) },
  ]) {
    const { handler } = accounts();
    const key = { idempotencyKey: 'k' };
    const first = await handler().handle('Account-1', deposit(1), key);
    const decider: typeof account = { ...account, decide: () => [{ type: 'Deposited', data }] };
    expect(await handler({ decider }).handle('Account-1', deposit(1), key)).toEqual({ ...first, duplicate: true });
    await expect(handler({ decider }).handle('Account-1', deposit(1))).rejects.not.toThrow(CommandRejected);
  }
});

test('metadata of an event that are undefined do not hide those of the command', async () => {
  const decider: typeof account = {
    ...account,
    decide: () => [{ type: 'Closed', data: {}, metadata: { userId: undefined, tag: 1 } }],
  };
  const { accounts: handler } = accounts({ decider });
  const { events } = await handler.handle('Account-1', { ...close, metadata: { userId: 'u' } });
  expect(events).toMatchObject([{ metadata: { userId: 'u', tag: 1 } }]);
});
