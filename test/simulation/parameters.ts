/** What one run is like: drawn from its seed, so that runs differ in kind and not only in their order. */
import { CHOICES, type Choice } from './choices.ts';
import type { Prng } from './prng.ts';

export interface Parameters {
  readonly choice: Choice;
  readonly streams: readonly string[];
  readonly writers: number;
  /** Appends of all writers. */
  readonly operations: number;
  readonly sequencers: number;
  readonly followers: number;
  readonly subscribers: number;
  readonly scans: number;
  /** Steps with faults; whatever is not done then is done without. */
  readonly faultySteps: number;
  /** Which kinds of calls are picked to die at: all are, in one run or another, the rare ones as often as the others. */
  readonly crashCalls: number;
  /** How many events bring no luck to what reads them, until it is mended: a probability. */
  readonly badness: number;
  readonly rates: Rates;
}

/** So many parts all kinds of calls are divided into. */
export const CRASH_CALLS = 8;

/** Probabilities. */
export interface Rates {
  /** A call fails and takes no effect. */
  readonly throttled: number;
  /** A call fails: a write has taken effect, and its answer is lost. */
  readonly lost: number;
  /** A write fails, and takes effect later, if it still can. */
  readonly late: number;
  /** The SDK makes a write a second time, for it got no answer. */
  readonly repeated: number;
  /** DynamoDB says that a transaction is under way on the item. */
  readonly contended: number;
  /** A cancelled transaction gives one of its reasons only. */
  readonly firstReasonOnly: number;
  /** An eventually consistent read of an item is stale. */
  readonly stale: number;
  /** ... by at most so many writes. */
  readonly staleWrites: number;
  /** Keys of a batch are left unprocessed. */
  readonly unprocessed: number;
  /** At each step, a process dies. */
  readonly crash: number;
  /** A process dies when it has just written an entry of the log. */
  readonly crashAfterEntry: number;
  /** A process dies at a call of the kinds that are picked for this run. */
  readonly crashAtCall: number;
  /** A stream record is never delivered. */
  readonly dropped: number;
  /** A stream record is delivered again. */
  readonly doubled: number;
  /** A sequencer's time is up before all is done. */
  readonly timeUp: number;
}

/** Few, so that they are hot; their categories are easily confused. */
export const STREAMS = ['A-1', 'AB-1', 'A-2', 'B-A-1'];
export const CATEGORIES = ['A', 'AB', 'B'];

/** Half of the runs or more are without any one fault: faults hide each other. */
export function parametersOf(prng: Prng, streams: readonly string[] = STREAMS): Parameters {
  const isCalm = prng.chance(0.15);
  const rate = (...rates: readonly number[]) => (isCalm ? 0 : prng.pick(rates));
  return {
    choice: prng.pick(CHOICES),
    streams: streams.slice(0, prng.between(2, streams.length)),
    writers: prng.between(1, 4),
    operations: prng.between(5, 25),
    sequencers: prng.pick([1, 2, 2, 3, 3]),
    followers: prng.between(1, 2),
    subscribers: prng.between(0, 1),
    scans: prng.pick([0, 0, 1, 2]),
    faultySteps: prng.between(300, 2_000),
    crashCalls: prng.between(0, CRASH_CALLS - 1),
    badness: prng.pick([0, 0.05, 0.3]),
    rates: {
      throttled: rate(0, 0, 0.02, 0.1),
      lost: rate(0, 0, 0.02, 0.1),
      late: rate(0, 0, 0.02, 0.1),
      repeated: rate(0, 0, 0.05, 0.2),
      contended: rate(0, 0, 0.02, 0.1),
      firstReasonOnly: rate(0, 0, 0.5),
      stale: rate(0, 0.1, 0.5, 1),
      staleWrites: prng.pick([1, 3, 10, Number.MAX_SAFE_INTEGER]),
      unprocessed: rate(0, 0, 0.1, 0.3),
      crash: rate(0, 0, 0.003, 0.01, 0.03),
      crashAfterEntry: rate(0, 0, 0.1, 0.5),
      crashAtCall: rate(0, 0, 0.2, 0.4),
      dropped: rate(0, 0, 0.1, 0.5),
      doubled: rate(0, 0.2, 0.5),
      timeUp: rate(0, 0, 0.2, 0.5),
    },
  };
}
