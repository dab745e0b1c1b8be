/** What runs have gone through, as a person reads it. */
import type { Block } from './coverage.ts';
import type { Runs } from './runs.ts';

/** A call of tables by a kind of process, and how often such a process has died before it took effect, and after. */
export interface CrashPoint {
  readonly call: string;
  readonly calls: number;
  readonly before: number;
  readonly after: number;
}

export function crashPointsOf({ met }: Pick<Runs, 'met'>): CrashPoint[] {
  const calls = [...met].filter(([what]) => what.startsWith('calls '));
  return calls
    .map(([what, times]) => {
      const call = what.slice('calls '.length);
      return {
        call,
        calls: times,
        before: met.get(`dies before ${call}`) ?? 0,
        after: met.get(`dies after ${call}`) ?? 0,
      };
    })
    .toSorted((one, other) => (one.call < other.call ? -1 : 1));
}

export function stepsText(runs: Runs, blocks: readonly Block[], coveredSeeds: number): string {
  const taken = blocks.filter(({ count }) => count > 0);
  const outcomes = [...runs.met].filter(([what]) => !/^(calls|dies) /.test(what)).toSorted();
  return [
    'What it came to:',
    ...outcomes.map(([what, times]) => `  ${what}: ${times}`),
    'Crash points (calls; deaths before it took effect, after it):',
    ...crashPointsOf(runs).map(({ call, calls, before, after }) => `  ${call}: ${calls}; ${before}, ${after}`),
    `Protocol code, in ${coveredSeeds} seeds: ${taken.length} of ${blocks.length} blocks were taken; not taken:`,
    ...blocks.filter(({ count }) => count === 0).map(({ file, line, text }) => `  ${file}:${line} ${text}`),
  ].join('\n');
}
