/** A list in parts of so many at the most. */
export function* inChunks<Value>(values: readonly Value[], size: number): Generator<readonly Value[], void, undefined> {
  for (let start = 0; start < values.length; start += size) {
    yield values.slice(start, start + size);
  }
}
