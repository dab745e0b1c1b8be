/** Guards of values that were read from an item. */

export function isWhole(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min;
}

export function isListOf<Element>(value: unknown, is: (element: unknown) => element is Element): value is Element[] {
  return Array.isArray(value) && value.every(is);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** The hash that an item holds as bytes, base64url. */
export function hashOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64url');
}
