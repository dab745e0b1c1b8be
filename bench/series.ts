/** Series of pairs: what was measured as one thing grows. */
import { measurePair, type Pair, type PairResult } from './pairs.ts';

/** What was measured where the thing that grows is `x`. */
export interface Point extends PairResult {
  readonly x: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Rounds for a point, at most: a line has several of them. */
const ROUNDS_MAX = 9;

/** What is measured where the thing that grows is `x`. */
export type Grown = { readonly x: number; readonly pairs: Readonly<Record<string, Pair>> };

/** Measures the pairs of each point, those of a name as one series. */
export async function measureSeries(points: AsyncIterable<Grown>, rounds: number): Promise<Series[]> {
  const series = new Map<string, Point[]>();
  for await (const { x, pairs } of points) {
    for (const [name, pair] of Object.entries(pairs)) {
      const result = await measurePair(pair, Math.min(rounds, ROUNDS_MAX), 2);
      console.log(`  ${x.toLocaleString('en')}: ${name} ${result.ratio.toFixed(2)}`);
      series.set(name, [...(series.get(name) ?? []), { ...result, x }]);
    }
  }
  return [...series].map(([name, all]) => ({ name, points: all }));
}

/** A pair that has no target of its own. */
export function pair(work: number, raw: () => Promise<void>, tidemark: () => Promise<void>): Pair {
  return { name: '', target: 0, unit: '/s', work, raw, tidemark };
}
