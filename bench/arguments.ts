import { parseArgs } from 'node:util';

/** What can be measured by itself: pairs, and things that grow. */
export const PARTS = [
  'append',
  'command',
  'read',
  'log',
  'projection',
  'stream-length',
  'store-size',
  'event-size',
  'writers',
  'growth',
  'cold-starts',
] as const;

export type Part = (typeof PARTS)[number];

export interface BenchArguments {
  /** Rounds of each pair: 3 or more, for the middle half of them. */
  readonly rounds: number;
  readonly parts: ReadonlySet<Part>;
  /** Whether to fail where a ratio falls short of its target. */
  readonly isCheck: boolean;
  /** Whether to write the tables and charts of docs/performance.md. */
  readonly isDocument: boolean;
}

const ROUNDS_MIN = 3;
const ROUNDS_MAX = 1_000;

/** @throws {RangeError} with what is wrong, and what would be right */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '15' },
      only: { type: 'string', multiple: true, default: [] },
      check: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= ROUNDS_MIN && rounds <= ROUNDS_MAX)) {
    throw new RangeError(`--rounds must be a whole number from ${ROUNDS_MIN} to ${ROUNDS_MAX}, not ${values.rounds}`);
  }
  for (const name of values.only) {
    if (!isPart(name)) {
      throw new RangeError(`There is no ${name} to measure; --only takes ${PARTS.join(', ')}`);
    }
  }
  const only = values.only.filter(isPart);
  return {
    rounds,
    parts: new Set(only.length === 0 ? PARTS : only),
    isCheck: values.check,
    isDocument: values.document,
  };
}

function isPart(name: string): name is Part {
  return PARTS.some((part) => part === name);
}
