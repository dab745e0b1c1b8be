/**
 * Whether a value that was read is the one that was given: equal in every part, kind by kind. A property that is undefined
 * counts as absent, and a plain object is one with or without a prototype. Written for these tests alone, because the
 * equality of test libraries forgives what matters here: `0` and `-0`, holes, symbols, what an array has besides elements.
 */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (!(isObject(one) && isObject(other))) {
    return Object.is(one, other);
  }
  const isArray = Array.isArray(one);
  if (isArray !== Array.isArray(other) || !isPlain(one, isArray) || !isPlain(other, isArray)) {
    return false;
  }
  const names = namesOf(one, isArray);
  const otherNames = new Set(namesOf(other, isArray));
  return (
    names.length === otherNames.size &&
    names.every((name) => otherNames.has(name) && isSameValue(Reflect.get(one, name), Reflect.get(other, name)))
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isPlain(value: object, isArray: boolean): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return isArray ? prototype === Array.prototype : prototype === Object.prototype || prototype === null;
}

function namesOf(value: object, isArray: boolean): PropertyKey[] {
  return Reflect.ownKeys(value).filter(
    (name) => isArray || Reflect.getOwnPropertyDescriptor(value, name)?.value !== undefined,
  );
}
