import { expect, test } from 'vitest';
import { commandHandler, defineProcessManager, defineProjection } from '../../lib/index.ts';
import { memorySystem } from '../../lib/testing/index.ts';
import { type AccountEvents, account, accountEvents, deposit } from '../aggregates/account.ts';

const balances = defineProjection<Pick<AccountEvents, 'Deposited'>, { cents: number }>({
  name: 'balances',
  version: 1,
  key: ({ streamId }) => streamId,
  initial: { cents: 0 },
  evolve: { Deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
});

test('what was appended is in the log and in projections once it has settled', async () => {
  const { store, settle, readModels } = memorySystem({ projections: [balances] });
  await store.append('Account-1', [{ type: 'Deposited', data: { cents: 5 } }]);
  expect((await store.log()).events).toEqual([]);
  await settle();
  expect((await store.log()).events).toHaveLength(1);
  expect(await readModels.document('balances', 'Account-1')).toMatchObject({ document: { cents: 5 }, position: 1 });
  await settle();
  await store.append('Account-1', [{ type: 'Deposited', data: { cents: 5 } }]);
  await settle();
  expect(await readModels.document('balances', 'Account-1')).toMatchObject({ document: { cents: 10 }, position: 2 });
});

test('what follows from an event follows, through as many process managers as there are', async () => {
  const system = memorySystem({ projections: [balances, passOn(3)] });
  const { tables, settle, readModels } = system;
  await handlerOn(tables).handle('Account-1', deposit(1));
  await settle();
  expect(await readModels.document('balances', 'Account-3')).toMatchObject({ document: { cents: 1 } });
  expect(await readModels.document('balances', 'Account-4')).toBeUndefined();

  function passOn(last: number) {
    return defineProcessManager<Pick<AccountEvents, 'Deposited'>>({
      name: 'pass-on',
      version: 1,
      react: {
        Deposited: ({ streamId }, send) => {
          const number = Number(streamId.slice('Account-'.length));
          return number < last ? send(handlerOn(system.tables), `Account-${number + 1}`, deposit(1)) : undefined;
        },
      },
    });
  }
});

function handlerOn(tables: ReturnType<typeof memorySystem>['tables']) {
  return commandHandler({ tables, decider: account, events: accountEvents });
}

test('process managers that go on for ever are found out', async () => {
  const echo = defineProcessManager<Pick<AccountEvents, 'Deposited'>>({
    name: 'echo',
    version: 1,
    react: { Deposited: ({ streamId }, send) => send(handlerOn(system.tables), streamId, deposit(1)) },
  });
  const system = memorySystem({ projections: [echo] });
  await system.store.append('Account-1', [{ type: 'Deposited', data: { cents: 5 } }]);
  await expect(system.settle()).rejects.toThrow(/After 100 rounds there are still new events/);
});

test('a projection that halts says why', async () => {
  const failing = defineProjection<Pick<AccountEvents, 'Deposited'>, object>({
    name: 'failing',
    version: 1,
    key: ({ streamId }) => streamId,
    initial: {},
    evolve: {
      Deposited: () => {
        throw new Error('no room');
      },
    },
  });
  const { store, settle } = memorySystem({ projections: [failing] });
  await store.append('Account-1', [{ type: 'Deposited', data: { cents: 5 } }]);
  await expect(settle()).rejects.toThrow('Projection failing halts at position 1 (Deposited): Error: no room');
});
