/** Times and memory of a run, by quarters of its time, and whether they are flat. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  LATENCY_GROWTH_MAX,
  MEAN_LATENCY_GROWTH_MAX,
  MEMORY_GROWTH_MAX,
  QUARTER_SAMPLES_MIN,
  WARM_MS,
} from './bounds.ts';

/** Of one measure, what was measured in each quarter. */
type Quarters = readonly [number[], number[], number[], number[]];

/** How a measure was in the last quarter against the second; the first one is for warming up. */
export interface Growth {
  readonly name: string;
  readonly unit: 'ms' | 'MB';
  /** Of the quarters. */
  readonly medians: readonly number[];
  readonly samples: readonly number[];
  readonly ratio: number;
  /** What it may be at the most; undefined where it is only told. */
  readonly bound: number | undefined;
}

/** What DynamoDB alone takes for a write, past the proxy: by that one tells a machine that has become slow. */
export const ALONE = 'DynamoDB alone';

export class Measures {
  /** What failed, and how often. */
  readonly failures = new Map<string, number>();
  done = 0;
  readonly #times = new Map<string, Quarters>();
  readonly #memory = new Map<string, Quarters>();
  #begun = Number.NaN;
  #ms = Number.NaN;

  /** From now on quarters are counted, of so much time; what comes after it is not measured. */
  begin(seconds: number): void {
    this.#begun = performance.now();
    this.#ms = seconds * 1_000;
  }

  took(what: string, ms: number): void {
    this.done += 1;
    this.waited(what, ms);
  }

  /** A time that nothing is done by. */
  waited(what: string, ms: number): void {
    this.#add(this.#times, what, ms);
  }

  failed(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  /** Resident memory, of processes by name. */
  async weigh(pids: ReadonlyMap<string, number>): Promise<void> {
    for (const [name, megabytes] of await memoryOf(pids)) {
      this.#add(this.#memory, name, megabytes);
    }
  }

  /** @param steady the processes that nobody kills: the memory of the others says nothing */
  growth(steady: ReadonlySet<string>): Growth[] {
    const alone = this.#times.get(ALONE);
    const slower = Math.max(1, alone === undefined ? 1 : ratioOf(alone));
    const times = [...this.#times].map(([name, quarters]): Growth => {
      const isJudged = name !== ALONE;
      const ratio = ratioOf(quarters) / (isJudged ? slower : 1);
      return { ...described(name, 'ms', quarters), ratio, bound: isJudged ? LATENCY_GROWTH_MAX : undefined };
    });
    const memory = [...this.#memory].map(([name, quarters]): Growth => {
      const bound = steady.has(name) && this.#ms / 4 >= WARM_MS ? MEMORY_GROWTH_MAX : undefined;
      return { ...described(name, 'MB', quarters), ratio: ratioOf(quarters), bound };
    });
    const judged = times.filter(({ bound }) => bound !== undefined);
    return [...times.sort(byName), meanOf(judged), ...memory.sort(byName)];
  }

  #add(measures: Map<string, Quarters>, what: string, value: number): void {
    const quarter = Math.floor((4 * (performance.now() - this.#begun)) / this.#ms);
    const quarters: Quarters = measures.get(what) ?? [[], [], [], []];
    measures.set(what, quarters);
    quarters[quarter]?.push(value);
  }
}

/** A line for each measure, under a line of names. */
export function growthTable(growth: readonly Growth[]): string[] {
  return [
    'median by quarter (n) | 1 | 2 | 3 | 4 | 4 to 2 | at most',
    ...growth.map(({ name, unit, medians, samples, ratio, bound }) => {
      const digits = unit === 'ms' ? 1 : 0;
      const cells = medians.map((value, index) => `${value.toFixed(digits)} (${samples[index]})`);
      return [`${name}, ${unit}`, ...cells, ratio.toFixed(2), bound ?? ''].join(' | ');
    }),
  ];
}

/** What is not flat, or could not be measured. */
export function unsteady(growth: readonly Growth[]): string[] {
  return growth.flatMap(({ name, unit, samples, ratio, bound }) => {
    if (bound === undefined) {
      return [];
    }
    const [, second = 0, , last = 0] = samples;
    if (Math.min(second, last) < QUARTER_SAMPLES_MIN) {
      return [`${name} was measured ${second} and ${last} times in two quarters, which is too few to judge it`];
    }
    return ratio > bound ? [`${name} (${unit}) has grown ${ratio.toFixed(2)} times; at most ${bound} is flat`] : [];
  });
}

function described(name: string, unit: 'ms' | 'MB', quarters: Quarters): Omit<Growth, 'ratio' | 'bound'> {
  return { name, unit, medians: quarters.map(median), samples: quarters.map(({ length }) => length) };
}

/** Of latencies together: one that is long does not outweigh the others. */
function meanOf(latencies: readonly Growth[]): Growth {
  const mean = (values: readonly number[]) =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  const quarters = [0, 1, 2, 3];
  return {
    name: 'geometric mean',
    unit: 'ms',
    medians: quarters.map((quarter) => mean(latencies.map(({ medians }) => medians[quarter] ?? Number.NaN))),
    samples: quarters.map((quarter) => Math.min(...latencies.map(({ samples }) => samples[quarter] ?? 0))),
    ratio: mean(latencies.map(({ ratio }) => ratio)),
    bound: MEAN_LATENCY_GROWTH_MAX,
  };
}

function ratioOf([, second, , last]: Quarters): number {
  return median(last) / median(second);
}

function byName(one: Growth, other: Growth): number {
  return one.name < other.name ? -1 : 1;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function memoryOf(pids: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const names = new Map([...pids].map(([name, pid]) => [pid, name]));
  const options = ['-o', 'pid=', '-o', 'rss=', '-p', [...pids.values()].join(',')];
  // A process that has just ended is no reason to fail.
  const { stdout } = await promisify(execFile)('ps', options).catch(() => ({ stdout: '' }));
  return new Map(
    [...stdout.matchAll(/(\d+) +(\d+)/g)].flatMap(([, pid, kilobytes]) => {
      const name = names.get(Number(pid));
      return name === undefined ? [] : [[name, Number(kilobytes) / 1_024]];
    }),
  );
}
