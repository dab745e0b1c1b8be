import { describe, expect, test } from 'vitest';
import { CommandRejected, commandHandler, createEventStore, type Tables } from '../../lib/index.ts';
import { account, accountEvents, close, deposit, withdraw } from './account.ts';

/** What commands promise, on whatever tables. `streamId` gives another stream of accounts each time. */
export function commandContract(tables: () => Tables, streamId: () => string): void {
  const system = () => {
    const store = createEventStore({ tables: tables() });
    return {
      store,
      id: streamId(),
      handler: commandHandler({ tables: tables(), decider: account, events: accountEvents }),
    };
  };

  test('a command appends what was decided, and says so', async () => {
    const { store, id, handler } = system();
    const result = await handler.handle(id, deposit(100, 2));
    expect(result).toMatchObject({ streamId: id, version: 2, duplicate: false });
    expect(result.events).toMatchObject([
      { version: 1, type: 'Deposited', schemaVersion: 2, data: { cents: 100, purpose: 'saving' } },
      { version: 2, type: 'Deposited', schemaVersion: 2 },
    ]);
    expect((await store.read(id)).events).toEqual(result.events);
    expect(await handler.load(id)).toEqual({
      state: { cents: 200, isClosed: false, purposes: ['saving'] },
      version: 2,
    });
  });

  test('what the rules refuse is thrown as it is, and nothing is written', async () => {
    const { store, id, handler } = system();
    await handler.handle(id, deposit(100));
    await expect(handler.handle(id, withdraw(101))).rejects.toThrow(CommandRejected);
    await expect(handler.handle(id, withdraw(101))).rejects.toMatchObject({ reason: 'not-enough' });
    expect((await store.head(id)).version).toBe(1);
  });

  test('a command that leaves nothing to do is accepted, and nothing is written', async () => {
    const { store, id, handler } = system();
    await handler.handle(id, close);
    expect(await handler.handle(id, close)).toEqual({ streamId: id, version: 1, events: [], duplicate: false });
    expect((await store.head(id)).version).toBe(1);
  });

  test("a command's metadata are those of its events, whose own come first", async () => {
    const { store, id } = system();
    const decider: typeof account = {
      ...account,
      decide: () => [
        { type: 'Closed', data: {} },
        { type: 'Closed', data: {}, metadata: { userId: 'the decider', tag: 1 } },
      ],
    };
    const handler = commandHandler({ tables: tables(), decider });
    const metadata = { correlationId: 'c', causationId: 'x', userId: 'u', from: 'a test' };
    await handler.handle(id, { ...close, metadata });
    const { events } = await store.read(id);
    expect(events[0]?.metadata).toMatchObject(metadata);
    expect(events[1]?.metadata).toMatchObject({ ...metadata, userId: 'the decider', tag: 1 });
  });

  test('of 16 writers at once each accepted command counts once, and no refused one', async () => {
    const { store, id } = system();
    await commandHandler({ tables: tables(), decider: account }).handle(id, deposit(10));
    const writers = Array.from({ length: 16 }, (_, index) =>
      commandHandler({ tables: tables(), decider: account, events: accountEvents, cachedStatesMax: index % 2 }),
    );
    // 10 cents are there, so 10 of 32 withdrawals are accepted.
    const results = await Promise.all(
      writers.flatMap((writer) => [
        writer.handle(id, withdraw(1)).then(
          () => 'accepted',
          (error: unknown) => error,
        ),
        writer.handle(id, withdraw(1)).then(
          () => 'accepted',
          (error: unknown) => error,
        ),
      ]),
    );
    expect(results.filter((result) => result === 'accepted')).toHaveLength(10);
    const refused = results.filter((result) => result !== 'accepted');
    expect(refused.every((error) => error instanceof CommandRejected)).toBe(true);
    const { events } = await store.read(id);
    expect(events.map(({ type }) => type)).toEqual(['Deposited', ...Array.from({ length: 10 }, () => 'Withdrawn')]);
  });

  describe('with an idempotency key', () => {
    test('a repeat gets the first result, also where the command would be refused by now', async () => {
      const { store, id, handler } = system();
      const first = await handler.handle(id, deposit(100), { idempotencyKey: 'k1' });
      const drawn = await handler.handle(id, withdraw(100), { idempotencyKey: 'k2' });
      await handler.handle(id, close);
      expect(await handler.handle(id, withdraw(100), { idempotencyKey: 'k2' })).toEqual({ ...drawn, duplicate: true });
      expect(await handler.handle(id, deposit(100), { idempotencyKey: 'k1' })).toEqual({ ...first, duplicate: true });
      expect((await store.head(id)).version).toBe(3);
    });

    test('a repeat gets the first result where the command would make other events by now', async () => {
      const { store, id } = system();
      let made = 0;
      const decider: typeof account = {
        ...account,
        decide: () => [{ type: 'Deposited', data: { cents: ++made, purpose: 'p' } }],
      };
      const handler = commandHandler({ tables: tables(), decider });
      const first = await handler.handle(id, deposit(1), { idempotencyKey: 'k' });
      const other = commandHandler({ tables: tables(), decider });
      expect(await other.handle(id, deposit(1), { idempotencyKey: 'k' })).toEqual({ ...first, duplicate: true });
      expect((await store.read(id)).events).toHaveLength(1);
    });

    test('a repeat of what had nothing to do has nothing to do', async () => {
      const { store, id } = system();
      const decider: typeof account = { ...account, decide: () => [] };
      const idle = commandHandler({ tables: tables(), decider });
      const first = await idle.handle(id, close, { idempotencyKey: 'k' });
      expect(first).toEqual({ streamId: id, version: 0, events: [], duplicate: false });
      const handler = commandHandler({ tables: tables(), decider: account });
      expect(await handler.handle(id, close, { idempotencyKey: 'k' })).toEqual({ ...first, duplicate: true });
      expect(await idle.handle(id, close, { idempotencyKey: 'k' })).toEqual({ ...first, duplicate: true });
      expect((await store.head(id)).version).toBe(0);
    });

    test('what was refused leaves no key', async () => {
      const { id, handler } = system();
      const key = { idempotencyKey: 'k' };
      await expect(handler.handle(id, withdraw(1), key)).rejects.toThrow(CommandRejected);
      await handler.handle(id, deposit(1));
      expect(await handler.handle(id, withdraw(1), key)).toMatchObject({ version: 2, duplicate: false });
    });

    test('the same key for another command is refused, whatever comes first', async () => {
      const { store, id, handler } = system();
      const key = { idempotencyKey: 'k' };
      await handler.handle(id, deposit(1), key);
      for (const command of [deposit(2), withdraw(1), withdraw(5), close]) {
        await expect(handler.handle(id, command, key)).rejects.toMatchObject({ code: 'idempotency-conflict' });
      }
      await expect(store.append(id, [{ type: 'Closed', data: {} }], key)).rejects.toMatchObject({
        code: 'idempotency-conflict',
      });
      await store.append(id, [{ type: 'Closed', data: {} }], { idempotencyKey: 'of an append' });
      await expect(handler.handle(id, close, { idempotencyKey: 'of an append' })).rejects.toMatchObject({
        code: 'idempotency-conflict',
      });
      expect((await store.head(id)).version).toBe(2);
    });

    test('the order of names in data does not tell commands apart, nor do metadata', async () => {
      const { id, handler } = system();
      const key = { idempotencyKey: 'k' };
      await handler.handle(id, { type: 'Deposit', data: { cents: 1, times: 2 }, metadata: { userId: 'a' } }, key);
      const again = handler.handle(
        id,
        { type: 'Deposit', data: { times: 2, cents: 1 }, metadata: { userId: 'b' } },
        key,
      );
      expect(await again).toMatchObject({ version: 2, duplicate: true });
    });

    test('of many at once one is done, and all get its result', async () => {
      const { store, id } = system();
      const results = await Promise.all(
        Array.from({ length: 8 }, () =>
          commandHandler({ tables: tables(), decider: account }).handle(id, deposit(5), { idempotencyKey: 'k' }),
        ),
      );
      expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(results.map(({ events }) => events[0]?.id)).size).toBe(1);
      expect((await store.head(id)).version).toBe(1);
    });
  });
}
