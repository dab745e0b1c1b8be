/** Two ways of doing the same, measured in turns in one run, because machines differ from one moment to the next. */
export interface Pair {
  readonly name: string;
  /** What the ratio must at least be. */
  readonly target: number;
  readonly unit: string;
  /** What both need to be there. It is not measured, and comes before each round. */
  readonly prepare?: () => Promise<void>;
  /** Each does `work` units and returns when they are done. */
  readonly raw: () => Promise<void>;
  readonly tidemark: () => Promise<void>;
  readonly work: number;
}

export interface PairResult {
  readonly name: string;
  readonly target: number;
  readonly unit: string;
  /** Of throughputs, Tidemark's to the raw one: median of the rounds, and the middle half of them. */
  readonly ratio: number;
  readonly ratioLow: number;
  readonly ratioHigh: number;
  readonly rawPerSecond: number;
  readonly tidemarkPerSecond: number;
  readonly rounds: number;
}

/** Runs a pair so often, after rounds that warm both up. Which goes first alternates, so that neither has the better place. */
export async function measurePair(pair: Pair, rounds: number, warmUpRounds: number): Promise<PairResult> {
  const ratios: number[] = [];
  const rawTimes: number[] = [];
  const tidemarkTimes: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round++) {
    await pair.prepare?.();
    const first = round % 2 === 0 ? pair.raw : pair.tidemark;
    const second = round % 2 === 0 ? pair.tidemark : pair.raw;
    const times = [await secondsOf(first), await secondsOf(second)];
    const [raw = 0, tidemark = 0] = round % 2 === 0 ? times : times.reverse();
    if (round >= 0) {
      ratios.push(raw / tidemark);
      rawTimes.push(raw);
      tidemarkTimes.push(tidemark);
    }
  }
  return {
    name: pair.name,
    target: pair.target,
    unit: pair.unit,
    ratio: quantile(ratios, 0.5),
    ratioLow: quantile(ratios, 0.25),
    ratioHigh: quantile(ratios, 0.75),
    rawPerSecond: pair.work / quantile(rawTimes, 0.5),
    tidemarkPerSecond: pair.work / quantile(tidemarkTimes, 0.5),
    rounds,
  };
}

async function secondsOf(run: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** The value below which a part of the values lies, from 0 to 1; between two of them where it falls between. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
