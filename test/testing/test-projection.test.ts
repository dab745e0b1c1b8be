import { AssertionError } from 'node:assert/strict';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvents, defineProjection } from '../../lib/index.ts';
import { testProjection } from '../../lib/testing/index.ts';

interface Events {
  readonly Added: { readonly label: string };
  readonly Removed: object;
}

const labels = defineProjection<Events, { labels: string[]; at: string; note?: undefined }>({
  name: 'labels',
  version: 1,
  category: 'List',
  key: ({ streamId }) => streamId.slice('List-'.length),
  initial: { labels: [], at: '' },
  evolve: {
    Added: (document, { data: { label }, metadata }) => {
      if (label === 'bad') {
        throw new Error('bad label');
      }
      document.labels.push(label);
      return { ...document, at: metadata.timestamp, note: undefined };
    },
    Removed: () => undefined,
  },
});

const added = (label: string, streamId = 'List-1') => ({ type: 'Added', data: { label }, streamId }) as const;

const AT = '2026-01-01T00:00:00.000Z';

test('what holds passes', () => {
  const begun = testProjection(labels).given(added('a'), added('x', 'List-2'), added('y', 'Other-1'));
  begun.thenDocument('1', { labels: ['a'], at: AT });
  begun.thenDocuments({ 1: { labels: ['a'], at: AT }, 2: { labels: ['x'], at: AT } });
  begun.given(added('b')).thenDocument('1', { labels: ['a', 'b'], at: AT });
  begun.given({ type: 'Removed', data: {} }).thenNoDocument('1');
  begun.given({ type: 'Praised', data: {}, schemaVersion: 1 }).thenDocument('1', { labels: ['a'], at: AT });
  begun
    .given({ ...added('b'), timestamp: '2026-02-02T00:00:00.000Z' })
    .thenDocument('1', { labels: ['a', 'b'], at: '2026-02-02T00:00:00.000Z' });
  testProjection(labels).thenDocuments({});
});

test.each<[string, () => void, RegExp]>([
  [
    'another document',
    () =>
      testProjection(labels)
        .given(added('a'))
        .thenDocument('1', { labels: ['b'], at: AT }),
    /Document "1" of labels.*'a'.*'b'/s,
  ],
  [
    'none where there is to be one',
    () => testProjection(labels).given(added('a')).thenDocument('2', {}),
    /There is no document "2" of labels; there are "1"/,
  ],
  [
    'one where there is to be none',
    () => testProjection(labels).given(added('a')).thenNoDocument('1'),
    /Document "1" of labels/,
  ],
  ['one more', () => testProjection(labels).given(added('a')).thenDocuments({}), /The documents of labels/],
])('%s is a difference that is shown', (_, check, message) => {
  expect(check).toThrow(AssertionError);
  expect(check).toThrow(message);
});

test('events are of the current version of their schema, unless they say otherwise', () => {
  const events = defineEvents({
    Added: { schema: z.object({ label: z.string() }), upcasters: [(data: { name: string }) => ({ label: data.name })] },
  });
  const typed = defineProjection({
    name: 'labels',
    version: 1,
    events,
    key: ({ streamId }) => streamId,
    initial: { label: '' },
    evolve: { Added: (_, { data, schemaVersion }) => ({ label: `${data.label} ${schemaVersion}` }) },
  });
  testProjection(typed).given(added('a', 'List-1')).thenDocument('List-1', { label: 'a 2' });
  testProjection(typed)
    .given({ type: 'Added', streamId: 'List-1', data: { name: 'b' }, schemaVersion: 1 })
    .thenDocument('List-1', { label: 'b 2' });
  // @ts-expect-error: there is no such event
  expect(() => testProjection(typed).given({ type: 'Aded', data: {} }).thenDocuments({})).toThrow(
    'labels is given Aded, which is not among its events: Added',
  );
});

test('events are checked when this is compiled, but those whose schema version is named', () => {
  const begun = testProjection(labels);
  const wrong = [
    // @ts-expect-error: there is no such event
    () => begun.given({ type: 'Aded', data: { label: 'a' } }),
    // @ts-expect-error: it has other data
    () => begun.given({ type: 'Added', data: { name: 'a' } }),
    // @ts-expect-error: it has no data
    () => begun.given({ type: 'Removed' }),
    // @ts-expect-error: there is no such member
    () => begun.given({ type: 'Removed', data: {}, stream: 'List-1' }),
  ];
  expect(wrong).toHaveLength(4);
  begun.given({ type: 'Aded', data: { name: 'a' }, schemaVersion: 1 }).thenDocuments({});
});

test('a function that fails is named, with its event', () => {
  const check = () => testProjection(labels).given(added('a'), added('bad')).thenNoDocument('1');
  expect(check).toThrow(/labels fails for Added at position 2: bad label/);
});
