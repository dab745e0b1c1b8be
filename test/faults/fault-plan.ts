/** Which faults happen: chosen by a seed, at random for each request, with storms in between. */
import type { Prng } from '../simulation/prng.ts';
import {
  DELAY_MS_MAX,
  LATE_MS_MAX,
  LATE_MS_MIN,
  NARROW_STORM_MS,
  OWED_CHANCE,
  STORM_EVERY_MS_MAX,
  STORM_EVERY_MS_MIN,
  STORM_MS_MAX,
  STORM_MS_MIN,
} from './bounds.ts';

/**
 * What happens to a request:
 * - `throttled`, `conflict`, `failed`: it is answered in DynamoDB's place, and DynamoDB never sees it;
 * - `reset`: the connection ends before DynamoDB sees it;
 * - `lost`, `cut`, `failed-after`: it takes effect, and then the connection ends without an answer or inside of it, or the answer is
 *   an error of the server;
 * - `unprocessed`: of the keys of a batch only some are done;
 * - `delayed`: it takes a while to get to DynamoDB, or its answer does;
 * - `late`: nothing is answered until its sender has given up; then it takes effect all the same.
 */
export type FaultKind =
  | 'throttled'
  | 'conflict'
  | 'failed'
  | 'reset'
  | 'lost'
  | 'cut'
  | 'failed-after'
  | 'unprocessed'
  | 'delayed'
  | 'late';

export interface Fault {
  readonly kind: FaultKind;
  /** Before DynamoDB gets it, and before its answer is sent. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Of all requests that may suffer it. Together about one in eight; there are few batches. */
const CHANCES: Readonly<Record<FaultKind, number>> = {
  throttled: 0.02,
  conflict: 0.02,
  failed: 0.01,
  reset: 0.01,
  lost: 0.025,
  cut: 0.01,
  'failed-after': 0.01,
  unprocessed: 0.25,
  delayed: 0.04,
  late: 0.001,
};

const KINDS: readonly FaultKind[] = [
  'throttled',
  'conflict',
  'failed',
  'reset',
  'lost',
  'cut',
  'failed-after',
  'unprocessed',
  'delayed',
  'late',
];

/** Of the requests in a storm: so many that three tries in a row fail often. */
const STORM_CHANCE = 0.8;
const STORMS: readonly FaultKind[] = ['throttled', 'failed', 'reset', 'lost', 'failed-after', 'delayed', 'conflict'];
/** Every second storm befalls all transactions and nothing else, as where one partition is in trouble: the rest works meanwhile. */
const NARROW_STORMS: readonly FaultKind[] = ['failed', 'reset'];

const WRITES = new Set(['PutItem', 'TransactWriteItems']);
const BATCHES = new Set(['BatchGetItem', 'BatchWriteItem']);

/**
 * What each run must have seen at least once, by the names under which it is counted: every kind of fault, and those that can befall a
 * write on both kinds of writes. (Of batches only reads: nothing is removed in a run.)
 */
export const FAULTS_OWED: readonly string[] = [
  ...KINDS.filter((kind) => kind !== 'unprocessed').flatMap((kind) =>
    [...WRITES].map((write) => faultName(kind, write)),
  ),
  faultName('unprocessed', 'BatchGetItem'),
];

/** Under which it is counted that something has happened to an operation. */
export function faultName(kind: FaultKind, operation: string): string {
  return `${kind} ${operation}`;
}

/** Making tables is for the start of a machine's own system, which a person begins again where it fails. */
const DATA = new Set([...WRITES, ...BATCHES, 'GetItem', 'Query', 'Scan', 'GetRecords', 'GetShardIterator']);

interface Storm {
  readonly kind: FaultKind;
  readonly from: number;
  readonly to: number;
  readonly isNarrow: boolean;
}

export interface FaultPlan {
  /** What happens to the next request; undefined: nothing. */
  next(operation: string): Fault | undefined;
  /** From now on nothing happens. */
  end(): void;
}

/** @param now milliseconds, of storms */
export function planFaults(random: Prng, now: () => number): FaultPlan {
  let isOver = false;
  let storm: Storm | undefined;
  const nextStorm = () => {
    const from = now() + random.between(STORM_EVERY_MS_MIN, STORM_EVERY_MS_MAX);
    const isNarrow = storm?.isNarrow !== true;
    const ms = isNarrow ? NARROW_STORM_MS : random.between(STORM_MS_MIN, STORM_MS_MAX);
    return { kind: random.pick(isNarrow ? NARROW_STORMS : STORMS), from, to: from + ms, isNarrow };
  };
  const isIn = ({ from, isNarrow }: Storm, operation: string) =>
    now() >= from && (isNarrow ? operation === 'TransactWriteItems' : random.chance(STORM_CHANCE));
  const owed = new Set(FAULTS_OWED);
  const kindOf = (operation: string): FaultKind | undefined => {
    storm = storm === undefined || now() > storm.to ? nextStorm() : storm;
    if (isIn(storm, operation)) {
      return storm.kind;
    }
    if (owed.size > 0 && random.chance(OWED_CHANCE)) {
      // What chance has not brought yet is not left to it.
      return KINDS.find((kind) => owed.has(faultName(kind, operation)));
    }
    return KINDS.filter((kind) => mayHappen(kind, operation)).find((kind) => random.chance(CHANCES[kind]));
  };
  return {
    next: (operation) => {
      const kind = isOver || !DATA.has(operation) ? undefined : kindOf(operation);
      if (kind === undefined || !mayHappen(kind, operation)) {
        return undefined;
      }
      owed.delete(faultName(kind, operation));
      return { kind, ...waits(kind, random) };
    },
    end: () => {
      isOver = true;
    },
  };
}

function mayHappen(kind: FaultKind, operation: string): boolean {
  switch (kind) {
    case 'conflict':
      return WRITES.has(operation);
    case 'unprocessed':
      return BATCHES.has(operation);
    default:
      return true;
  }
}

function waits(kind: FaultKind, random: Prng): Pick<Fault, 'beforeMs' | 'afterMs'> {
  switch (kind) {
    case 'late':
      return { beforeMs: random.between(LATE_MS_MIN, LATE_MS_MAX), afterMs: 0 };
    case 'delayed':
      return { beforeMs: random.between(0, DELAY_MS_MAX), afterMs: random.between(0, DELAY_MS_MAX) };
    default:
      return { beforeMs: 0, afterMs: 0 };
  }
}
