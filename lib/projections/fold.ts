import { DocumentTooLarge } from '../events/errors.ts';
import { ITEM_SIZE_BYTES_MAX, type Item, itemSizeBytes } from '../events/item.ts';
import { jsonIssues } from '../events/json-issues.ts';
import { parseJson } from '../events/parse-json.ts';
import type { LoggedEvent } from '../log/log-reader.ts';
import { BATCH_BYTES_MAX, BATCH_ITEMS_MAX, MESSAGE_LENGTH_MAX } from './bounds.ts';
import type { Build } from './build.ts';
import type { DocumentProjection } from './definition.ts';
import { encodeDocument, type StoredDocument } from './stored-document.ts';
import type { Parked } from './stored-parked.ts';

/** An event and the key of its document; none: it is about no document. */
export interface KeyedEvent {
  readonly event: LoggedEvent;
  readonly key: string | undefined;
}

/** An event whose handling has failed. */
export interface FailedEvent {
  readonly event: LoggedEvent;
  readonly error: unknown;
}

/** What a batch of events comes to. */
export interface FoldedBatch {
  /** How many of the events, from the first. */
  readonly count: number;
  /** The documents that are changed, and their items. */
  readonly documents: readonly StoredDocument[];
  readonly items: readonly Item[];
  /** Keys under which events were set aside, and how many events. */
  readonly parked: readonly Parked[];
  readonly parkedEvents: number;
  /** The event behind them, which stops the batch. */
  readonly failed?: FailedEvent;
}

const NOTHING_FOLDED: FoldedBatch = { count: 0, documents: [], items: [], parked: [], parkedEvents: 0 };

/** What folding is done with. */
export interface FoldContext {
  readonly projection: DocumentProjection;
  readonly build: Build;
  readonly now: () => Date;
}

/**
 * Folds as many events, from the first, as fit into one transaction: 99 items of 3.5 MB together, of at most 400 KB each. One
 * event makes one document, so one always fits, or fails.
 */
export function foldBatch(
  context: FoldContext,
  events: readonly KeyedEvent[],
  documents: ReadonlyMap<string, StoredDocument>,
): FoldedBatch {
  const refused = new Map<number, unknown>();
  for (let count = events.length; ; ) {
    const known = refused.size;
    const folded = fold(context, events.slice(0, count), documents, refused);
    if (refused.size > known) {
      // A function that has failed may have changed its document on the way: once more, without calling it.
      continue;
    }
    const tooLarge = tooLargeDocument(context, folded);
    if (tooLarge === undefined && fits(folded)) {
      return folded;
    }
    if (count > 1) {
      count = Math.floor(count / 2);
      continue;
    }
    const failed = failedAlone(events, tooLarge);
    if (failed === undefined || refused.has(failed.event.position)) {
      // Not even that it is set aside can be stored with its document.
      return failed === undefined ? NOTHING_FOLDED : { ...NOTHING_FOLDED, failed };
    }
    // It is refused as if its function had thrown.
    refused.set(failed.event.position, tooLarge);
  }
}

/** The first event as the one that fails: what it makes of its document alone does not fit. */
function failedAlone([first]: readonly KeyedEvent[], error: unknown): FailedEvent | undefined {
  return first === undefined ? undefined : { event: first.event, error };
}

function fits({ items, parked }: FoldedBatch): boolean {
  const bytes = items.reduce((sum, item) => sum + itemSizeBytes(item), 0);
  return items.length + parked.length <= BATCH_ITEMS_MAX && bytes <= BATCH_BYTES_MAX;
}

function tooLargeDocument({ projection }: FoldContext, { documents, items }: FoldedBatch): unknown {
  const errors = items.map((item, index) => sizeError(projection.name, documents[index]?.key ?? '', item));
  return errors.find((error) => error !== undefined);
}

/** Why a document cannot be stored, or undefined where it can. */
export function sizeError(projection: string, key: string, item: Item): DocumentTooLarge | undefined {
  const bytes = itemSizeBytes(item);
  const isTooLarge = bytes > ITEM_SIZE_BYTES_MAX;
  return isTooLarge ? new DocumentTooLarge(projection, key, bytes, ITEM_SIZE_BYTES_MAX) : undefined;
}

/** A document while it is folded. */
interface Draft {
  readonly before: StoredDocument;
  /** Parsed; undefined: there is none. */
  document: unknown;
  position: number;
  parked: readonly number[];
}

function fold(
  { projection, build, now }: FoldContext,
  events: readonly KeyedEvent[],
  documents: ReadonlyMap<string, StoredDocument>,
  refused: Map<number, unknown>,
): FoldedBatch {
  const drafts = new Map<string, Draft>();
  const parked: Parked[] = [];
  let parkedEvents = 0;
  let count = 0;
  let failed: FailedEvent | undefined;
  for (const { event, key } of events) {
    const draft = key === undefined ? undefined : draftUnder(drafts, key, documents);
    const failure = draft === undefined ? undefined : applyTo(draft, projection, event, refused);
    if (failure !== undefined && projection.onError === 'halt') {
      failed = { event, error: failure.reason };
      break;
    }
    if (failure !== undefined) {
      parked.push(parkedOf(key ?? '', event, failure.reason, now()));
    }
    parkedEvents += draft?.parked.at(-1) === event.position ? 1 : 0;
    count += 1;
  }
  const changed = [...drafts].flatMap(([key, draft]) => changedDocument(key, draft));
  const items = changed.map((document) => encodeDocument(projection.name, build, document));
  return { count, documents: changed, items, parked, parkedEvents, ...(failed === undefined ? {} : { failed }) };
}

function draftUnder(drafts: Map<string, Draft>, key: string, documents: ReadonlyMap<string, StoredDocument>): Draft {
  const draft = drafts.get(key) ?? draftOf(documents.get(key) ?? emptyDocument(key));
  drafts.set(key, draft);
  return draft;
}

export function emptyDocument(key: string): StoredDocument {
  return { key, json: undefined, position: 0, parked: [] };
}

/** Parsed anew each time: what a function does to its argument must not be seen when the batch is folded again. */
function draftOf(before: StoredDocument): Draft {
  const document = before.json === undefined ? undefined : parseJson(before.json);
  return { before, document, position: before.position, parked: before.parked };
}

/** Applies an event, or sets it aside. Returns why it failed, where it is the one that did. */
function applyTo(
  draft: Draft,
  projection: DocumentProjection,
  event: LoggedEvent,
  refused: Map<number, unknown>,
): { readonly reason: unknown } | undefined {
  const { position } = event;
  if (draft.parked.length > 0) {
    draft.parked = [...draft.parked, position];
    return undefined;
  }
  try {
    if (refused.has(position)) {
      throw refused.get(position);
    }
    draft.document = evolved(projection, draft.document, event);
    draft.position = position;
    return undefined;
  } catch (reason) {
    refused.set(position, reason);
    draft.parked = projection.onError === 'park' ? [position] : [];
    return { reason };
  }
}

/** @throws {TypeError} it has made what is no JSON */
export function evolved(projection: DocumentProjection, document: unknown, event: LoggedEvent): unknown {
  const before = document === undefined ? structuredClone(projection.initial) : document;
  // A copy: a document that has taken over a part of the event may be changed, and the event is folded again.
  const after = projection.evolve(before, structuredClone(event));
  if (after === undefined) {
    return undefined;
  }
  const [issue] = jsonIssues(after, 'document');
  if (issue !== undefined) {
    throw new TypeError(`evolve.${event.type} has returned what is no JSON: ${issue.path} ${issue.message}`);
  }
  return after;
}

function changedDocument(key: string, { before, document, position, parked }: Draft): StoredDocument[] {
  const json = document === undefined ? undefined : JSON.stringify(document);
  const isSame = json === before.json && parked.length === before.parked.length;
  return isSame ? [] : [{ key, json, position, parked }];
}

export function parkedOf(id: string, { position, type }: LoggedEvent, error: unknown, now: Date): Parked {
  return { id, position, type, message: messageOf(error), since: now.toISOString() };
}

/** What an error says, on one line and not too long. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return message.replaceAll(/\s+/g, ' ').slice(0, MESSAGE_LENGTH_MAX);
}
