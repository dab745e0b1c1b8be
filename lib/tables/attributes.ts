import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { UnreadableItem } from '../events/errors.ts';
import type { Item } from '../events/item.ts';

/** An item in the form of DynamoDB's API. */
export function toAttributes(item: Item): Record<string, AttributeValue> {
  return marshall(item);
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
