/** Requests and units of commands, which do not vary. */
import { expect, test } from 'vitest';
import { memoryTables, type TableRequest } from '../../lib/index.ts';
import { account, deposit, withdraw } from './account.ts';
import { accounts } from './accounts.ts';

test('a command on a new stream: one read for a snapshot, one of the stream, one write', async () => {
  const { accounts: handler, operations } = accounts();
  await handler.handle('Account-1', deposit(1));
  expect(operations()).toEqual(['get', 'query', 'put']);
});

test('without snapshots: one read, one write', async () => {
  const { accounts: handler, operations } = accounts({ snapshotEvery: 0 });
  for (let round = 0; round < 3; round++) {
    await handler.handle('Account-1', deposit(1));
    expect(operations()).toEqual(['query', 'put']);
  }
});

test('on a snapshot: two reads and one write, and a snapshot at most every 50 events', async () => {
  const { accounts: handler, operations, observed } = accounts();
  await handler.handle('Account-1', deposit(1, 49));
  expect(operations()).toEqual(['get', 'query', 'put']);
  await handler.handle('Account-1', deposit(1));
  expect(operations(), 'the fiftieth event').toEqual(['get', 'query', 'put', 'put']);
  for (let version = 51; version < 100; version++) {
    await handler.handle('Account-1', deposit(1));
    expect(operations()).toEqual(['get', 'query', 'put']);
  }
  await handler.handle('Account-1', deposit(1));
  expect(operations()).toEqual(['get', 'query', 'put', 'put']);
  expect(observed()).toEqual(
    [50, 100].map((version) => ({ kind: 'snapshot-written', streamId: 'Account-1', version })),
  );
});

test('a commit over several snapshots makes one', async () => {
  const { accounts: handler, observed } = accounts();
  await handler.handle('Account-1', deposit(1, 260));
  expect(observed()).toMatchObject([{ kind: 'snapshot-written', version: 260 }]);
});

test('200 commands of four processes that remember make four snapshots', async () => {
  const { handler, observed } = accounts({ cachedStatesMax: 10 });
  const processes = Array.from({ length: 4 }, () => handler());
  for (let index = 0; index < 200; index++) {
    await processes[index % 4]?.handle('Account-1', deposit(1));
  }
  const written = observed().filter(({ kind }) => kind === 'snapshot-written');
  expect(written).toMatchObject([50, 100, 150, 200].map((version) => ({ version })));
});

test('on a remembered state: one request', async () => {
  const { accounts: handler, operations } = accounts({ cachedStatesMax: 10 });
  await handler.handle('Account-1', deposit(1));
  operations();
  for (let round = 0; round < 40; round++) {
    await handler.handle('Account-1', deposit(1));
    expect(operations()).toEqual(['put']);
  }
});

test('as many states are remembered as one wants, those that were used last', async () => {
  const { accounts: handler, operations } = accounts({ cachedStatesMax: 2 });
  for (const id of ['1', '2', '1', '3', '1']) {
    await handler.handle(`Account-${id}`, deposit(1));
  }
  operations();
  await handler.handle('Account-1', deposit(1));
  await handler.handle('Account-3', deposit(1));
  expect(operations()).toEqual(['put', 'put']);
  await handler.handle('Account-2', deposit(1));
  expect(operations()).toEqual(['get', 'query', 'put']);
});

test('a conflict costs one refused write and no read; a refusal on a remembered state one Query', async () => {
  const { handler, operations } = accounts({ cachedStatesMax: 10 });
  const [one, other] = [handler(), handler()];
  await one.handle('Account-1', deposit(1));
  await other.handle('Account-1', deposit(1));
  operations();
  await one.handle('Account-1', withdraw(2));
  expect(operations(), 'what was drawn is known to be there from the refused write').toEqual(['query', 'put']);
  await one.handle('Account-1', deposit(2));
  operations();
  await other.handle('Account-1', deposit(1));
  expect(operations()).toEqual(['put', 'put', 'query', 'put']);
  await one.handle('Account-1', deposit(2));
  expect(operations(), 'one commit behind').toEqual(['put', 'put']);
  await expect(other.handle('Account-1', withdraw(100))).rejects.toThrow();
  expect(operations()).toEqual(['query']);
  await other.handle('Account-1', withdraw(1));
  expect(operations(), 'what was looked at to refuse it is remembered').toEqual(['put']);
});

test('with an idempotency key: no read more; a repeat that is refused by now looks for the key', async () => {
  const { accounts: handler, operations } = accounts();
  const key = { idempotencyKey: 'k' };
  await handler.handle('Account-1', deposit(1));
  operations();
  await handler.handle('Account-1', withdraw(1), key);
  expect(operations()).toEqual(['get', 'query', 'transact']);
  await handler.handle('Account-1', withdraw(1), key);
  expect(operations(), 'the key, and the commit that it has made').toEqual(['get', 'query', 'get', 'get']);
});

test('a conflict with an idempotency key costs one refused transaction and no read', async () => {
  const { handler, operations } = accounts({ cachedStatesMax: 10 });
  const [one, other] = [handler(), handler()];
  await one.handle('Account-1', deposit(9));
  await other.handle('Account-1', deposit(9));
  operations();
  await one.handle('Account-1', withdraw(1), { idempotencyKey: 'k' });
  expect(operations()).toEqual(['transact', 'transact']);
  await other.handle('Account-1', withdraw(1), { idempotencyKey: 'k' });
  expect(operations(), 'the key is told with the conflict').toEqual(['transact', 'get']);
});

test('each event of a command goes through evolve once, also after a conflict on each state that it is decided on', async () => {
  const evolved: string[] = [];
  const counting: typeof account = {
    ...account,
    evolve: (state, event) => {
      evolved.push(`${event.type} ${event.version}`);
      return account.evolve(state, event);
    },
  };
  const { accounts: one, handler } = accounts({ cachedStatesMax: 10, decider: counting });
  const other = handler({ decider: account });
  await one.handle('Account-1', deposit(9, 2));
  expect(evolved.splice(0)).toEqual(['Deposited 1', 'Deposited 2']);
  await other.handle('Account-1', deposit(1));
  await one.handle('Account-1', withdraw(1));
  expect(evolved).toEqual(['Withdrawn 3', 'Deposited 3', 'Withdrawn 4']);
  expect(await one.load('Account-1')).toEqual(await other.load('Account-1'));
});

test('a stream of 10,000 events with a snapshot is loaded with two requests of 1.5 units', async () => {
  const requests: TableRequest[] = [];
  const tables = memoryTables({ observer: (request) => requests.push(request) });
  const { accounts: handler } = accounts({ tables });
  for (let index = 0; index < 100; index++) {
    await handler.handle('Account-1', deposit(1, 100));
  }
  requests.length = 0;
  expect(await handler.load('Account-1')).toMatchObject({ version: 10_000, state: { cents: 10_000 } });
  expect(requests.map(({ operation }) => operation)).toEqual(['get', 'query']);
  expect(requests.reduce((units, { readUnits }) => units + readUnits, 0)).toBe(1.5);
});
