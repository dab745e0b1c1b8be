/** The kinds of calls are divided into parts, and in each run processes die at those of one of them. */
import { CRASH_CALLS } from './parameters.ts';

const parts = new Map<string, number>();

/** The same for the same point of a call, in all runs. */
export function partOf(point: string): number {
  const known = parts.get(point);
  if (known !== undefined) {
    return known;
  }
  const part = [...point].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7) % CRASH_CALLS;
  parts.set(point, part);
  return part;
}
