/** STORAGE FORMAT of a long text in an item: a string, or raw deflate (RFC 1951) where that lowers the started kilobytes. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UnreadableItem } from './errors.ts';
import { ITEM_SIZE_BYTES_MAX, type Item } from './item.ts';
import { isBytes } from './stored-value.ts';

/** DynamoDB charges writes by the started kilobyte, so only a kilobyte less is worth compressing for. */
const WRITE_UNIT_BYTES = 1024;

/**
 * An item that is over DynamoDB's limit with the text as it is stays so, to be refused by whoever stores it: whether something fits does
 * not depend on how well it compresses, and what is stored can be decompressed within the limit.
 *
 * @param itemBytes of the whole item, with the text as it is
 */
export function encodeText(text: string, itemBytes: number): string | Uint8Array {
  if (itemBytes <= WRITE_UNIT_BYTES || itemBytes > ITEM_SIZE_BYTES_MAX) {
    return text;
  }
  const deflated = deflateRawSync(text);
  const deflatedBytes = itemBytes - Buffer.byteLength(text) + deflated.byteLength;
  return startedKilobytes(deflatedBytes) < startedKilobytes(itemBytes) ? deflated : text;
}

/**
 * The text that an attribute of an item holds.
 *
 * @throws {UnreadableItem} it holds none
 */
export function decodeText({ PK, SK, ...attributes }: Item, name: string): string {
  const value = attributes[name];
  if (typeof value === 'string') {
    return value;
  }
  if (!isBytes(value)) {
    throw new UnreadableItem(PK, SK, `it has no ${name}`);
  }
  try {
    // More than an item holds is never written, so a bound costs nothing and a forged item cannot fill the memory.
    return inflateRawSync(value, { maxOutputLength: ITEM_SIZE_BYTES_MAX }).toString();
  } catch (cause) {
    throw new UnreadableItem(PK, SK, `its ${name} cannot be decompressed`, { cause });
  }
}

function startedKilobytes(bytes: number): number {
  return Math.ceil(bytes / WRITE_UNIT_BYTES);
}
