/** A value of an item's attribute, of the kinds that Tidemark stores. */
export type ItemValue = string | number | boolean | null | Uint8Array | readonly ItemValue[] | ItemMap;

export interface ItemMap {
  readonly [name: string]: ItemValue;
}

/** The primary key of an item. All tables have the same key attributes. */
export interface ItemKey {
  readonly PK: string;
  readonly SK: string;
}

/** An item as DynamoDB holds it. */
export interface Item extends ItemKey {
  readonly [name: string]: ItemValue;
}

/** DynamoDB's limit for an item, attribute names included: 400 KB ("Quotas in Amazon DynamoDB", item size). */
export const ITEM_SIZE_BYTES_MAX = 400 * 1024;

/** Size in bytes of an item by DynamoDB's published rules ("DynamoDB item sizes and formats"). */
export function itemSizeBytes(item: ItemMap): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    size += Buffer.byteLength(name) + valueSizeBytes(value);
  }
  return size;
}

function valueSizeBytes(value: ItemValue): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  if (typeof value === 'number') {
    return numberSizeBytes(value);
  }
  if (value === null || typeof value === 'boolean') {
    return 1;
  }
  if (ArrayBuffer.isView(value)) {
    return value.byteLength;
  }
  return isList(value) ? listSizeBytes(value) : mapSizeBytes(value);
}

/**
 * 1 byte for two significant digits, and 1 byte; a sign takes 1 byte more, and 0 is 1 byte. AWS says "approximately"; that
 * pairs of digits begin at the decimal point, so that 120 is 1 and 20, is measured on DynamoDB Local.
 */
function numberSizeBytes(value: number): number {
  if (value === 0) {
    return 1;
  }
  if (Number.isSafeInteger(value) && value > 0) {
    return wholeSizeBytes(value);
  }
  const [digits = '', exponent] = value.toExponential().split('e');
  const significant = digits.replace(/[-.]/g, '').length;
  const isFirstAlone = Number(exponent) % 2 === 0;
  return Math.ceil((significant + (isFirstAlone ? 1 : 0)) / 2) + 1 + (value < 0 ? 1 : 0);
}

/** The same, for nearly all numbers that Tidemark stores, in a tenth of the time. */
function wholeSizeBytes(value: number): number {
  let pairs = value;
  while (pairs % 100 === 0) {
    pairs /= 100;
  }
  let size = 1;
  for (; pairs >= 1; pairs = Math.floor(pairs / 100)) {
    size += 1;
  }
  return size;
}

/** 3 bytes for the list, and 1 byte more for each element. */
function listSizeBytes(values: readonly ItemValue[]): number {
  return values.reduce((size: number, value) => size + 1 + valueSizeBytes(value), 3);
}

function mapSizeBytes(values: ItemMap): number {
  return 3 + Object.keys(values).length + itemSizeBytes(values);
}

export function isList(value: readonly ItemValue[] | ItemMap): value is readonly ItemValue[] {
  return Array.isArray(value);
}
