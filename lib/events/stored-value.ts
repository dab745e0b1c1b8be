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

/**
 * Not by `instanceof` alone: the SDK makes a map's member `__proto__` its prototype, so an item may have a map that is an instance of
 * `Uint8Array` and fails at the first use.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array;
}

/** The hash that an item holds as bytes, base64url. */
export function hashOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64url');
}
