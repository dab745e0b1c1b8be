/**
 * Which parts of the protocol's code have run: V8 counts blocks (branches, what follows a return, a catch), of the sources as they are, since
 * types are only blanked out.
 */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Where the protocol is. */
const FILES = [
  ...['sequencer', 'plan', 'pending', 'tail', 'scan-events', 'scan-on'].map((name) => `lib/log/${name}.ts`),
  ...['append-many', 'write-commits', 'earlier', 'head'].map((name) => `lib/store/${name}.ts`),
  ...['runner', 'builds', 'work', 'document-step', 'handler-step', 'fold', 'redrive', 'remove-retired'].map(
    (name) => `lib/projections/${name}.ts`,
  ),
  ...['execute', 'decide', 'load', 'snapshots', 'aggregate', 'process-manager'].map(
    (name) => `lib/aggregates/${name}.ts`,
  ),
];

/** A part of a file that runs as a whole. */
export interface Block {
  readonly file: string;
  readonly line: number;
  /** How it begins. */
  readonly text: string;
  readonly count: number;
}

export interface Coverage {
  /** How often each block has run. */
  stop(): Promise<Block[]>;
}

/** Before the modules are imported: what V8 has compiled before is counted as a whole only. */
export async function startCoverage(): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    stop: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      session.disconnect();
      return FILES.flatMap((file) => {
        const { href } = new URL(file, ROOT);
        const script = result.find(({ url }) => url === href);
        return script === undefined ? [] : blocksOf(file, readFileSync(fileURLToPath(href), 'utf8'), script.functions);
      });
    },
  };
}

interface CoveredFunction {
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}

function blocksOf(file: string, source: string, functions: readonly CoveredFunction[]): Block[] {
  const ranges = functions.flatMap((one) => one.ranges).filter(({ endOffset }) => endOffset < source.length);
  const isInUntaken = (index: number) =>
    ranges.some(
      (outer, other) =>
        other !== index &&
        outer.count === 0 &&
        outer.startOffset <= (ranges[index]?.startOffset ?? 0) &&
        outer.endOffset >= (ranges[index]?.endOffset ?? 0),
    );
  return ranges.flatMap(({ startOffset, endOffset, count }, index) => {
    const text = source.slice(startOffset, endOffset).replace(/^[\s{};):?]+/, '');
    const begin = endOffset - text.length;
    const isCode = /\w/.test(text);
    return isCode && !isInUntaken(index)
      ? [{ file, line: source.slice(0, begin).split('\n').length, text: text.split('\n', 1)[0] ?? '', count }]
      : [];
  });
}
