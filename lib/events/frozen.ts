import { isPlainObject } from './json-issues.ts';

/**
 * Freezes a JSON value and everything in it: whoever changes it, in a module, gets a TypeError. What is frozen already is not walked through
 * again, so what a state has in common with the one before it costs nothing.
 */
export function frozen<Value>(value: Value): Value {
  const isJsonParent = Array.isArray(value) || isPlainObject(value);
  if (isJsonParent && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
