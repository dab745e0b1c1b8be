/** STORAGE FORMAT of the documents of projections, items of the ReadModels table. */
import { UnreadableItem } from '../events/errors.ts';
import { type Item, type ItemKey, itemSizeBytes } from '../events/item.ts';
import { decodeText, encodeText } from '../events/stored-text.ts';
import { isListOf, isWhole } from '../events/stored-value.ts';
import { type Build, buildName } from './build.ts';

const FORMAT = 1;
const SORT_KEY = 'DOCUMENT';

/** What is stored under a key. */
export interface StoredDocument {
  readonly key: string;
  /** JSON; undefined where there is no document (any more). */
  readonly json: string | undefined;
  /** Of the last event that it was made from; 0 for none. */
  readonly position: number;
  /** The positions of events that wait behind one that failed, itself the first, in their order. */
  readonly parked: readonly number[];
}

export function documentPartitionPrefix(name: string, build: Build): string {
  return `${name}@${buildName(build)}#`;
}

export function documentKey(name: string, build: Build, key: string): ItemKey {
  return { PK: `${documentPartitionPrefix(name, build)}${key}`, SK: SORT_KEY };
}

export function encodeDocument(name: string, build: Build, { key, json, position, parked }: StoredDocument): Item {
  const plain = {
    ...documentKey(name, build, key),
    format: FORMAT,
    position,
    ...(parked.length === 0 ? {} : { parked }),
    ...(json === undefined ? {} : { document: json }),
  };
  return json === undefined ? plain : { ...plain, document: encodeText(json, itemSizeBytes(plain)) };
}

/** @throws {UnreadableItem} */
export function decodeDocument(name: string, build: Build, item: Item): StoredDocument {
  const { PK, SK, format, position, parked = [] } = item;
  const prefix = documentPartitionPrefix(name, build);
  if (format !== FORMAT || !PK.startsWith(prefix) || !isWhole(position, 0) || !isListOf(parked, isPosition)) {
    throw new UnreadableItem(PK, SK, 'it is not a document of a format that this version knows');
  }
  const json = item['document'] === undefined ? undefined : decodeText(item, 'document');
  return { key: PK.slice(prefix.length), json, position, parked };
}

function isPosition(value: unknown): value is number {
  return isWhole(value, 1);
}
