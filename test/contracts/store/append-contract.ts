import { expect, test } from 'vitest';
import { InvalidArgument, type StreamState, WrongExpectedVersion } from '../../../lib/index.ts';
import { numbered } from '../../support/events.ts';
import { soundStream } from '../../support/stored-stream.ts';
import { type Context, newStream } from './context.ts';

export function appendContract({ store, tables }: Context): void {
  test('what is appended is what is read, in order, with versions from 1', async () => {
    const stream = newStream();
    const metadata = {
      correlationId: 'c',
      causationId: 'k',
      userId: 'u',
      trace: { hops: [1, 2] },
    };
    const before = Date.now();
    const first = await store().append(stream, [
      { type: 'A', data: { text: 'ä€😀', list: [1, null, true] }, metadata },
      { type: 'B', data: null, id: 'given', schemaVersion: 3 },
    ]);
    const second = await store().append(stream, [{ type: 'C', data: 'text' }], { expect: first.state });
    expect(first).toMatchObject({ streamId: stream, firstVersion: 1, version: 2, duplicate: false });
    expect(second).toMatchObject({
      firstVersion: 3,
      version: 3,
      events: [{ version: 3 }],
    });
    const { events, state, next } = await store().read(stream);
    expect(events.map(({ type, version, schemaVersion, data }) => ({ type, version, schemaVersion, data }))).toEqual([
      {
        type: 'A',
        version: 1,
        schemaVersion: 1,
        data: { text: 'ä€😀', list: [1, null, true] },
      },
      { type: 'B', version: 2, schemaVersion: 3, data: null },
      { type: 'C', version: 3, schemaVersion: 1, data: 'text' },
    ]);
    expect(events.map(({ id }) => id)).toEqual([...first.events, ...second.events].map(({ id }) => id));
    expect(events[1]?.id).toBe('given');
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect(events[0]?.metadata).toEqual({
      ...metadata,
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    expect(Date.parse(events[0]?.metadata.timestamp ?? '')).toBeGreaterThanOrEqual(before);
    expect(state).toEqual(second.state);
    expect(next).toBeUndefined();
    await soundStream(tables(), stream);
  });

  test('a version, a state, "no-stream" and "exists" are accepted exactly where they are true', async () => {
    const stream = newStream();
    const events = numbered(1);
    await expect(store().append(stream, events, { expect: 'exists' })).rejects.toMatchObject({
      code: 'wrong-expected-version',
      expectedVersion: 'exists',
      actualVersion: 0,
    });
    await expect(store().append(stream, events, { expect: 3 })).rejects.toMatchObject({ actualVersion: 0 });
    const first = await store().append(stream, numbered(2), { expect: 'no-stream' });
    await expect(store().append(stream, events, { expect: 'no-stream' })).rejects.toMatchObject({
      expectedVersion: 'no-stream',
      actualVersion: 2,
    });
    await store().append(stream, events, { expect: 2 });
    await store().append(stream, events, { expect: 'exists' });
    await expect(store().append(stream, events, { expect: 2 })).rejects.toMatchObject({
      expectedVersion: 2,
      actualVersion: 4,
    });
    await expect(store().append(stream, events, { expect: first.state })).rejects.toBeInstanceOf(WrongExpectedVersion);
    expect(await soundStream(tables(), stream)).toHaveLength(3);
  });

  test('an expected version past the head or inside a commit is refused, and nothing is written', async () => {
    const stream = newStream();
    await store().append(stream, numbered(3));
    await store().append(stream, numbered(2));
    for (const version of [1, 2, 3, 4, 6, 7, 100]) {
      await expect(store().append(stream, numbered(1), { expect: version })).rejects.toMatchObject({
        code: 'wrong-expected-version',
        expectedVersion: version,
        actualVersion: 5,
      });
    }
    expect(await soundStream(tables(), stream)).toHaveLength(2);
  });

  test('of appends that race for the same version, whatever their lengths, exactly one wins', async () => {
    const stream = newStream();
    let { state } = await store().append(stream, numbered(2));
    for (let round = 0; round < 5; round++) {
      const expected: (StreamState | number)[] = [state, state.version];
      const racers = Array.from({ length: 12 }, (_, index) =>
        store().append(stream, numbered(1 + (index % 4), `${round}/${index}`), {
          expect: expected[index % 2] ?? state,
        }),
      );
      const results = await Promise.allSettled(racers);
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(winners).toHaveLength(1);
      for (const loser of losers) {
        expect(loser).toBeInstanceOf(WrongExpectedVersion);
        expect(loser).toMatchObject({ expectedVersion: state.version, actualVersion: winners[0]?.version });
      }
      state = winners[0]?.state ?? state;
    }
    expect(await soundStream(tables(), stream)).toHaveLength(6);
  });

  test('"any" never fails for a conflict: 32 writers of one stream all append', async () => {
    const stream = newStream();
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, index) => store().append(stream, numbered(1 + (index % 3), `writer ${index}`))),
    );
    const commits = await soundStream(tables(), stream);
    expect(commits).toHaveLength(32);
    expect(new Set(results.map(({ firstVersion }) => firstVersion)).size).toBe(32);
  });

  test('a state of another stream, or one that no read returned, is refused', async () => {
    const { state } = await store().append(newStream(), numbered(1));
    for (const wrong of [{ ...state }, { ...state, streamId: newStream(), hash: 'x' }, { ...state, lastCommit: 9 }]) {
      const stream = wrong.hash === 'x' ? wrong.streamId : wrong.lastCommit === 9 ? state.streamId : newStream();
      await expect(store().append(stream, numbered(1), { expect: wrong })).rejects.toBeInstanceOf(InvalidArgument);
    }
  });

  test('events that cannot be stored are refused with their path, and nothing is written', async () => {
    const stream = newStream();
    for (const [wrong, path] of [
      [{ type: 'A', data: 1, id: Symbol('id') }, 'events[0].id'],
      [{ type: 'A', data: { at: [new Date()] } }, 'events[0].data.at[0]'],
      [{ type: '', data: 1 }, 'events[0].type'],
      [{ type: 'A', data: 1, metadata: { timestamp: 'now' } }, 'events[0].metadata.timestamp'],
    ] as const) {
      const refused = Reflect.apply(store().append, undefined, [stream, [wrong]]);
      await expect(refused).rejects.toMatchObject({ code: 'invalid-event', issues: [{ path }] });
    }
    await expect(store().append(stream, [])).rejects.toMatchObject({ code: 'no-events' });
    await expect(store().append('no dash', numbered(1))).rejects.toMatchObject({ code: 'invalid-stream-id' });
    expect(await soundStream(tables(), stream)).toHaveLength(0);
  });
}
