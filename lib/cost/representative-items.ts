/** Items as the store writes them for a workload, made by the encoders that it writes with: so their sizes follow the storage format. */
import { createHash } from 'node:crypto';
import type { NewEvent } from '../events/event.ts';
import { type Item, itemSizeBytes } from '../events/item.ts';
import { newCommit } from '../events/new-commit.ts';
import { commitAfter, encodeCommit } from '../events/stored-commit.ts';
import { EMPTY_LOG, encodeEntry, entryAfter } from '../log/log-entry.ts';
import { encodeMark } from '../log/sequenced-mark.ts';
import { encodeCheckpoint } from '../projections/stored-checkpoint.ts';
import { encodeDocument } from '../projections/stored-document.ts';
import { ALIKE, STREAM_ID } from './assumptions.ts';
import type { Workload } from './workload.ts';

const TYPE = 'OrderPlaced';
const UUID = '9d0d9b0e-6f0b-4a8e-bd5f-6f6cf0e0c4d1';
const TIMESTAMP = '2026-11-25T12:00:00.000Z';

/** Events of one append: so many bytes of JSON each, of which most are alike from one to the next. */
export function representativeEvents(count: number, bytes: number): NewEvent[] {
  const length = bytes - JSON.stringify({ type: TYPE, data: '' }).length;
  const alike = text('alike', Math.round(length * ALIKE));
  return Array.from({ length: count }, (_, index) => ({
    type: TYPE,
    data: alike + text(String(index), length - alike.length),
  }));
}

export interface ItemSizes {
  readonly commit: number;
  readonly entry: number;
  readonly mark: number;
  readonly checkpoint: number;
  readonly document: number;
}

/**
 * Bytes of the items that a workload leaves behind.
 *
 * @throws {CommitTooLarge} an append would have more than 400 KB
 */
export function itemSizes(workload: Workload): ItemSizes {
  const items: Record<keyof ItemSizes, Item> = {
    commit: commitItem(workload),
    entry: entryItem(workload),
    mark: encodeMark({ streamId: STREAM_ID, version: 99, position: 999_999 }),
    checkpoint: checkpointItem(),
    document: encodeDocument('order-summary', { version: 1, run: 1 }, documentOf(workload)),
  };
  return {
    commit: itemSizeBytes(items.commit),
    entry: itemSizeBytes(items.entry),
    mark: itemSizeBytes(items.mark),
    checkpoint: itemSizeBytes(items.checkpoint),
    document: itemSizeBytes(items.document),
  };
}

function commitItem({ eventsPerAppend, bytesPerEvent }: Workload): Item {
  const commit = newCommit(STREAM_ID, UUID, representativeEvents(eventsPerAppend, bytesPerEvent));
  const state = { streamId: STREAM_ID, version: 99, lastCommit: 90, hash: text('hash', 43) };
  return encodeCommit(commitAfter(state, commit, TIMESTAMP));
}

/** Each commit is of another stream, whose ids have nothing in common but the category. */
function entryItem({ commitsPerBatch, eventsPerAppend }: Workload): Item {
  const references = Array.from({ length: commitsPerBatch }, (_, index) => ({
    streamId: `Order-${uuid(index)}`,
    version: 1,
    count: eventsPerAppend,
    types: [TYPE],
  }));
  return encodeEntry(entryAfter({ ...EMPTY_LOG, position: 999_999 }, references));
}

function checkpointItem(): Item {
  return encodeCheckpoint({
    name: 'order-summary',
    build: { version: 1, run: 1 },
    revision: 999_999,
    position: 999_999,
    updatedAt: TIMESTAMP,
    runner: UUID,
    parked: 0,
    isRetired: false,
  });
}

function documentOf({ documentBytes }: Workload) {
  return { key: STREAM_ID, json: JSON.stringify(text('document', documentBytes)), position: 999_999, parked: [] };
}

function uuid(index: number): string {
  const hex = createHash('sha256').update(String(index)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Text that no compression makes much smaller, the same for the same label. */
function text(label: string, characters: number): string {
  return createHash('shake256', { outputLength: characters }).update(label).digest('base64').slice(0, characters);
}
