/** A copy of a JSON value that shares nothing with it. `structuredClone` takes ten times as long, for it takes anything. */
export function copyJson<Value>(value: Value): Value;
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(copyJson);
  }
  const copy = { ...value };
  for (const [name, member] of Object.entries(copy)) {
    if (typeof member === 'object' && member !== null) {
      // Not set, for a name may be `__proto__`.
      const property = { value: copyJson(member), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(copy, name, property);
    }
  }
  return copy;
}
