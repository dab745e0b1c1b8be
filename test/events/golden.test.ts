/** The storage formats, held to files of what has been stored before. How to add to them: test/golden/README.md. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvents } from '../../lib/events/define-events.ts';
import { UnreadableItem } from '../../lib/events/errors.ts';
import type { Item } from '../../lib/events/item.ts';
import { newCommit } from '../../lib/events/new-commit.ts';
import {
  type Commit,
  commitAfter,
  decodeCommit,
  decodeCommitHead,
  encodeCommit,
  recordedEvents,
} from '../../lib/events/stored-commit.ts';
import { decodeEntry, encodeEntry, entryAfter } from '../../lib/log/log-entry.ts';
import { decodeScanPlace, encodeScanPlace } from '../../lib/log/scan-place.ts';
import { decodeMark, encodeMark } from '../../lib/log/sequenced-mark.ts';
import {
  decodeCheckpoint,
  decodeProjectionEntry,
  encodeCheckpoint,
  encodeProjectionEntry,
} from '../../lib/projections/stored-checkpoint.ts';
import { decodeDocument, encodeDocument } from '../../lib/projections/stored-document.ts';
import { decodeParked, encodeParked } from '../../lib/projections/stored-parked.ts';
import { decodeKeyItem, encodeKeyItem } from '../../lib/store/idempotency.ts';
import { decodeVerifyPlace, encodeVerifyPlace } from '../../lib/verify/verify-place.ts';
import {
  asGolden,
  type GivenCommit,
  readGoldenCommits,
  readGoldenEntries,
  readGoldenKeys,
  readGoldenMarks,
  readGoldenPlaces,
  readGoldenProjections,
} from '../golden/read-golden.ts';

describe('commits of format 1', () => {
  const golden = readGoldenCommits('commit-format-1.json');

  describe.each(golden.commits)('$name', ({ given, item, commit, events }) => {
    const stored = item ?? addingTo(commitEntry(given));

    test('is read as it was read when it was stored', () => {
      expect(decodeCommit(stored)).toStrictEqual(commit);
      expect(recordedEvents(decodeCommit(stored))).toStrictEqual(events);
    });

    test('is read without its events as well', () => {
      const { events: _, ...withoutEvents } = stored;
      expect({ ...decodeCommitHead(withoutEvents), eventsJson: decodeCommit(stored).eventsJson }).toStrictEqual(commit);
    });

    test('is stored in the same form again', () => {
      const again = encodeCommit(commitOf(given));
      if (again['events'] instanceof Uint8Array) {
        // Versions of zlib may compress to other bytes, so of these only the content counts.
        expect(decodeCommit(again)).toStrictEqual(commit);
        expect(asGolden({ ...again, events: stored['events'] })).toStrictEqual(asGolden(stored));
      } else {
        expect(asGolden(again)).toStrictEqual(asGolden(stored));
      }
    });
  });

  test('both forms of events are among them, and commits of a group in both', () => {
    const forms = golden.commits.map(({ item }) => [typeof item?.['events'], item?.['group'] !== undefined]);
    for (const isGroup of [true, false]) {
      expect(forms).toContainEqual(['string', isGroup]);
      expect(forms).toContainEqual(['object', isGroup]);
    }
  });

  test('schema versions above 1 are among them, and events of all versions come out in the shape of today', () => {
    const events = golden.commits.flatMap(({ item }) => (item === undefined ? [] : recordedEvents(decodeCommit(item))));
    const stored = events.filter(({ type }) => type === 'ItemAdded' || type === 'ItemRemoved');
    expect(new Set(stored.map(({ schemaVersion }) => schemaVersion))).toEqual(new Set([1, 2, 3]));
    const schema = z.object({ sku: z.string(), trace: z.string() });
    const trace = (step: string) => (data: { sku: string; trace?: string }) => ({
      sku: data.sku,
      trace: `${data.trace ?? ''}${step}`,
    });
    const definition = { schema, upcasters: [trace('1'), trace('2'), trace('3')] } as const;
    const today = defineEvents({ ItemAdded: definition, ItemRemoved: definition });
    const steps = { 1: '123', 2: '23', 3: '3' };
    for (const event of stored) {
      const { sku } = z.object({ sku: z.string() }).parse(event.data);
      const data = { sku, trace: steps[z.literal([1, 2, 3]).parse(event.schemaVersion)] };
      expect(today.upcast(event)).toStrictEqual({ ...event, data, schemaVersion: 4 });
    }
  });

  test.each(golden.unreadable)('$name is refused, and the item is named', ({ item, reason }) => {
    expectUnreadable(() => decodeCommit(item), item, reason);
    expectUnreadable(() => decodeCommitHead(item), item, reason);
  });
});

describe('idempotency keys of format 1', () => {
  const golden = readGoldenKeys('idempotency-key-format-1.json');

  test.each(golden.keys)('$name is read as it was, and stored in the same form again', ({ given, item, made }) => {
    const again = encodeKeyItem(given.streamId, given.key, given.made, given.now);
    const stored = item ?? addingTo({ item: again, made: decodeKeyItem(again) });
    expect(decodeKeyItem(stored)).toStrictEqual(made);
    expect(asGolden(again)).toStrictEqual(asGolden(stored));
  });

  test.each(golden.unreadable)('$name is refused, and the item is named', ({ item, reason }) => {
    expectUnreadable(() => decodeKeyItem(item), item, reason);
  });
});

describe('log entries of format 1', () => {
  const golden = readGoldenEntries('log-entry-format-1.json');

  test.each(golden.entries)('$name is read as it was, and stored in the same form again', ({ given, item, entry }) => {
    const made = entryAfter(given.after, given.commits);
    const again = encodeEntry(made);
    const stored = item ?? addingTo({ item: again, entry: decodeEntry(again) });
    expect(decodeEntry(stored)).toStrictEqual(entry);
    expect(made).toStrictEqual(entry);
    // Versions of zlib may compress to other bytes, so of these only the content counts.
    const isCompressed = again['commits'] instanceof Uint8Array;
    expect(asGolden(isCompressed ? { ...again, commits: stored['commits'] } : again)).toStrictEqual(asGolden(stored));
    expect(decodeEntry(again)).toStrictEqual(entry);
  });

  test('both forms of references are among them', () => {
    const forms = golden.entries.map(({ item }) => typeof item?.['commits']);
    expect(new Set(forms)).toEqual(new Set(['string', 'object']));
  });

  test.each(golden.unreadable)('$name is refused, and the item is named', ({ item, reason }) => {
    expectUnreadable(() => decodeEntry(item), item, reason);
  });
});

describe('sequenced marks of format 1', () => {
  const golden = readGoldenMarks('sequenced-mark-format-1.json');

  test.each(golden.marks)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const again = encodeMark(given);
    const stored = item ?? addingTo({ item: again });
    expect(decodeMark(stored)).toStrictEqual(given);
    expect(again).toStrictEqual(stored);
  });

  test.each(golden.unreadable)('$name is refused, and the item is named', ({ item, reason }) => {
    expectUnreadable(() => decodeMark(item), item, reason);
  });
});

describe('projections of format 1', () => {
  const golden = readGoldenProjections('projection-format-1.json');

  test.each(golden.entries)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const again = encodeProjectionEntry(given);
    expect(decodeProjectionEntry(item ?? addingTo({ item: again }))).toStrictEqual(given);
    expect(again).toStrictEqual(item);
  });

  test.each(golden.checkpoints)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const again = encodeCheckpoint(given);
    expect(decodeCheckpoint(item ?? addingTo({ item: again }))).toStrictEqual(given);
    expect(again).toStrictEqual(item);
  });

  test.each(golden.documents)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const { projection, build, document } = given;
    const stored = { json: undefined, ...document };
    const again = encodeDocument(projection, build, stored);
    expect(decodeDocument(projection, build, item ?? addingTo({ item: again }))).toStrictEqual(stored);
    // Versions of zlib may compress to other bytes, so of these only the content counts.
    const isCompressed = again['document'] instanceof Uint8Array;
    expect(asGolden(isCompressed ? { ...again, document: item?.['document'] } : again)).toStrictEqual(asGolden(item));
    expect(decodeDocument(projection, build, again)).toStrictEqual(stored);
  });

  test.each(golden.parked)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const { projection, build, parked } = given;
    const again = encodeParked(projection, build, parked);
    expect(decodeParked(item ?? addingTo({ item: again }))).toStrictEqual(parked);
    expect(again).toStrictEqual(item);
  });

  test.each(golden.unreadable)('$name is refused, and the item is named', ({ what, item, reason }) => {
    const decode = {
      entry: () => decodeProjectionEntry(item),
      checkpoint: () => decodeCheckpoint(item),
      document: () => decodeDocument('order-summary', { version: 1, run: 1 }, item),
      parked: () => decodeParked(item),
    };
    expectUnreadable(decode[what], item, reason);
  });
});

describe('places of what goes on by itself, format 1', () => {
  const golden = readGoldenPlaces('place-format-1.json');

  test.each(golden.scans)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const again = encodeScanPlace(given);
    expect(decodeScanPlace(item ?? addingTo({ item: again }))).toStrictEqual(given);
    expect(asGolden(again)).toStrictEqual(asGolden(item));
  });

  test.each(golden.verifications)('$name is read as it was, and stored in the same form again', ({ given, item }) => {
    const again = encodeVerifyPlace(given);
    expect(decodeVerifyPlace(item ?? addingTo({ item: again }))).toStrictEqual(given);
    expect(asGolden(again)).toStrictEqual(asGolden(item));
  });

  test.each(golden.unreadable)('$what: $name is refused, and the item is named', ({ what, item, reason }) => {
    const decode = { scan: () => decodeScanPlace(item), verification: () => decodeVerifyPlace(item) };
    expectUnreadable(decode[what], item, reason);
  });
});

function commitOf({ after, commitId, timestamp, group, events }: GivenCommit): Commit {
  return commitAfter(after, newCommit(after.streamId, commitId, events), timestamp, group);
}

function commitEntry(given: GivenCommit): object {
  const item = encodeCommit(commitOf(given));
  return { item, commit: decodeCommit(item), events: recordedEvents(decodeCommit(item)) };
}

/** Nothing writes golden files: what is to be added is printed, to be checked and put in by hand. */
function addingTo(rest: object): never {
  throw new Error(
    `The entry has no item yet. Check this, then add it:\n${JSON.stringify(asGolden(rest), undefined, 2)}`,
  );
}

function expectUnreadable(read: () => unknown, { PK, SK }: Item, reason: string): void {
  expect(read).toThrow(new UnreadableItem(PK, SK, reason));
  expect(read).toThrow(expect.objectContaining({ code: 'unreadable-item', partitionKey: PK, sortKey: SK }));
}
