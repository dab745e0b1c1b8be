import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { UnreadableItem } from '../events/errors.ts';
import { type Item, type ItemMap, type ItemValue, isList } from '../events/item.ts';

/**
 * An item in the form of DynamoDB's API. Each append makes one: the SDK's `marshall` takes anything, and two to three times as long.
 *
 * @throws {RangeError} a number that DynamoDB would hold as another one
 */
export function toAttributes(item: ItemMap): Record<string, AttributeValue> {
  const attributes: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(item)) {
    attributes.push([name, toAttribute(value)]);
  }
  // Not set, for a name may be `__proto__`.
  return Object.fromEntries(attributes);
}

function toAttribute(value: ItemValue): AttributeValue {
  if (typeof value === 'string') {
    return { S: value };
  }
  if (typeof value === 'number') {
    return { N: exact(value) };
  }
  if (value === null) {
    return { NULL: true };
  }
  if (typeof value === 'boolean') {
    return { BOOL: value };
  }
  if (ArrayBuffer.isView(value)) {
    return { B: value };
  }
  return isList(value) ? { L: value.map(toAttribute) } : { M: toAttributes(value) };
}

function exact(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`An item has the number ${value}, which DynamoDB cannot hold exactly`);
  }
  return String(value);
}

/**
 * An item from the form of DynamoDB's API. Its numbers are the nearest that JavaScript has: the SDK would make some of them bigints, and throw
 * at 1e100, so that one forged number took with it the page of items that it is on.
 */
export function toItem(attributes: Record<string, AttributeValue>): Item {
  const item = unmarshall(attributes, { wrapNumbers: Number });
  if (isItem(item)) {
    return item;
  }
  throw new UnreadableItem(String(item['PK']), String(item['SK']), 'its keys are not strings');
}

function isItem(value: Record<string, unknown>): value is Item {
  return typeof value['PK'] === 'string' && typeof value['SK'] === 'string';
}
