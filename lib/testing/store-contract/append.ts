import assert from 'node:assert/strict';
import { InvalidArgument, WrongExpectedVersion } from '../../events/errors.ts';
import type { StreamState } from '../../events/event.ts';
import type { Cases } from '../contract.ts';
import { expectEqual, expectProperties } from '../expect.ts';
import { numbered } from '../numbered-events.ts';
import { soundStream } from '../stored-stream.ts';
import { expectCommits, expectIssue, newStream, type Stored } from './stored.ts';

export const appendCases: Cases<Stored> = {
  'what is appended is what is read, in order, with versions from 1': async ({ store, tables }) => {
    const stream = newStream();
    const metadata = { correlationId: 'c', causationId: 'k', userId: 'u', trace: { hops: [1, 2] } };
    const before = Date.now();
    const first = await store.append(stream, [
      { type: 'A', data: { text: 'ä€😀', list: [1, null, true] }, metadata },
      { type: 'B', data: null, id: 'given', schemaVersion: 3 },
    ]);
    const second = await store.append(stream, [{ type: 'C', data: 'text' }], { expect: first.state });
    expectProperties(first, { streamId: stream, firstVersion: 1, version: 2, duplicate: false });
    expectProperties(second, { firstVersion: 3, version: 3 });
    expectEqual(
      second.events.map(({ version }) => version),
      [3],
    );
    const { events, state, next } = await store.read(stream);
    expectEqual(
      events.map(({ type, version, schemaVersion, data }) => ({ type, version, schemaVersion, data })),
      [
        { type: 'A', version: 1, schemaVersion: 1, data: { text: 'ä€😀', list: [1, null, true] } },
        { type: 'B', version: 2, schemaVersion: 3, data: null },
        { type: 'C', version: 3, schemaVersion: 1, data: 'text' },
      ],
    );
    const ids = events.map(({ id }) => id);
    expectEqual(
      ids,
      [...first.events, ...second.events].map(({ id }) => id),
    );
    assert.equal(ids[1], 'given');
    assert.equal(new Set(ids).size, 3);
    const { timestamp, ...rest } = events[0]?.metadata ?? {};
    expectEqual(rest, metadata);
    assert.match(`${timestamp}`, /^\d{4}-.*\.\d{3}Z$/);
    assert(Date.parse(`${timestamp}`) >= before, `the timestamp ${timestamp} is when it was appended`);
    expectEqual(state, second.state);
    assert.equal(next, undefined);
    await soundStream(tables, stream);
  },

  'a version, a state, "no-stream" and "exists" are accepted exactly where they are true': async ({
    store,
    tables,
  }) => {
    const stream = newStream();
    const events = numbered(1);
    await assert.rejects(store.append(stream, events, { expect: 'exists' }), {
      code: 'wrong-expected-version',
      expectedVersion: 'exists',
      actualVersion: 0,
    });
    await assert.rejects(store.append(stream, events, { expect: 3 }), { actualVersion: 0 });
    const first = await store.append(stream, numbered(2), { expect: 'no-stream' });
    await assert.rejects(store.append(stream, events, { expect: 'no-stream' }), {
      expectedVersion: 'no-stream',
      actualVersion: 2,
    });
    await store.append(stream, events, { expect: 2 });
    await store.append(stream, events, { expect: 'exists' });
    await assert.rejects(store.append(stream, events, { expect: 2 }), { expectedVersion: 2, actualVersion: 4 });
    await assert.rejects(store.append(stream, events, { expect: first.state }), WrongExpectedVersion);
    await expectCommits(tables, stream, 3);
  },

  'an expected version past the head or inside a commit is refused, and nothing is written': async ({
    store,
    tables,
  }) => {
    const stream = newStream();
    await store.append(stream, numbered(3));
    await store.append(stream, numbered(2));
    for (const version of [1, 2, 3, 4, 6, 7, 100]) {
      await assert.rejects(store.append(stream, numbered(1), { expect: version }), {
        code: 'wrong-expected-version',
        expectedVersion: version,
        actualVersion: 5,
      });
    }
    await expectCommits(tables, stream, 2);
  },

  'of appends that race for the same version, whatever their lengths, exactly one wins': async ({ store, tables }) => {
    const stream = newStream();
    let { state } = await store.append(stream, numbered(2));
    for (let round = 0; round < 5; round++) {
      const expected: (StreamState | number)[] = [state, state.version];
      const racers = Array.from({ length: 12 }, (_, index) =>
        store.append(stream, numbered(1 + (index % 4), `${round}/${index}`), { expect: expected[index % 2] ?? state }),
      );
      const results = await Promise.allSettled(racers);
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const [winner] = winners;
      assert(winner !== undefined && winners.length === 1, `one of the appends wins, not ${winners.length}`);
      for (const loser of results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))) {
        assert(loser instanceof WrongExpectedVersion, `who loses is told by which version, not: ${loser}`);
        expectProperties(loser, { expectedVersion: state.version, actualVersion: winner.version });
      }
      state = winner.state;
    }
    await expectCommits(tables, stream, 6);
  },

  '"any" never fails for a conflict: 32 writers of one stream all append': async ({ store, tables }) => {
    const stream = newStream();
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, index) => store.append(stream, numbered(1 + (index % 3), `writer ${index}`))),
    );
    await expectCommits(tables, stream, 32);
    assert.equal(new Set(results.map(({ firstVersion }) => firstVersion)).size, 32);
  },

  'a state of another stream, or one that no read returned, is refused': async ({ store }) => {
    const { state } = await store.append(newStream(), numbered(1));
    const other = newStream();
    for (const [stream, wrong] of [
      [newStream(), { ...state }],
      [other, { ...state, streamId: other, hash: 'x' }],
      [state.streamId, { ...state, lastCommit: 9 }],
    ] as const) {
      await assert.rejects(store.append(stream, numbered(1), { expect: wrong }), InvalidArgument);
    }
  },

  'events that cannot be stored are refused with their path, and nothing is written': async ({ store, tables }) => {
    const stream = newStream();
    for (const [wrong, path] of [
      [{ type: 'A', data: 1, id: Symbol('id') }, 'events[0].id'],
      [{ type: 'A', data: { at: [new Date()] } }, 'events[0].data.at[0]'],
      [{ type: '', data: 1 }, 'events[0].type'],
      [{ type: 'A', data: 1, metadata: { timestamp: 'now' } }, 'events[0].metadata.timestamp'],
    ] as const) {
      await expectIssue(Reflect.apply(store.append, undefined, [stream, [wrong]]), 'invalid-event', path);
    }
    await assert.rejects(store.append(stream, []), { code: 'no-events' });
    await assert.rejects(store.append('no dash', numbered(1)), { code: 'invalid-stream-id' });
    await expectCommits(tables, stream, 0);
  },
};
