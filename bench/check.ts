import type { PairResult } from './pairs.ts';

/** What falls short of its target by more than the noise: even the better half of the middle rounds does not reach it. */
export function shortfalls(results: readonly PairResult[]): PairResult[] {
  return results.filter(({ ratioHigh, target }) => !(ratioHigh >= target));
}

export function describeShortfall({ name, target, ratio, ratioLow, ratioHigh }: PairResult): string {
  return `${name}: ${ratio.toFixed(2)} of the raw SDK (middle half ${ratioLow.toFixed(2)} to ${ratioHigh.toFixed(2)}), and must be at least ${target}`;
}
