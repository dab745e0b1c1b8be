import type { ReadContext } from '../tables/read-all.ts';
import { DAMAGED_MARKS_MAX, UNREADABLE_RANGES_MAX } from './bounds.ts';
import { Findings } from './findings.ts';
import { VerifiedStreams } from './streams.ts';

/** What the walks of a verification share. */
export interface VerifyRun {
  readonly context: ReadContext;
  /** The position of the log that it begins with. */
  readonly from: number;
  readonly repair: boolean;
  readonly findings: Findings;
  readonly streams: VerifiedStreams;
  readonly unreadable: UnreadableRanges;
  readonly damagedMarks: DamagedMarks;
  /** Of the log: the end of what this pass has read. */
  position: number;
  /** The end of the log, as far as is known. */
  head: number;
  pass: number;
  events: number;
  commits: number;
  marks: number;
  scanned: number;
  repaired: number;
}

/** @param from the position of the log to begin with */
export function beginRun(context: ReadContext, from: number, repair: boolean, streamsMax: number): VerifyRun {
  return {
    context,
    from,
    repair,
    findings: new Findings(),
    streams: new VerifiedStreams(streamsMax, from - 1),
    unreadable: new UnreadableRanges(),
    damagedMarks: new DamagedMarks(),
    position: from - 1,
    head: 0,
    pass: 0,
    events: 0,
    commits: 0,
    marks: 0,
    scanned: 0,
    repaired: 0,
  };
}

/** Positions of which the log does not tell what they hold: what follows from that is no further damage. */
export class UnreadableRanges {
  readonly #ranges = new Map<number, number>();

  /** @param through Infinity where no later entry was read yet */
  set(from: number, through: number): void {
    if (this.#ranges.has(from) || this.#ranges.size < UNREADABLE_RANGES_MAX) {
      this.#ranges.set(from, through);
    }
  }

  /** Whether any of it lies between two positions, these included. */
  touches(from: number, through: number): boolean {
    return [...this.#ranges].some(([first, last]) => first <= through && last >= from);
  }
}

/** What the log says of streams whose marks say something else. */
export class DamagedMarks {
  readonly #streams = new Map<string, { readonly marked: number | undefined; readonly through: number }>();

  /**
   * @param marked the version of the mark; undefined where it is missing or cannot be read
   * @param through the last version that is in the log
   */
  set(streamId: string, marked: number | undefined, through: number): void {
    if (this.#streams.size < DAMAGED_MARKS_MAX) {
      this.#streams.set(streamId, { marked, through });
    }
  }

  /** Up to which version a stream is in the log, where its mark is the damaged one; undefined where nothing is known of it. */
  through(streamId: string, marked: number | undefined): number | undefined {
    const known = this.#streams.get(streamId);
    return known?.marked === marked ? known?.through : undefined;
  }
}
