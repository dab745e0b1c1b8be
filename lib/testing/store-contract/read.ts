import assert from 'node:assert/strict';
import type { RecordedEvent } from '../../events/event.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { noise, numbered } from '../numbered-events.ts';
import { expectIssue, newStream, type Stored } from './stored.ts';

export const readCases: Cases<Stored> = {
  'a stream that is not there has no events and version 0': async ({ store }) => {
    const stream = newStream();
    for (const options of [
      {},
      { direction: 'backward' },
      { from: 5, limit: 2 },
      { direction: 'backward', from: 3 },
    ] as const) {
      const { events, state, next } = await store.read(stream, options);
      expectEqual({ events, version: state.version, next }, { events: [], version: 0, next: undefined });
    }
    expectEqual((await store.head(stream)).version, 0);
  },

  'from any version, in both directions, with any limit, as a slice of the whole': async ({ store }) => {
    const stream = newStream();
    for (const count of [1, 4, 2, 5, 1]) {
      await store.append(stream, numbered(count, `of ${count}`));
    }
    const { events: all, state } = await store.read(stream);
    expectEqual(
      all.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    );
    for (const consistency of ['strong', 'eventual'] as const) {
      for (let from = 1; from <= 15; from++) {
        for (const limit of [1, 2, 3, 5, 13, 20]) {
          for (const direction of ['forward', 'backward'] as const) {
            const options = { from, limit, direction, consistency };
            const { events, next, state: reached } = await store.read(stream, options);
            expectEqual(
              { events, next, reached },
              { ...sliceOf(all, options), reached: state },
              JSON.stringify(options),
            );
          }
        }
      }
    }
    expectEqual((await store.read(stream, { direction: 'backward' })).events, all.toReversed());
    const { events: last } = await store.read(stream, { direction: 'backward', limit: 4 });
    expectEqual(
      last.map(({ version }) => version),
      [13, 12, 11, 10],
    );
  },

  'never stops at 1 MB or at 100 items': async ({ store }) => {
    const stream = newStream();
    let state = await store.head(stream);
    for (let commit = 0; commit < 130; commit++) {
      const events = [{ type: 'Noise', data: noise(20_000, `${commit}`) }];
      ({ state } = await store.append(stream, events, { expect: state }));
    }
    const forward = await store.read(stream);
    expectEqual(
      forward.events.map(({ version }) => version),
      Array.from({ length: 130 }, (_, index) => index + 1),
    );
    const backward = await store.read(stream, { direction: 'backward' });
    expectEqual(backward.events, forward.events.toReversed());
    expectEqual(forward.state, state);
  },

  'from, limit, direction and consistency out of range are refused by name': async ({ store }) => {
    const stream = newStream();
    for (const outOfRange of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expectIssue(store.read(stream, { from: outOfRange }), 'invalid-argument', 'from');
      await expectIssue(store.read(stream, { limit: outOfRange }), 'invalid-argument', 'limit');
    }
    await assert.rejects(store.read('no dash'), { code: 'invalid-stream-id' });
    await assert.rejects(store.head('no dash'), { code: 'invalid-stream-id' });
  },

  'what a read returned is a proof: the next append is accepted, from any of its parts': async ({ store }) => {
    const stream = newStream();
    await store.append(stream, numbered(7));
    for (const options of [{ limit: 1 }, { from: 3, limit: 2 }, { direction: 'backward', limit: 1 }] as const) {
      const { state } = await store.read(stream, options);
      const { firstVersion } = await store.append(stream, numbered(1), { expect: state });
      assert.equal(firstVersion, state.version + 1);
    }
  },
};

/** What a read of a part of a stream gives, told once more in another way. */
function sliceOf(
  all: readonly RecordedEvent[],
  { from, limit, direction }: { readonly from: number; readonly limit: number; readonly direction: string },
) {
  const inOrder = direction === 'forward' ? all.slice(from - 1) : all.slice(0, from).toReversed();
  return { events: inOrder.slice(0, limit), next: inOrder[limit]?.version };
}
