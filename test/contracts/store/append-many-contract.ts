import { expect, test } from 'vitest';
import { IdempotencyConflict, InvalidArgument } from '../../../lib/index.ts';
import { noise, numbered } from '../../support/events.ts';
import { soundStream } from '../../support/stored-stream.ts';
import { type Context, newStream } from './context.ts';

export function appendManyContract({ store, tables }: Context): void {
  test('appends to several streams, and each commit names the others', async () => {
    const [a, b, c] = [newStream(), newStream(), newStream()];
    const before = await store().append(b, numbered(2));
    const results = await store().appendMany([
      { streamId: a, events: numbered(3), expect: 'no-stream' },
      { streamId: b, events: numbered(1), expect: before.state },
      { streamId: c, events: numbered(2) },
    ]);
    expect(results.map(({ streamId, firstVersion, version }) => [streamId, firstVersion, version])).toEqual([
      [a, 1, 3],
      [b, 3, 3],
      [c, 1, 2],
    ]);
    const group = results.map(({ streamId, firstVersion }) => ({ streamId, version: firstVersion }));
    for (const stream of [a, b, c]) {
      expect((await soundStream(tables(), stream)).at(-1)?.group).toEqual(group);
    }
    const ids = results.flatMap(({ events }) => events.map(({ id }) => id));
    expect(new Set(ids).size).toBe(6);
  });

  test('one stream that is not as expected refuses all of them', async () => {
    const [a, b] = [newStream(), newStream()];
    await store().append(b, numbered(2));
    for (const expected of ['no-stream', 1, 5] as const) {
      const refused = store().appendMany([
        { streamId: a, events: numbered(1) },
        { streamId: b, events: numbered(1), expect: expected },
      ]);
      await expect(refused).rejects.toMatchObject({ code: 'wrong-expected-version', streamId: b, actualVersion: 2 });
    }
    expect(await soundStream(tables(), a)).toHaveLength(0);
    expect(await soundStream(tables(), b)).toHaveLength(1);
  });

  test('a repeat appends once, told by commit id, by key or by the ids of the events', async () => {
    for (const options of [{ commitId: 'm' }, { idempotencyKey: 'm' }, {}]) {
      const [a, b] = [newStream(), newStream()];
      const id = Object.keys(options).length === 0 ? { id: `id of ${a}` } : {};
      const request = () =>
        store().appendMany(
          [
            {
              streamId: a,
              events: [{ ...id, type: 'A', data: 1 }, ...numbered(1)],
              expect: 'no-stream',
            },
            { streamId: b, events: numbered(2) },
          ],
          options,
        );
      const first = await request();
      await store().append(a, numbered(1));
      await store().append(b, numbered(1));
      expect(await request()).toEqual(first.map((result) => ({ ...result, duplicate: true })));
      expect(await soundStream(tables(), a)).toHaveLength(2);
      expect(await soundStream(tables(), b)).toHaveLength(2);
    }
  });

  test('a key that was used for a part of it is refused', async () => {
    const [a, b] = [newStream(), newStream()];
    await store().append(a, numbered(1), { idempotencyKey: 'part' });
    const both = [a, b].map((streamId) => ({ streamId, events: numbered(1) }));
    await expect(store().appendMany(both, { idempotencyKey: 'part' })).rejects.toBeInstanceOf(IdempotencyConflict);
    expect(await soundStream(tables(), b)).toHaveLength(0);
  });

  test('racing writers of the same streams: all of "any" append, each group whole', async () => {
    const [a, b] = [newStream(), newStream()];
    const appends = (index: number) => [
      { streamId: index % 2 === 0 ? a : b, events: numbered(1, `${index}`) },
      { streamId: index % 2 === 0 ? b : a, events: numbered(2, `${index}`) },
    ];
    await Promise.all(Array.from({ length: 12 }, (_, index) => store().appendMany(appends(index))));
    const commits = [...(await soundStream(tables(), a)), ...(await soundStream(tables(), b))];
    expect(commits).toHaveLength(24);
    for (const { group = [] } of commits) {
      for (const member of group) {
        const found = commits.find(
          ({ streamId, version }) => streamId === member.streamId && version === member.version,
        );
        expect(found?.group).toEqual(group);
      }
    }
  });

  test('more than a transaction takes is refused before anything is written', async () => {
    const many = Array.from({ length: 101 }, () => ({ streamId: newStream(), events: numbered(1) }));
    await expect(store().appendMany(many)).rejects.toBeInstanceOf(InvalidArgument);
    await expect(store().appendMany(many.slice(0, 51), { idempotencyKey: 'k' })).rejects.toBeInstanceOf(
      InvalidArgument,
    );
    await expect(store().appendMany([])).rejects.toBeInstanceOf(InvalidArgument);
    const [twice] = many;
    await expect(store().appendMany([twice, twice].flatMap((one) => one ?? []))).rejects.toBeInstanceOf(
      InvalidArgument,
    );
    const large = many.slice(0, 20).map(({ streamId }) => ({
      streamId,
      events: [{ type: 'A', data: noise(300_000, streamId) }],
    }));
    await expect(store().appendMany(large)).rejects.toMatchObject({
      code: 'commit-too-large',
      limitBytes: 4 * 1024 * 1024,
    });
    const typed = many.slice(0, 20).map(({ streamId }, stream) => ({
      streamId,
      events: Array.from({ length: 100 }, (_, index) => ({
        type: `${noise(110, 'type')} ${stream} ${index}`,
        data: 0,
      })),
    }));
    await expect(store().appendMany(typed)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^appends have stream ids and event types of \d+ bytes/),
    });
    for (const { streamId } of many) {
      expect((await store().head(streamId)).version).toBe(0);
    }
  });
}
