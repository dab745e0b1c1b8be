import assert from 'node:assert/strict';
import { IdempotencyConflict, WrongExpectedVersion } from '../../events/errors.ts';
import { createEventStore } from '../../store/event-store.ts';
import type { Cases } from '../contract.ts';
import { expectEqual, expectProperties } from '../expect.ts';
import { losingAnswers } from '../faulty-tables.ts';
import { numbered } from '../numbered-events.ts';
import { expectCommits, newStream, type Stored } from './stored.ts';

const repeats: Cases<Stored> = {
  'a put whose answer was lost and that is repeated is one append and no error': async ({ tables }) => {
    const repeating = createEventStore({ tables: losingAnswers(tables, () => 'repeat') });
    for (const options of [{}, { expect: 'no-stream' }, { idempotencyKey: 'k' }, { commitId: 'c' }] as const) {
      const stream = newStream();
      const result = await repeating.append(stream, numbered(2), options);
      expectProperties(result, { firstVersion: 1, version: 2, duplicate: true });
      await expectCommits(tables, stream, 1);
    }
  },

  'a repeat with the same commit id and expectation gets the first result, also after the stream has moved on': async ({
    store,
    tables,
  }) => {
    const stream = newStream();
    const first = await store.append(stream, numbered(3), { expect: 'no-stream', commitId: 'first' });
    const second = await store.append(stream, numbered(2), { expect: first.state, commitId: 'second' });
    await store.append(stream, numbered(4));
    const elsewhere = createEventStore({ tables });
    for (const expected of ['no-stream', 0] as const) {
      const again = await elsewhere.append(stream, numbered(3), { expect: expected, commitId: 'first' });
      expectEqual(again, { ...first, duplicate: true });
    }
    for (const expected of [3, first.state]) {
      const again = await elsewhere.append(stream, numbered(2), { expect: expected, commitId: 'second' });
      expectEqual(again, { ...second, duplicate: true });
    }
    const other = elsewhere.append(stream, numbered(2, 'other'), { expect: 3, commitId: 'second' });
    await assert.rejects(other, IdempotencyConflict);
    await assert.rejects(elsewhere.append(stream, numbered(2), { expect: 5, commitId: 'second' }), {
      code: 'wrong-expected-version',
      actualVersion: 9,
    });
    await expectCommits(tables, stream, 3);
  },

  'with "any", 20 writers that repeat the same key at once append once': async ({ tables }) => {
    for (const options of [{ idempotencyKey: 'k' }, { commitId: 'k' }]) {
      const stream = newStream();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => createEventStore({ tables }).append(stream, numbered(2), options)),
      );
      await expectCommits(tables, stream, 1);
      assert.equal(results.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal(new Set(results.map(({ events }) => JSON.stringify(events))).size, 1);
    }
  },

  'a write whose outcome is not known is settled by a repeat with the same id or key': async ({ store, tables }) => {
    for (const options of [
      { commitId: 'c', expect: 'no-stream' },
      { commitId: 'c' },
      { idempotencyKey: 'k' },
    ] as const) {
      const stream = newStream();
      const failing = createEventStore({ tables: losingAnswers(tables, () => 'fail') });
      await assert.rejects(failing.append(stream, numbered(2), options), { code: 'unavailable' });
      await store.append(stream, numbered(1));
      const again = await store.append(stream, numbered(2), options);
      expectProperties(again, { firstVersion: 1, duplicate: true });
      await expectCommits(tables, stream, 2);
    }
  },
};

const keys: Cases<Stored> = {
  'a key appends once whatever the repeat expects': async ({ store, tables }) => {
    const stream = newStream();
    const first = await store.append(stream, numbered(2), { expect: 'no-stream', idempotencyKey: 'order' });
    await store.append(stream, numbered(3));
    for (const expected of ['any', 'exists', 'no-stream', 0, 1, 2, 5, 99, first.state] as const) {
      const again = await store.append(stream, numbered(2), { expect: expected, idempotencyKey: 'order' });
      expectEqual(again, { ...first, duplicate: true }, `expecting ${JSON.stringify(expected)}`);
    }
    await expectCommits(tables, stream, 2);
  },

  'the same key or commit id with other events is refused; on another stream it is another key': async ({
    store,
    tables,
  }) => {
    const stream = newStream();
    for (const [name, options] of Object.entries({ key: { idempotencyKey: 'x' }, commit: { commitId: 'y' } })) {
      await store.append(stream, numbered(1, name), options);
      await assert.rejects(store.append(stream, numbered(1, 'other'), options), IdempotencyConflict);
      assert.equal((await store.append(newStream(), numbered(1, 'other'), options)).duplicate, false);
    }
    await expectCommits(tables, stream, 2);
  },

  'the order of the members of data does not make other events': async ({ store }) => {
    const stream = newStream();
    const options = { idempotencyKey: 'x' };
    await store.append(stream, [{ type: 'A', data: { a: 1, b: { c: 2, d: 3 } } }], options);
    const again = await store.append(stream, [{ data: { b: { d: 3, c: 2 }, a: 1 }, type: 'A' }], options);
    assert.equal(again.duplicate, true);
  },

  'a refused append leaves no key, so that the key can be used after': async ({ store }) => {
    const stream = newStream();
    await store.append(stream, numbered(1));
    for (const expected of ['no-stream', 7] as const) {
      const refused = store.append(stream, numbered(2), { expect: expected, idempotencyKey: 'later' });
      await assert.rejects(refused, WrongExpectedVersion);
    }
    const accepted = await store.append(stream, numbered(2, 'now'), { expect: 1, idempotencyKey: 'later' });
    expectProperties(accepted, { firstVersion: 2, duplicate: false });
  },

  "the first event's id serves as the key where no other is given": async ({ store, tables }) => {
    const stream = newStream();
    const events = [{ id: 'event-1', type: 'A', data: 1 }, ...numbered(1)];
    const first = await store.append(stream, events);
    await store.append(stream, numbered(1));
    expectEqual(await store.append(stream, events), { ...first, duplicate: true });
    await assert.rejects(store.append(stream, [{ id: 'event-1', type: 'A', data: 2 }]), IdempotencyConflict);
    const versioned = newStream();
    const start = await store.append(versioned, events, { expect: 'no-stream' });
    await store.append(versioned, numbered(1), { expect: start.state });
    expectEqual(await store.append(versioned, events, { expect: 'no-stream' }), { ...start, duplicate: true });
    await expectCommits(tables, versioned, 2);
  },
};

export const idempotencyCases: Cases<Stored> = { ...repeats, ...keys };
