import assert from 'node:assert/strict';
import { IdempotencyConflict, InvalidArgument } from '../../events/errors.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { noise, numbered } from '../numbered-events.ts';
import { soundStream } from '../stored-stream.ts';
import { expectCommits, newStream, type Stored } from './stored.ts';

export const appendManyCases: Cases<Stored> = {
  'appends to several streams, and each commit names the others': async ({ store, tables }) => {
    const [a, b, c] = [newStream(), newStream(), newStream()];
    const before = await store.append(b, numbered(2));
    const results = await store.appendMany([
      { streamId: a, events: numbered(3), expect: 'no-stream' },
      { streamId: b, events: numbered(1), expect: before.state },
      { streamId: c, events: numbered(2) },
    ]);
    expectEqual(
      results.map(({ streamId, firstVersion, version }) => [streamId, firstVersion, version]),
      [
        [a, 1, 3],
        [b, 3, 3],
        [c, 1, 2],
      ],
    );
    const group = results.map(({ streamId, firstVersion }) => ({ streamId, version: firstVersion }));
    for (const stream of [a, b, c]) {
      expectEqual((await soundStream(tables, stream)).at(-1)?.group, group);
    }
    const ids = results.flatMap(({ events }) => events.map(({ id }) => id));
    assert.equal(new Set(ids).size, 6);
  },

  'one stream that is not as expected refuses all of them': async ({ store, tables }) => {
    const [a, b] = [newStream(), newStream()];
    await store.append(b, numbered(2));
    for (const expected of ['no-stream', 1, 5] as const) {
      const refused = store.appendMany([
        { streamId: a, events: numbered(1) },
        { streamId: b, events: numbered(1), expect: expected },
      ]);
      await assert.rejects(refused, { code: 'wrong-expected-version', streamId: b, actualVersion: 2 });
    }
    await expectCommits(tables, a, 0);
    await expectCommits(tables, b, 1);
  },

  'a repeat appends once, told by commit id, by key or by the ids of the events': async ({ store, tables }) => {
    for (const options of [{ commitId: 'm' }, { idempotencyKey: 'm' }, {}]) {
      const [a, b] = [newStream(), newStream()];
      const id = Object.keys(options).length === 0 ? { id: `id of ${a}` } : {};
      const toA = {
        streamId: a,
        events: [{ ...id, type: 'A', data: 1 }, ...numbered(1)],
        expect: 'no-stream',
      } as const;
      const request = () => store.appendMany([toA, { streamId: b, events: numbered(2) }], options);
      const first = await request();
      await store.append(a, numbered(1));
      await store.append(b, numbered(1));
      expectEqual(
        await request(),
        first.map((result) => ({ ...result, duplicate: true })),
      );
      await expectCommits(tables, a, 2);
      await expectCommits(tables, b, 2);
    }
  },

  'a key that was used for a part of it is refused': async ({ store, tables }) => {
    const [a, b] = [newStream(), newStream()];
    await store.append(a, numbered(1), { idempotencyKey: 'part' });
    const both = [a, b].map((streamId) => ({ streamId, events: numbered(1) }));
    await assert.rejects(store.appendMany(both, { idempotencyKey: 'part' }), IdempotencyConflict);
    await expectCommits(tables, b, 0);
  },

  'racing writers of the same streams: all of "any" append, each group whole': async ({ store, tables }) => {
    const [a, b] = [newStream(), newStream()];
    const appends = (index: number) => [
      { streamId: index % 2 === 0 ? a : b, events: numbered(1, `${index}`) },
      { streamId: index % 2 === 0 ? b : a, events: numbered(2, `${index}`) },
    ];
    await Promise.all(Array.from({ length: 12 }, (_, index) => store.appendMany(appends(index))));
    const commits = [...(await soundStream(tables, a)), ...(await soundStream(tables, b))];
    assert.equal(commits.length, 24);
    for (const { group = [] } of commits) {
      for (const member of group) {
        const found = commits.find(
          ({ streamId, version }) => streamId === member.streamId && version === member.version,
        );
        expectEqual(found?.group, group);
      }
    }
  },

  'more than a transaction takes is refused before anything is written': async ({ store }) => {
    const many = Array.from({ length: 101 }, () => ({ streamId: newStream(), events: numbered(1) }));
    const [twice] = many;
    assert(twice !== undefined);
    for (const refused of [many, [], [twice, twice]]) {
      await assert.rejects(store.appendMany(refused), InvalidArgument);
    }
    await assert.rejects(store.appendMany(many.slice(0, 51), { idempotencyKey: 'k' }), InvalidArgument);
    const large = many.slice(0, 20).map(({ streamId }) => ({
      streamId,
      events: [{ type: 'A', data: noise(300_000, streamId) }],
    }));
    await assert.rejects(store.appendMany(large), { code: 'commit-too-large', limitBytes: 4 * 1024 * 1024 });
    const typed = many.slice(0, 20).map(({ streamId }, stream) => ({
      streamId,
      events: Array.from({ length: 100 }, (_, index) => ({
        type: `${noise(110, 'type')} ${stream} ${index}`,
        data: 0,
      })),
    }));
    await assert.rejects(store.appendMany(typed), {
      code: 'invalid-argument',
      message: /^appends have stream ids and event types of \d+ bytes/,
    });
    for (const { streamId } of many) {
      expectEqual((await store.head(streamId)).version, 0);
    }
  },
};
