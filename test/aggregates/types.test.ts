/** What does not fit its commands, events and states does not compile: `tsc` checks the expected errors here. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  type CommandHandler,
  type CommandOf,
  commandHandler,
  type DeciderDefinition,
  defineDecider,
  defineEvents,
  memoryTables,
  type ProcessManagerDefinition,
  type Send,
} from '../../lib/index.ts';
import { type AccountCommands, type AccountEvents, type AccountState, account, accountEvents } from './account.ts';

interface Commands {
  readonly Place: { readonly cents: number };
  readonly Ship: object;
}

type Events = {
  readonly Placed: { readonly cents: number };
  readonly Shipped: object;
};

type State = { readonly status: 'none' | 'placed' | 'shipped'; readonly cents: number };

type Definition = DeciderDefinition<State, Commands, Events>;

const fitting: Definition = {
  category: 'Order',
  initialState: { status: 'none', cents: 0 },
  decide: {
    Place: ({ status }, { data }) => (status === 'none' ? [{ type: 'Placed', data: { cents: data.cents } }] : []),
    Ship: () => [{ type: 'Shipped', data: {} }],
  },
  evolve: {
    Placed: (state, { data }) => ({ ...state, status: 'placed', cents: data.cents }),
    Shipped: (state) => ({ ...state, status: 'shipped' }),
  },
};

const { decide, evolve } = fitting;

test('a decider that fits its commands, events and states is one', () => {
  expect(defineDecider(fitting)).toMatchObject({ commandTypes: ['Place', 'Ship'], eventTypes: ['Placed', 'Shipped'] });
});

test('cases, names, data and states of a decider are checked when it is compiled', () => {
  const wrong = [
    // @ts-expect-error: a command is missing
    { ...fitting, decide: { Place: decide.Place } } satisfies Definition,
    // @ts-expect-error: there is no such command
    { ...fitting, decide: { ...decide, Cancel: () => [] } } satisfies Definition,
    // @ts-expect-error: its data have no such member
    { ...fitting, decide: { ...decide, Ship: (_: State, { data }: CommandOf<Pick<Commands, 'Ship'>>) => data.cents } },
    // @ts-expect-error: there is no such event
    { ...fitting, decide: { ...decide, Ship: () => [{ type: 'Sent', data: {} }] } } satisfies Definition,
    // @ts-expect-error: the event has other data
    { ...fitting, decide: { ...decide, Place: () => [{ type: 'Placed', data: { euros: 1 } }] } } satisfies Definition,
    // @ts-expect-error: the event has no data
    { ...fitting, decide: { ...decide, Ship: () => [{ type: 'Shipped' }] } } satisfies Definition,
    // @ts-expect-error: it is asynchronous
    { ...fitting, decide: { ...decide, Ship: async () => [] } } satisfies Definition,
    // @ts-expect-error: it returns nothing
    { ...fitting, decide: { ...decide, Ship: () => {} } } satisfies Definition,
    // @ts-expect-error: an event is missing
    { ...fitting, evolve: { Placed: evolve.Placed } } satisfies Definition,
    // @ts-expect-error: there is no such event
    { ...fitting, evolve: { ...evolve, Sent: evolve.Shipped } } satisfies Definition,
    // @ts-expect-error: it returns no such state
    { ...fitting, evolve: { ...evolve, Shipped: () => ({ status: 'sent', cents: 0 }) } } satisfies Definition,
    // @ts-expect-error: it is asynchronous
    { ...fitting, evolve: { ...evolve, Shipped: async (state: State) => state } } satisfies Definition,
    // @ts-expect-error: it is no such state
    { ...fitting, initialState: { status: 'sent', cents: 0 } } satisfies Definition,
    // @ts-expect-error: a state has more
    { ...fitting, initialState: { status: 'none' } } satisfies Definition,
  ];
  expect(wrong).toHaveLength(14);
});

/** Never called: it only has to be wrong. */
async function wrongCommands(handler: CommandHandler<AccountState, AccountCommands, AccountEvents>): Promise<void> {
  // @ts-expect-error: there is no such command
  await handler.handle('Account-1', { type: 'Open', data: {} });
  // @ts-expect-error: its data are of another type
  await handler.handle('Account-1', { type: 'Withdraw', data: { cents: '1' } });
  // @ts-expect-error: its data are those of another command
  await handler.handle('Account-1', { type: 'Withdraw', data: {} });
  // @ts-expect-error: it has no data
  await handler.handle('Account-1', { type: 'Close' });
  // @ts-expect-error: there is no such option
  await handler.handle('Account-1', { type: 'Close', data: {} }, { idempotencekey: 'k' });
  // @ts-expect-error: a user has a name
  await handler.handle('Account-1', { type: 'Close', data: {}, metadata: { userId: 7 } });
  const { events } = await handler.handle('Account-1', { type: 'Close', data: {} });
  const [event] = events;
  // @ts-expect-error: no such event is made
  expect(event?.type === 'Opened').toBe(false);
  if (event?.type === 'Withdrawn') {
    // @ts-expect-error: it has no such data
    expect(event.data.purpose).toBeUndefined();
  }
  const { state } = await handler.load('Account-1');
  // @ts-expect-error: a state cannot be changed
  state.cents = 7;
}

test('commands and their results are checked when they are compiled', () => {
  expect(wrongCommands).toBeTypeOf('function');
});

test('event definitions have to be those of the decider', () => {
  const tables = memoryTables();
  expect(commandHandler({ tables, decider: account, events: accountEvents }).handle).toBeTypeOf('function');
  const fewer = defineEvents({ Withdrawn: { schema: z.object({ cents: z.int() }) } });
  // @ts-expect-error: events are missing
  expect(() => commandHandler({ tables, decider: account, events: fewer })).toThrow('must define Deposited');
  const others = defineEvents({
    Deposited: { schema: z.object({ cents: z.string(), purpose: z.string() }) },
    Withdrawn: { schema: z.object({ cents: z.int() }) },
    Closed: { schema: z.object({}) },
  });
  // @ts-expect-error: one has other data
  expect(commandHandler({ tables, decider: account, events: others }).handle).toBeTypeOf('function');
});

test('a schema may take less than it gives, if it takes what the decider makes', () => {
  const tables = memoryTables();
  type Sent = { readonly Sent: { readonly carrier: string } };
  const parcel = defineDecider<{ readonly carrier: string }, { readonly Send: object }, Sent>({
    category: 'Parcel',
    initialState: { carrier: '' },
    decide: { Send: () => [{ type: 'Sent', data: { carrier: 'post' } }] },
    evolve: { Sent: (_, { data }) => data },
  });
  const defaulted = defineEvents({ Sent: { schema: z.object({ carrier: z.string().default('post') }) } });
  expect(commandHandler({ tables, decider: parcel, events: defaulted }).handle).toBeTypeOf('function');
  const converted = defineEvents({ Sent: { schema: z.object({ carrier: z.number().transform(String) }) } });
  // @ts-expect-error: it takes numbers only
  expect(commandHandler({ tables, decider: parcel, events: converted }).handle).toBeTypeOf('function');
});

/** Never called: it only has to be wrong. */
async function wrongReactions(
  send: Send,
  handler: CommandHandler<AccountState, AccountCommands, AccountEvents>,
): Promise<void> {
  await send(handler, 'Account-1', { type: 'Close', data: {} });
  // @ts-expect-error: there is no such command
  await send(handler, 'Account-1', { type: 'Open', data: {} });
  // @ts-expect-error: its data are of another type
  await send(handler, 'Account-1', { type: 'Withdraw', data: { cents: '1' } });
}

test('what a process manager reacts to and sends is checked when it is compiled', () => {
  type Manager = ProcessManagerDefinition<Events>;
  const manager: Manager = {
    name: 'manager',
    version: 1,
    react: { Placed: async ({ data }) => data.cents, Shipped: () => undefined },
  };
  const { react } = manager;
  const wrong = [
    // @ts-expect-error: a case is missing
    { ...manager, react: { Placed: react.Placed } } satisfies Manager,
    // @ts-expect-error: there is no such event
    { ...manager, react: { ...react, Sent: react.Shipped } } satisfies Manager,
    // @ts-expect-error: what it returns cannot be waited for
    { ...manager, react: { ...react, Shipped: () => 'done' } } satisfies Manager,
    // @ts-expect-error: it has no version
    { name: 'manager', react } satisfies Manager,
  ];
  expect(wrong).toHaveLength(4);
  expect(wrongReactions).toBeTypeOf('function');
});
