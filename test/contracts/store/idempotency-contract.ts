import { expect, test } from 'vitest';
import { createEventStore, IdempotencyConflict, WrongExpectedVersion } from '../../../lib/index.ts';
import { numbered } from '../../support/events.ts';
import { losingAnswers } from '../../support/faulty-tables.ts';
import { soundStream } from '../../support/stored-stream.ts';
import { type Context, newStream } from './context.ts';

export function idempotencyContract({ store, tables }: Context): void {
  test('a put whose answer was lost and that is repeated is one append and no error', async () => {
    const repeating = createEventStore({ tables: losingAnswers(tables(), () => 'repeat') });
    for (const options of [{}, { expect: 'no-stream' }, { idempotencyKey: 'k' }, { commitId: 'c' }] as const) {
      const stream = newStream();
      const result = await repeating.append(stream, numbered(2), options);
      expect(result).toMatchObject({ firstVersion: 1, version: 2, duplicate: true });
      expect(await soundStream(tables(), stream)).toHaveLength(1);
    }
  });

  test('a repeat with the same commit id and expectation gets the first result, also after the stream has moved on', async () => {
    const stream = newStream();
    const first = await store().append(stream, numbered(3), { expect: 'no-stream', commitId: 'first' });
    const second = await store().append(stream, numbered(2), { expect: first.state, commitId: 'second' });
    await store().append(stream, numbered(4));
    const elsewhere = createEventStore({ tables: tables() });
    for (const expected of ['no-stream', 0] as const) {
      const again = await elsewhere.append(stream, numbered(3), { expect: expected, commitId: 'first' });
      expect(again).toEqual({ ...first, duplicate: true });
    }
    for (const expected of [3, first.state]) {
      const again = await elsewhere.append(stream, numbered(2), { expect: expected, commitId: 'second' });
      expect(again).toEqual({ ...second, duplicate: true });
    }
    await expect(
      elsewhere.append(stream, numbered(2, 'other'), { expect: 3, commitId: 'second' }),
    ).rejects.toBeInstanceOf(IdempotencyConflict);
    await expect(elsewhere.append(stream, numbered(2), { expect: 5, commitId: 'second' })).rejects.toMatchObject({
      code: 'wrong-expected-version',
      actualVersion: 9,
    });
    expect(await soundStream(tables(), stream)).toHaveLength(3);
  });

  test('with "any", 20 writers that repeat the same key at once append once', async () => {
    for (const options of [{ idempotencyKey: 'k' }, { commitId: 'k' }]) {
      const stream = newStream();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => createEventStore({ tables: tables() }).append(stream, numbered(2), options)),
      );
      expect(await soundStream(tables(), stream)).toHaveLength(1);
      expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(results.map(({ events }) => JSON.stringify(events))).size).toBe(1);
    }
  });

  test('a key appends once whatever the repeat expects', async () => {
    const stream = newStream();
    const first = await store().append(stream, numbered(2), { expect: 'no-stream', idempotencyKey: 'order' });
    await store().append(stream, numbered(3));
    for (const expected of ['any', 'exists', 'no-stream', 0, 1, 2, 5, 99, first.state] as const) {
      const again = await store().append(stream, numbered(2), { expect: expected, idempotencyKey: 'order' });
      expect(again, `expecting ${JSON.stringify(expected)}`).toEqual({ ...first, duplicate: true });
    }
    expect(await soundStream(tables(), stream)).toHaveLength(2);
  });

  test('the same key or commit id with other events is refused; on another stream it is another key', async () => {
    const stream = newStream();
    for (const [name, options] of Object.entries({
      key: { idempotencyKey: 'x' },
      commit: { commitId: 'y' },
    })) {
      await store().append(stream, numbered(1, name), options);
      const refused = store().append(stream, numbered(1, 'other'), options);
      await expect(refused).rejects.toBeInstanceOf(IdempotencyConflict);
      expect((await store().append(newStream(), numbered(1, 'other'), options)).duplicate).toBe(false);
    }
    expect(await soundStream(tables(), stream)).toHaveLength(2);
  });

  test('the order of the members of data does not make other events', async () => {
    const stream = newStream();
    await store().append(stream, [{ type: 'A', data: { a: 1, b: { c: 2, d: 3 } } }], { idempotencyKey: 'x' });
    const again = await store().append(stream, [{ data: { b: { d: 3, c: 2 }, a: 1 }, type: 'A' }], {
      idempotencyKey: 'x',
    });
    expect(again.duplicate).toBe(true);
  });

  test('a refused append leaves no key, so that the key can be used after', async () => {
    const stream = newStream();
    await store().append(stream, numbered(1));
    for (const expected of ['no-stream', 7] as const) {
      const refused = store().append(stream, numbered(2), { expect: expected, idempotencyKey: 'later' });
      await expect(refused).rejects.toBeInstanceOf(WrongExpectedVersion);
    }
    const accepted = await store().append(stream, numbered(2, 'now'), { expect: 1, idempotencyKey: 'later' });
    expect(accepted).toMatchObject({ firstVersion: 2, duplicate: false });
  });

  test("the first event's id serves as the key where no other is given", async () => {
    const stream = newStream();
    const events = [{ id: 'event-1', type: 'A', data: 1 }, ...numbered(1)];
    const first = await store().append(stream, events);
    await store().append(stream, numbered(1));
    expect(await store().append(stream, events)).toEqual({ ...first, duplicate: true });
    await expect(store().append(stream, [{ id: 'event-1', type: 'A', data: 2 }])).rejects.toBeInstanceOf(
      IdempotencyConflict,
    );
    const versioned = newStream();
    const start = await store().append(versioned, events, { expect: 'no-stream' });
    await store().append(versioned, numbered(1), { expect: start.state });
    expect(await store().append(versioned, events, { expect: 'no-stream' })).toEqual({ ...start, duplicate: true });
    expect(await soundStream(tables(), versioned)).toHaveLength(2);
  });

  test('a write whose outcome is not known is settled by a repeat with the same id or key', async () => {
    for (const options of [
      { commitId: 'c', expect: 'no-stream' },
      { commitId: 'c' },
      { idempotencyKey: 'k' },
    ] as const) {
      const stream = newStream();
      const failing = createEventStore({ tables: losingAnswers(tables(), () => 'fail') });
      await expect(failing.append(stream, numbered(2), options)).rejects.toMatchObject({ code: 'unavailable' });
      await store().append(stream, numbered(1));
      expect(await store().append(stream, numbered(2), options)).toMatchObject({ firstVersion: 1, duplicate: true });
      expect(await soundStream(tables(), stream)).toHaveLength(2);
    }
  });
}
