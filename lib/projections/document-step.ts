import { InvalidArgument } from '../events/errors.ts';
import { nameIssue } from '../events/names.ts';
import type { LoggedEvent } from '../log/log-reader.ts';
import { getAll } from '../tables/read-all.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { BATCH_ITEMS_MAX, KEY_LENGTH_MAX } from './bounds.ts';
import type { DocumentProjection } from './definition.ts';
import { emptyDocument, type FailedEvent, foldBatch, type KeyedEvent } from './fold.ts';
import { decodeDocument, documentKey, type StoredDocument } from './stored-document.ts';
import { encodeParked } from './stored-parked.ts';
import { commit, drop, positionAfter, type Work } from './work.ts';

/** What one transaction came to: how many events, or who was faster, or which event could not be handled. */
export type Step =
  | { readonly kind: 'applied'; readonly events: number }
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'failed'; readonly failed: FailedEvent };

/**
 * Applies pending events, as many as one transaction takes: their documents and the checkpoint are written together, or not at all.
 *
 * Costs one BatchGetItem for documents that are not remembered, and 2 × (⌈document KB⌉ for each, and 1) write units.
 */
export async function applyDocuments(work: Work, projection: DocumentProjection): Promise<Step> {
  const { context, checkpoint, pending } = work;
  const { name, build } = checkpoint;
  const keyed = keyEvents(projection, pending);
  if (keyed.failed !== undefined && keyed.events.length === 0) {
    return { kind: 'failed', failed: keyed.failed };
  }
  const documents = await loadDocuments(work, keyed.keys);
  const folded = foldBatch({ projection, build, now: context.now }, keyed.events, documents);
  if (folded.count === 0 && folded.failed !== undefined) {
    return { kind: 'failed', failed: folded.failed };
  }
  const puts: ConditionalPut[] = [
    ...folded.items.map((item): ConditionalPut => ({ table: 'readModels', item, over: 'any' })),
    ...folded.parked.map(
      (one): ConditionalPut => ({ table: 'state', item: encodeParked(name, build, one), over: 'any' }),
    ),
  ];
  const position = positionAfter(work, folded.count);
  const written = await commit(work, { position, parked: checkpoint.parked + folded.parkedEvents }, puts);
  if (written === undefined) {
    return { kind: 'overtaken' };
  }
  work.checkpoint = written;
  drop(work, folded.count);
  for (const document of folded.documents) {
    work.documents.set(document);
  }
  return { kind: 'applied', events: folded.count };
}

interface Keyed {
  readonly events: readonly KeyedEvent[];
  readonly keys: ReadonlySet<string>;
  /** The event behind them, of which no key could be made. */
  readonly failed?: FailedEvent;
}

/** The first events, as far as they have no more keys than a transaction has items. */
function keyEvents(projection: DocumentProjection, events: readonly LoggedEvent[]): Keyed {
  const keyed: KeyedEvent[] = [];
  const keys = new Set<string>();
  for (const event of events) {
    let key: string | undefined;
    try {
      key = checkedKey(projection.keyOf(event));
    } catch (error) {
      return { events: keyed, keys, failed: { event, error } };
    }
    if (key !== undefined && !keys.has(key)) {
      if (keys.size === BATCH_ITEMS_MAX) {
        break;
      }
      keys.add(key);
    }
    keyed.push({ event, key });
  }
  return { events: keyed, keys };
}

function checkedKey(key: unknown): string | undefined {
  if (key === undefined) {
    return undefined;
  }
  const issue = nameIssue(key, KEY_LENGTH_MAX);
  if (issue !== undefined) {
    throw new InvalidArgument([{ path: 'key', message: `${issue}; it is what the projection made of the event` }]);
  }
  return String(key);
}

/** Documents from memory, the rest read consistently; those that are not there are empty. */
async function loadDocuments(work: Work, keys: ReadonlySet<string>): Promise<Map<string, StoredDocument>> {
  const { context, checkpoint } = work;
  const { name, build } = checkpoint;
  const documents = new Map<string, StoredDocument>();
  const unknown: string[] = [];
  for (const key of keys) {
    const known = work.documents.get(key);
    if (known === undefined) {
      unknown.push(key);
    } else {
      documents.set(key, known);
    }
  }
  const itemKeys = unknown.map((key) => documentKey(name, build, key));
  for (const item of await getAll(context, 'readModels', itemKeys, 'strong')) {
    const document = decodeDocument(name, build, item);
    documents.set(document.key, document);
  }
  for (const key of unknown) {
    documents.set(key, documents.get(key) ?? emptyDocument(key));
  }
  return documents;
}
