import { UnreadableItem } from '../events/errors.ts';
import type { Item, ItemMap, ItemValue } from '../events/item.ts';

/**
 * An attribute as Lambda hands it on in the record of a stream: as in DynamoDB's JSON, one member says its type, and bytes are
 * base64 ("AttributeValue", Amazon DynamoDB Streams API reference). Sets are left out: no item of Tidemark has one.
 */
export interface StreamAttribute {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: string | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly L?: readonly StreamAttribute[] | undefined;
  readonly M?: StreamImage | undefined;
}

export interface StreamImage {
  readonly [name: string]: StreamAttribute;
}

/**
 * The item that the record of a stream shows.
 *
 * @throws {UnreadableItem} its keys are not strings, or an attribute is of a type that no item of Tidemark has
 */
export function itemOfImage(image: StreamImage): Item {
  const { PK, SK, ...attributes } = image;
  if (PK?.S === undefined || SK?.S === undefined) {
    throw new UnreadableItem(JSON.stringify(PK), JSON.stringify(SK), 'its keys are not strings');
  }
  try {
    return { ...mapOf(attributes), PK: PK.S, SK: SK.S };
  } catch (cause) {
    throw new UnreadableItem(PK.S, SK.S, 'its record has an attribute of an unknown type', { cause });
  }
}

function mapOf(image: StreamImage): ItemMap {
  return Object.fromEntries(Object.entries(image).map(([name, attribute]) => [name, valueOfAttribute(attribute)]));
}

function valueOfAttribute(attribute: StreamAttribute): ItemValue {
  const { S, N, B, BOOL, L, M } = attribute;
  const plain = S ?? (N === undefined ? undefined : Number(N)) ?? BOOL ?? L?.map(valueOfAttribute);
  if (plain !== undefined) {
    return plain;
  }
  if (B !== undefined) {
    return Buffer.from(B, 'base64');
  }
  if (M !== undefined) {
    return mapOf(M);
  }
  if (attribute.NULL === true) {
    return null;
  }
  throw new TypeError(`No such attribute: ${Object.keys(attribute).join()}`);
}
