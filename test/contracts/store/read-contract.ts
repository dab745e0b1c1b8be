import { expect, test } from 'vitest';
import { noise, numbered, orderEvents } from '../../support/events.ts';
import { type Context, newStream } from './context.ts';

export function readContract({ store }: Context): void {
  test('a stream that is not there has no events and version 0', async () => {
    const stream = newStream();
    for (const options of [
      {},
      { direction: 'backward' },
      { from: 5, limit: 2 },
      { direction: 'backward', from: 3 },
    ] as const) {
      const { events, state, next } = await store().read(stream, options);
      expect({ events, version: state.version, next }).toEqual({ events: [], version: 0, next: undefined });
    }
    expect((await store().head(stream)).version).toBe(0);
  });

  test('from any version, in both directions, with any limit, as a slice of the whole', async () => {
    const stream = newStream();
    for (const count of [1, 4, 2, 5, 1]) {
      await store().append(stream, numbered(count, `of ${count}`));
    }
    const { events: all, state } = await store().read(stream);
    expect(all.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    for (const consistency of ['strong', 'eventual'] as const) {
      for (let from = 1; from <= 15; from++) {
        for (const limit of [1, 2, 3, 5, 13, 20]) {
          const options = { from, limit, consistency };
          const forward = await store().read(stream, options);
          const upwards = all.slice(from - 1, from - 1 + limit);
          expect(forward.events, JSON.stringify(options)).toEqual(upwards);
          expect(forward.next).toBe(from + limit <= 13 ? from + limit : undefined);
          const backward = await store().read(stream, { ...options, direction: 'backward' });
          const downwards = all.slice(0, from).reverse().slice(0, limit);
          expect(backward.events, JSON.stringify(options)).toEqual(downwards);
          const lowest = downwards.at(-1)?.version ?? 1;
          expect(backward.next).toBe(lowest > 1 ? lowest - 1 : undefined);
          expect([forward.state, backward.state]).toEqual([state, state]);
        }
      }
    }
    expect((await store().read(stream, { direction: 'backward' })).events).toEqual(all.toReversed());
    expect(
      (await store().read(stream, { direction: 'backward', limit: 4 })).events.map(({ version }) => version),
    ).toEqual([13, 12, 11, 10]);
  });

  test('never stops at 1 MB or at 100 items', async () => {
    const stream = newStream();
    let { state } = await store()
      .head(stream)
      .then((head) => ({ state: head }));
    for (let commit = 0; commit < 130; commit++) {
      ({ state } = await store().append(stream, [{ type: 'Noise', data: noise(20_000, `${commit}`) }], {
        expect: state,
      }));
    }
    const forward = await store().read(stream);
    expect(forward.events.map(({ version }) => version)).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
    const backward = await store().read(stream, { direction: 'backward' });
    expect(backward.events).toEqual(forward.events.toReversed());
    expect(forward.state).toEqual(state);
  });

  test('from, limit, direction and consistency out of range are refused by name', async () => {
    const stream = newStream();
    for (const from of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(store().read(stream, { from })).rejects.toMatchObject({
        issues: [{ path: 'from' }],
      });
      await expect(store().read(stream, { limit: from })).rejects.toMatchObject({ issues: [{ path: 'limit' }] });
    }
    await expect(store().read('no dash')).rejects.toMatchObject({ code: 'invalid-stream-id' });
    await expect(store().head('no dash')).rejects.toMatchObject({ code: 'invalid-stream-id' });
  });

  test('what a read returned is a proof: the next append is accepted, from any of its parts', async () => {
    const stream = newStream();
    await store().append(stream, orderEvents(7));
    for (const options of [{ limit: 1 }, { from: 3, limit: 2 }, { direction: 'backward', limit: 1 }] as const) {
      const { state } = await store().read(stream, options);
      expect((await store().append(stream, numbered(1), { expect: state })).firstVersion).toBe(state.version + 1);
    }
  });
}
