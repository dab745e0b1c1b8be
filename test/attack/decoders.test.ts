/** Whatever stands in a table: a decoder says what it is, or that it cannot be read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSnapshot, encodeSnapshot } from '../../lib/aggregates/stored-snapshot.ts';
import type { Item } from '../../lib/events/item.ts';
import { decodeCommit, decodeCommitHead, encodeCommit, recordedEvents } from '../../lib/events/stored-commit.ts';
import { UnreadableItem } from '../../lib/index.ts';
import { decodeEntry, EMPTY_LOG, encodeEntry, entryAfter } from '../../lib/log/log-entry.ts';
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
import { damaged, polluted } from './arbitrary-items.ts';
import { attackSeed, logAttackSeed } from './attack-seed.ts';

logAttackSeed();

const TIME = '2026-11-25T12:00:00.000Z';
const HASH = Buffer.alloc(32, 7).toString('base64url');
const BUILD = { version: 2, run: 1 };
const KEY = { kind: 'KEY', name: 'once', command: HASH } as const;

const COMMIT = encodeCommit({
  streamId: 'Order-1',
  version: 3,
  count: 1,
  previous: 1,
  commitId: 'c-1',
  timestamp: TIME,
  types: ['Placed'],
  group: [{ streamId: 'Order-1', version: 3 }],
  hash: HASH,
  eventsJson: '[{"type":"Placed","data":{"a":1}}]',
});
const ENTRY = encodeEntry(entryAfter(EMPTY_LOG, [{ streamId: 'Order-1', version: 1, count: 1, types: ['Placed'] }]));
const FAILURE = { position: 5, eventId: 'e', type: 'Placed', message: 'm', since: TIME, attempts: 1, isHalted: false };
const CHECKPOINT = encodeCheckpoint({
  name: 'orders',
  build: BUILD,
  revision: 1,
  position: 4,
  updatedAt: TIME,
  runner: 'r',
  parked: 0,
  failure: FAILURE,
  isRetired: false,
});

/** Each decoder with an item that it reads. What it returns is encoded again where there is a key that must be the same. */
const DECODERS: readonly [name: string, item: Item, decode: (item: Item) => Item | undefined][] = [
  ['commit', COMMIT, (item) => encodeCommit({ ...decodeCommit(item), ...readable(item) })],
  ['commit head', COMMIT, (item) => encodeCommit({ ...decodeCommitHead(item), eventsJson: '' })],
  ['log entry', ENTRY, (item) => encodeEntry(decodeEntry(item))],
  ['mark', encodeMark({ streamId: 'Order-1', version: 1, position: 1 }), (item) => encodeMark(decodeMark(item))],
  [
    'place of the scan',
    encodeScanPlace({ revision: 1, after: { PK: 'a', SK: 'b' }, updatedAt: TIME }),
    (item) => encodeScanPlace(decodeScanPlace(item)),
  ],
  [
    'place of verification',
    encodeVerifyPlace({ revision: 1, position: 1, hash: HASH, damages: 0, updatedAt: TIME }),
    (item) => encodeVerifyPlace(decodeVerifyPlace(item)),
  ],
  [
    'projection',
    encodeProjectionEntry({ name: 'orders', revision: 1, live: BUILD }),
    (item) => encodeProjectionEntry(decodeProjectionEntry(item)),
  ],
  ['checkpoint', CHECKPOINT, (item) => encodeCheckpoint(decodeCheckpoint(item))],
  [
    'document',
    encodeDocument('orders', BUILD, { key: 'k', json: '{"a":1}', position: 1, parked: [1] }),
    (item) => encodeDocument('orders', BUILD, decodeDocument('orders', BUILD, item)),
  ],
  [
    'parked event',
    encodeParked('orders', BUILD, { id: 'k', position: 1, type: 't', message: 'm', since: TIME }),
    (item) => encodeParked('orders', BUILD, decodeParked(item)),
  ],
  [
    'snapshot',
    encodeSnapshot({
      stream: { streamId: 'Order-1', version: 1, lastCommit: 1, hash: HASH },
      stateVersion: 1,
      shape: HASH,
      state: { a: 1 },
    }),
    (item) => encodeSnapshot(decodeSnapshot(item)),
  ],
  [
    'idempotency key',
    encodeKeyItem('Order-1', KEY, { version: 1, hasCommit: true }, new Date(TIME)),
    (item) => {
      decodeKeyItem(item);
      return undefined;
    },
  ],
];

/** The events of a commit must be readable too, or say that they are not. */
function readable(item: Item): object {
  const commit = decodeCommit(item);
  try {
    for (const event of recordedEvents(commit)) {
      expect(event).toMatchObject({ id: expect.any(String), type: expect.any(String), streamId: 'Order-1' });
    }
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableItem);
  }
  return {};
}

test.each(DECODERS)('%s', (_, item, decode) => {
  expect(decode(item)).toSatisfy((again) => again === undefined || (again.PK === item.PK && again.SK === item.SK));
  let read = 0;
  fc.assert(
    fc.property(damaged(item), (found) => {
      let again: Item | undefined;
      try {
        again = decode(found);
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableItem);
      }
      if (again !== undefined) {
        expect({ PK: again.PK, SK: again.SK }, 'it is where its key says').toEqual({ PK: found.PK, SK: found.SK });
      }
      expect(polluted()).toEqual([]);
    }),
    { seed: attackSeed, numRuns: 1_000 },
  );
  expect(read, 'some of them are readable').toBeGreaterThan(0);
});

test.each(['hash', 'events'])('a map that has bytes as its prototype is no bytes, as %s', (name) => {
  // As the SDK makes it of `{"M": {"__proto__": {"B": …}}}`.
  const forged = Object.setPrototypeOf({}, Buffer.from('x'));
  expect(forged).toBeInstanceOf(Uint8Array);
  expect(() => decodeCommit({ ...COMMIT, [name]: forged })).toThrow(UnreadableItem);
});
