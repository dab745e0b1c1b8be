/** A violation as a person reads it. */
import type { Outcome } from './outcome.ts';
import { type Simulate, type SimulateOptions, simulate } from './simulate.ts';
import { worldNameOf } from './worlds.ts';

const LINE_CHARACTERS_MAX = 300;

export interface ReportOptions extends SimulateOptions {
  /** Of the history, from its end. Default: 400. */
  readonly linesMax?: number;
  readonly hasSmallBounds?: boolean;
  /** Default: a run of the log. */
  readonly simulateOne?: Simulate;
}

/** Runs the seed again, with its history. */
export async function report(seed: number, options: ReportOptions = {}): Promise<string> {
  const { linesMax = 400, hasSmallBounds = false, simulateOne = simulate, diesAt } = options;
  const outcome = await simulateOne(seed, { ...options, isTraced: true });
  const { history } = outcome;
  const left = history.length - linesMax;
  return [
    summary(outcome),
    JSON.stringify(outcome.parameters),
    ...(left > 0 ? [`… ${left} lines before`] : []),
    ...history.slice(Math.max(0, left)).map((line) => line.slice(0, LINE_CHARACTERS_MAX)),
    summary(outcome),
    `Again: npm run simulate -- --seed ${seed} --world ${worldNameOf(simulateOne)}${hasSmallBounds ? ' --small-bounds' : ''}${diesAt === undefined ? '' : ` --dies-at "${diesAt}"`}`,
  ].join('\n');
}

function summary({ seed, violation, steps, events, faults }: Outcome): string {
  const what = violation === undefined ? 'no violation' : `broken: ${violation.guarantee}: ${violation.detail}`;
  return `Seed ${seed}, ${steps} steps, ${events} events, ${faults} faults: ${what}`;
}
