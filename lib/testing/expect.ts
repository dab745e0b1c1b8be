import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { TEXT_SHOWN_CHARACTERS_MAX } from './bounds.ts';
import { prefixMessage } from './contract.ts';

/**
 * Requires that two values are deeply equal, and shows how they differ. Whether bytes come as a Buffer makes no difference.
 *
 * @param where what is compared, where a case compares more than once
 */
export function expectEqual(actual: unknown, expected: unknown, where?: string): void {
  try {
    assert.deepStrictEqual(comparable(actual), comparable(expected));
  } catch (error) {
    if (where !== undefined) {
      prefixMessage(where, error);
    }
    throw error;
  }
}

/** Requires that a value has these properties, among others. */
export function expectProperties<Value extends object>(actual: Value, expected: Partial<Value>): void {
  const names = Object.keys(expected);
  expectEqual(Object.fromEntries(names.map((name) => [name, Reflect.get(actual, name)])), expected);
}

/**
 * A value as it is compared and shown: bytes are plain Uint8Arrays, objects without a prototype are as good as others, and
 * of long text there is the beginning and what tells it from any other, lest a message has 400 KB in it.
 */
export function comparable(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > TEXT_SHOWN_CHARACTERS_MAX ? shortened(value) : value;
  }
  if (value instanceof Uint8Array) {
    return new Uint8Array(value);
  }
  if (Array.isArray(value)) {
    return value.map(comparable);
  }
  return isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, comparable(part)]))
    : value;
}

function shortened(text: string): string {
  // UTF-16 tells lone surrogates apart, which UTF-8 does not.
  const hash = createHash('sha256').update(text, 'utf16le').digest('hex');
  return `${text.slice(0, 20)}… (${text.length} characters, SHA-256 ${hash})`;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
