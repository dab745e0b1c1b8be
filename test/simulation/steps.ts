/** What runs have gone through, as a person reads it. */
import { type FileCoverage, untakenIn } from './coverage.ts';
import type { Runs } from './runs.ts';

/** A call of tables by a kind of process while there are faults, and how often such a process has died before it took effect, and after. */
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

/** The points of calls that processes have gone on from only, and the first seed that has come to each. */
export function pointsWithoutDeath({ met, passed }: Pick<Runs, 'met' | 'passed'>): { point: string; seed: number }[] {
  return [...passed].filter(([point]) => !met.has(`dies ${point}`)).map(([point, seed]) => ({ point, seed }));
}

export function stepsText(runs: Runs, coverage: readonly FileCoverage[]): string {
  const outcomes = [...runs.met].filter(([what]) => !/^(calls|dies) /.test(what)).toSorted();
  return [
    'What it came to:',
    ...outcomes.map(([what, times]) => `  ${what}: ${times}`),
    'Crash points (calls while there were faults; deaths before it took effect, after it):',
    ...crashPointsOf(runs).map(({ call, calls, before, after }) => `  ${call}: ${calls}; ${before}, ${after}`),
    'Protocol code that was not taken:',
    ...untakenIn(coverage).map(({ line, name }) => `  ${name} (line ${line})`),
  ].join('\n');
}
