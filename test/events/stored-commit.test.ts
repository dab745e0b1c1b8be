/** Commits as items: what is put in is what comes out, in as few kilobytes as it takes, or a refusal that says why. */
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommitTooLarge, UnreadableItem } from '../../lib/events/errors.ts';
import { derivedEventId, emptyStream, type NewEvent, type StreamState } from '../../lib/events/event.ts';
import { ITEM_SIZE_BYTES_MAX, type Item, itemSizeBytes } from '../../lib/events/item.ts';
import { newCommit } from '../../lib/events/new-commit.ts';
import {
  type Commit,
  commitAfter,
  commitKey,
  commitSortKey,
  decodeCommit,
  decodeCommitHead,
  encodeCommit,
  type GroupMember,
  recordedEvents,
  stateAfter,
} from '../../lib/events/stored-commit.ts';
import { logSeed, seed } from '../seed.ts';
import { group, streamState, timestamp, validEvents, validName } from './arbitraries.ts';
import { isSameValue } from './same-value.ts';

logSeed();

const TIME = '2026-03-14T15:09:26.535Z';

function commitOf(events: readonly NewEvent[], state: StreamState = emptyStream('Order-1')): Commit {
  return commitAfter(state, newCommit(state.streamId, 'c-1', events), TIME);
}

describe('what is stored is what is read', () => {
  test('for any events, after any state', () => {
    fc.assert(
      fc.property(streamState, validName, validEvents, timestamp, group, (state, commitId, events, time, members) => {
        const commit = commitAfter(state, newCommit(state.streamId, commitId, events), time, members);
        const read = decodeCommit(encodeCommit(commit));
        expect(read).toStrictEqual(commit);
        const recorded = recordedEvents(read);
        expect(recorded).toHaveLength(events.length);
        for (const [index, event] of events.entries()) {
          const metadata = { ...event.metadata, timestamp: time };
          const expected = {
            id: event.id ?? derivedEventId(commitId, index),
            streamId: state.streamId,
            type: event.type,
            version: state.version + 1 + index,
            schemaVersion: event.schemaVersion ?? 1,
            data: event.data,
            metadata,
          };
          expect(isSameValue(recorded[index], expected), `event ${index}: ${JSON.stringify(recorded[index])}`).toBe(
            true,
          );
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  test('and its state is what the next commit follows', () => {
    fc.assert(
      fc.property(streamState, validEvents, (state, events) => {
        const commit = commitOf(events, state);
        const after = stateAfter(decodeCommit(encodeCommit(commit)));
        expect(after).toStrictEqual({
          streamId: state.streamId,
          version: state.version + events.length,
          lastCommit: state.version + 1,
          hash: commit.hash,
        });
        const next = commitOf([{ type: 'Next', data: null }], after);
        expect(next).toMatchObject({ version: after.version + 1, previous: commit.version });
      }),
      { seed, numRuns: 50 },
    );
  });

  test('what stands for itself is not stored: derived ids, schema version 1, empty metadata', () => {
    const spelledOut = [{ type: 'T', data: 1, id: undefined, schemaVersion: 1, metadata: { userId: undefined } }];
    const left = [{ type: 'T', data: 1 }];
    expect(encodeCommit(commitOf(spelledOut))).toStrictEqual(encodeCommit(commitOf(left)));
    expect(commitOf(left).eventsJson).toBe('[{"type":"T","data":1}]');
  });

  test('each type is listed once, in the order of its first event', () => {
    const types = ['B', 'A', 'B', 'C', 'A'];
    expect(encodeCommit(commitOf(types.map((type) => ({ type, data: null }))))['types']).toEqual(['B', 'A', 'C']);
  });
});

test('sort keys sort as versions do, up to the largest', () => {
  const versions = [1, 2, 9, 10, 99, 100, 1e15, Number.MAX_SAFE_INTEGER];
  const keys = versions.map(commitSortKey);
  expect(keys.toSorted()).toEqual(keys);
  expect(commitKey('Order-1', 12)).toEqual({ PK: 'STREAM#Order-1', SK: 'VERSION#00000000000000000012' });
});

/** The item with its events as they are before compression. */
function plainItem(commit: Commit): Item {
  return { ...encodeCommit(commit), events: commit.eventsJson };
}

const startedKilobytes = (bytes: number) => Math.ceil(bytes / 1024);

describe('compression', () => {
  /** Random letters, which hardly compress, then letters that are all alike. */
  const note = fc
    .tuple(fc.nat(3_000), fc.nat(3_000), fc.integer())
    .map(([random, alike, start]) => randomText(random, start) + 'a'.repeat(alike));

  test('is used exactly where it lowers the started kilobytes', () => {
    const seen = { plain: 0, compressed: 0 };
    fc.assert(
      fc.property(note, (data) => {
        const commit = commitOf([{ type: 'Noted', data }]);
        const plain = plainItem(commit);
        const plainKb = startedKilobytes(itemSizeBytes(plain));
        const deflatedKb = startedKilobytes(itemSizeBytes({ ...plain, events: deflateRawSync(commit.eventsJson) }));
        const item = encodeCommit(commit);
        expect(item['events'] instanceof Uint8Array).toBe(deflatedKb < plainKb);
        expect(startedKilobytes(itemSizeBytes(item))).toBe(Math.min(plainKb, deflatedKb));
        seen[item['events'] instanceof Uint8Array ? 'compressed' : 'plain'] += 1;
      }),
      { seed, numRuns: 200 },
    );
    expect(Math.min(seen.plain, seen.compressed), 'both cases come up').toBeGreaterThan(5);
  });

  test('leaves a commit of one kilobyte alone, and takes up one of a byte more', () => {
    expect(encodeCommit(commitOfSize(1024))['events']).toBeTypeOf('string');
    expect(encodeCommit(commitOfSize(1025))['events']).toBeInstanceOf(Uint8Array);
  });

  test('10 ordinary events of 300 bytes take 1 write unit instead of 3', () => {
    const event = (index: number): NewEvent => ({
      type: 'ItemAdded',
      data: { orderId: '0b54c1f2-7a31-4f5e-9d1c-5a6b7c8d9e0f', sku: `SKU-${index * 7919}`, note: 'x'.repeat(180) },
    });
    const commit = commitOf(Array.from({ length: 10 }, (_, index) => event(index)));
    expect(startedKilobytes(itemSizeBytes(plainItem(commit)))).toBe(3);
    expect(startedKilobytes(itemSizeBytes(encodeCommit(commit)))).toBe(1);
  });
});

describe('the limit of 400 KB', () => {
  test('a commit of exactly 400 KB is stored, and is read again', () => {
    const commit = commitOfSize(ITEM_SIZE_BYTES_MAX);
    expect(decodeCommit(encodeCommit(commit))).toStrictEqual(commit);
  });

  test('a commit of one byte more is refused with its size, however well it would compress', () => {
    const refused = () => encodeCommit(commitOfSize(ITEM_SIZE_BYTES_MAX + 1));
    expect(refused).toThrow(CommitTooLarge);
    expect(refused).toThrow(
      expect.objectContaining({ streamIds: ['Order-1'], sizeBytes: 409_601, limitBytes: 409_600 }),
    );
  });

  test('an item is never larger, for texts of any characters around the limit', () => {
    const character = fc.constantFrom('a', '"', 'é', '漢', '😀', '\ud83d');
    fc.assert(
      fc.property(character, fc.integer({ min: 100_000, max: 420_000 }), (text, times) => {
        const commit = commitOf([{ type: 'Noted', data: text.repeat(times) }]);
        const bytes = itemSizeBytes({ ...headOf(commit), events: commit.eventsJson });
        if (bytes > ITEM_SIZE_BYTES_MAX) {
          expect(() => encodeCommit(commit)).toThrow(expect.objectContaining({ sizeBytes: bytes }));
        } else {
          expect(itemSizeBytes(encodeCommit(commit))).toBeLessThanOrEqual(ITEM_SIZE_BYTES_MAX);
        }
      }),
      { seed, numRuns: 30 },
    );
  });
});

describe('a damaged item is refused, and named', () => {
  const group: readonly GroupMember[] = [{ streamId: 'Order-1', version: 1 }];
  const good: Item = encodeCommit(
    commitAfter(emptyStream('Order-1'), newCommit('Order-1', 'c-1', [{ type: 'T', data: 1 }]), TIME, group),
  );

  test.each<[string, Partial<Record<string, Item[string]>>]>([
    ['another kind of partition', { PK: 'LOG#Order-1' }],
    ['another kind of sort key', { SK: 'POSITION#00000000000000000001' }],
    ['a sort key without a version', { SK: 'VERSION#' }],
    ['version 0', { SK: 'VERSION#00000000000000000000' }],
    ['a version that is no number', { SK: 'VERSION#one' }],
    ['count 0', { count: 0 }],
    ['a fractional count', { count: 1.5 }],
    ['a count that is text', { count: '1' }],
    ['a negative previous commit', { previous: -1 }],
    ['a commit id that is a number', { commitId: 1 }],
    ['no time', { timestamp: null }],
    ['types that are text', { types: 'T' }],
    ['a type that is a number', { types: [1] }],
    ['a hash that is text', { hash: 'text' }],
    ['a group that is no list', { group: { streamId: 'Order-1', version: 1 } }],
    ['a member without a version', { group: [{ streamId: 'Order-1' }] }],
    ['a member at version 0', { group: [{ streamId: 'Order-1', version: 0 }] }],
    ['a member without a stream', { group: [{ version: 1 }] }],
    ['a member that is null', { group: [null] }],
  ])('%s', (_, damage) => {
    const item = damaged(good, damage);
    expectUnreadable(() => decodeCommit(item), item, 'an attribute of a commit is missing or of the wrong type');
    expectUnreadable(() => decodeCommitHead(item), item, 'an attribute of a commit is missing or of the wrong type');
  });

  test.each(['count', 'previous', 'commitId', 'timestamp', 'types', 'hash'])('no %s', (attribute) => {
    const item = without(good, attribute);
    expectUnreadable(() => decodeCommit(item), item, 'an attribute of a commit is missing or of the wrong type');
  });

  test.each<[string, Item[string], string]>([
    ['events that are a number', 1, 'it has no events'],
    ['bytes that are not deflated', new Uint8Array([1, 2, 3]), 'its events cannot be decompressed'],
    ['bytes cut short', deflateRawSync('[{"type":"T","data":1}]').subarray(0, 10), 'its events cannot be decompressed'],
    ['bytes that would fill the memory', deflateRawSync('a'.repeat(409_601)), 'its events cannot be decompressed'],
  ])('%s', (_, events, reason) => {
    const item = damaged(good, { events });
    expectUnreadable(() => decodeCommit(item), item, reason);
  });

  test.each<[string, string, string]>([
    ['events that are not JSON', '[{"type":"T"', 'its events are not JSON'],
    ['events that are no list', '{"type":"T","data":1}', 'its events are not a list of 1 events'],
    ['fewer events than counted', '[]', 'its events are not a list of 1 events'],
    [
      'more events than counted',
      '[{"type":"T","data":1},{"type":"T","data":1}]',
      'its events are not a list of 1 events',
    ],
    ['an event that is null', '[null]', 'its events are not a list of 1 events'],
    ['an event without a type', '[{"data":1}]', 'its events are not a list of 1 events'],
    ['an event without data', '[{"type":"T"}]', 'its events are not a list of 1 events'],
    ['an id that is a number', '[{"type":"T","data":1,"id":1}]', 'its events are not a list of 1 events'],
    ['schema version 0', '[{"type":"T","data":1,"schemaVersion":0}]', 'its events are not a list of 1 events'],
    ['metadata that is text', '[{"type":"T","data":1,"metadata":"m"}]', 'its events are not a list of 1 events'],
  ])('%s', (_, events, reason) => {
    const item = damaged(good, { events });
    expectUnreadable(() => recordedEvents(decodeCommit(item)), item, reason);
  });
});

/** A commit whose item has so many bytes before compression. */
function commitOfSize(bytes: number): Commit {
  const smallest = commitOf([{ type: 'Noted', data: '' }]);
  const rest = bytes - itemSizeBytes({ ...headOf(smallest), events: smallest.eventsJson });
  return commitOf([{ type: 'Noted', data: 'a'.repeat(rest) }]);
}

/** The attributes of a commit's item besides its events: those of a small commit that differs in nothing else. */
function headOf({ eventsJson: _, ...head }: Commit): Item {
  return without(encodeCommit({ ...head, eventsJson: '[]' }), 'events');
}

function without(item: Item, attribute: string): Item {
  const rest = Object.fromEntries(Object.entries(item).filter(([name]) => name !== attribute));
  return { ...rest, PK: item.PK, SK: item.SK };
}

function damaged(item: Item, damage: Partial<Record<string, Item[string]>>): Item {
  const attributes = Object.entries(damage).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...item, ...Object.fromEntries(attributes) };
}

function expectUnreadable(read: () => unknown, { PK, SK }: Item, reason: string): void {
  expect(read).toThrow(UnreadableItem);
  expect(read).toThrow(expect.objectContaining({ partitionKey: PK, sortKey: SK }));
  expect(read).toThrow(`Item ${PK} / ${SK} cannot be read: ${reason}`);
}

/** A linear congruential generator: the same text for the same start. */
function randomText(length: number, start: number): string {
  let state = start >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(48 + (state >>> 25));
  }).join('');
}
