import { isPlainObject } from '../events/json-issues.ts';

/**
 * A state that nobody can change any more: commands to come, other callers and snapshots share it, so a function that changed it would be
 * wrong for all of them. In a module, who tries gets a TypeError. What is frozen already is not walked through again, so what a state has
 * in common with the one before it costs nothing.
 */
export function frozen<Value>(value: Value): Value {
  const isJsonParent = Array.isArray(value) || isPlainObject(value);
  if (isJsonParent && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
