/**
 * Runs something for each value, at most so many at the same time; results are in the order of the values. Where one fails, no
 * more are started, and the first error is thrown once those under way have ended: nothing goes on behind the caller's back.
 */
export async function inParallel<Value, Result>(
  values: readonly Value[],
  atOnce: number,
  run: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  const queue = values.entries();
  const work = async () => {
    for (const [index, value] of queue) {
      try {
        results[index] = await run(value);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, values.length) }, work));
  if (failures.length > 0) {
    throw failures[0];
  }
  return results;
}
