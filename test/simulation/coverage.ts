/**
 * Which parts of the protocol's code have run: V8 counts blocks (branches, what follows a return, a catch), of the sources as they are, since
 * types are only blanked out. A block is named by its file, the function that it is in and how it begins, so that it is the same block when
 * lines move.
 */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Where the protocol is. */
const FILES = [
  ...['sequencer', 'plan', 'pending', 'tail', 'scan-events', 'scan-on'].map((name) => `lib/log/${name}.ts`),
  ...['append-many', 'write-commits', 'earlier', 'head'].map((name) => `lib/store/${name}.ts`),
  ...[
    'runner',
    'work-through',
    'builds',
    'work',
    'document-step',
    'handler-step',
    'fold',
    'redrive',
    'remove-retired',
  ].map((name) => `lib/projections/${name}.ts`),
  ...['execute', 'decide', 'load', 'snapshots', 'aggregate', 'process-manager'].map(
    (name) => `lib/aggregates/${name}.ts`,
  ),
];

/** Of one file. */
export interface FileCoverage {
  readonly file: string;
  /** How often each character of the source has run. */
  readonly counts: Float64Array;
  /** The functions that have a name, by the places of their first and their last character. */
  readonly functions: ReadonlyMap<string, string>;
}

/** A part of the code that has not run, though the code around it has. */
export interface UntakenBlock {
  readonly line: number;
  /** Its file, its function and its first line: `lib/log/tail.ts readTail: return undefined;`. */
  readonly name: string;
}

/** Before the modules are imported: what V8 has compiled before is counted as a whole only. */
export async function startCoverage(): Promise<{
  /** What has run by now. */
  readonly take: () => Promise<FileCoverage[]>;
}> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      return FILES.flatMap((file) => {
        const script = result.find(({ url }) => url === new URL(file, ROOT).href);
        return script === undefined ? [] : [fileCoverage(file, script.functions)];
      });
    },
  };
}

interface CoveredFunction {
  readonly functionName: string;
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}

function fileCoverage(file: string, covered: readonly CoveredFunction[]): FileCoverage {
  const counts = new Float64Array(sourceOf(file).length);
  const ranges = covered.flatMap((one) => one.ranges);
  // The inner ones last: what they say holds.
  for (const { startOffset, endOffset, count } of ranges.toSorted(
    (one, other) => one.startOffset - other.startOffset || other.endOffset - one.endOffset,
  )) {
    counts.fill(count, startOffset, endOffset);
  }
  const named = covered.filter(({ functionName }) => functionName !== '');
  const functions = new Map(
    named.flatMap(({ functionName, ranges: [whole] }) =>
      whole === undefined ? [] : [[`${whole.startOffset} ${whole.endOffset}`, functionName]],
    ),
  );
  return { file, counts, functions };
}

/** What both have run. */
export function addCoverage(one: readonly FileCoverage[], other: readonly FileCoverage[]): FileCoverage[] {
  const files = new Set([...one, ...other].map(({ file }) => file));
  return [...files].map((file) => {
    const both = [...one, ...other].filter((covered) => covered.file === file);
    const counts = new Float64Array(sourceOf(file).length);
    for (const covered of both) {
      for (let index = 0; index < counts.length; index++) {
        counts[index] = (counts[index] ?? 0) + (covered.counts[index] ?? 0);
      }
    }
    return { file, counts, functions: new Map(both.flatMap(({ functions }) => [...functions])) };
  });
}

/** The code that has never run, a block once for each place. */
export function untakenIn(coverage: readonly FileCoverage[]): UntakenBlock[] {
  return coverage.flatMap(({ file, counts, functions }) => {
    const source = sourceOf(file);
    const blocks: UntakenBlock[] = [];
    for (let begin = counts.indexOf(0); begin !== -1; ) {
      const length = counts.subarray(begin).findIndex((count) => count > 0);
      const end = length === -1 ? counts.length : begin + length;
      const text = source.slice(begin, end).replace(/^[\s{};):?,]+/, '');
      if (/\w/.test(text)) {
        const at = end - text.length;
        const name = `${file} ${functionAt(functions, at)}: ${text.split('\n', 1)[0]?.trim()}`;
        blocks.push({ line: source.slice(0, at).split('\n').length, name });
      }
      begin = counts.indexOf(0, end);
    }
    return blocks;
  });
}

/** The innermost function that has a name. */
function functionAt(functions: FileCoverage['functions'], at: number): string {
  const around = [...functions]
    .map(([place, name]) => ({ name, begin: Number(place.split(' ')[0]), end: Number(place.split(' ')[1]) }))
    .filter(({ begin, end }) => begin <= at && at < end)
    .toSorted((one, other) => other.begin - one.begin);
  return around[0]?.name ?? '(module)';
}

const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8');
  sources.set(file, source);
  return source;
}
