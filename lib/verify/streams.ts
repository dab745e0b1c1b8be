import { hash as digest } from 'node:crypto';

/** How far a stream was followed through the log. */
export interface StreamPlace {
  /** Of its last event; 0 for none yet. */
  version: number;
  /** Where that event stands in the log. */
  position: number;
  /** The first version of its last commit. */
  lastCommit: number;
  /**
   * The hash of that commit. Two where the stored one and the one that was computed differ: which of them was changed shows in
   * the next commit. None where it cannot be known, and undefined where it was not read.
   */
  hashes: readonly string[] | undefined;
  /** Versions that were passed over: the first and the last of each range. */
  gaps: readonly (readonly [number, number])[];
  /** Whether its mark was compared. */
  isMarked: boolean;
}

/** The streams whose hash is in a range, and up to where in the log they were checked with others. */
interface Part {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly checkedThrough: number;
}

/** As many parts as there can be: of the first four bytes of a hash. */
const HASHES = 2 ** 32;

/**
 * How far each stream was followed through the log, for as many streams as fit into memory. Where there are more, those whose
 * hash is in one half are left out from there on, for a later pass; where that does not suffice, half of the rest, and so on.
 * A later pass follows the references of its streams from the beginning, and reads commits only from where they were left out.
 */
export class VerifiedStreams {
  readonly #max: number;
  readonly #places = new Map<string, StreamPlace>();
  readonly #waiting: Part[] = [];
  #part: Part;

  constructor(max: number, checkedThrough: number) {
    this.#max = max;
    this.#part = { from: 0, to: HASHES, checkedThrough };
  }

  /** Streams that are held. */
  get size(): number {
    return this.#places.size;
  }

  /** Parts that wait for a later pass, as far as is known. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Up to which position the streams of this pass were checked in an earlier one. */
  get checkedThrough(): number {
    return this.#part.checkedThrough;
  }

  /** Up to which position all streams are checked, where those of this pass are up to `position`. */
  allCheckedThrough(position: number): number {
    const waiting = this.#waiting.map(({ checkedThrough }) => checkedThrough);
    return Math.min(Math.max(position, this.#part.checkedThrough), ...waiting);
  }

  /** Whether a stream belongs to this pass. */
  includes(streamId: string): boolean {
    const { from, to } = this.#part;
    const isAll = from === 0 && to === HASHES;
    return isAll || isWithin(this.#part, hashOf(streamId));
  }

  get(streamId: string): StreamPlace | undefined {
    return this.#places.get(streamId);
  }

  /** The place of a stream, a new one where it had none; undefined where the stream is for a later pass, maybe from here on. */
  placeOf(streamId: string, position: number): StreamPlace | undefined {
    const known = this.#places.get(streamId);
    if (known !== undefined) {
      return known;
    }
    while (this.#places.size >= this.#max && this.includes(streamId) && this.#part.to - this.#part.from > 1) {
      this.#halve(position);
    }
    if (!this.includes(streamId)) {
      return undefined;
    }
    const place = { version: 0, position: 0, lastCommit: 0, hashes: [''], gaps: [], isMarked: false };
    this.#places.set(streamId, place);
    return place;
  }

  entries(): IterableIterator<[string, StreamPlace]> {
    return this.#places.entries();
  }

  /** Begins the next pass; false where there is none. */
  next(): boolean {
    // The one that is furthest behind: so that more and more of the log is checked for all streams.
    const furthest = Math.min(...this.#waiting.map(({ checkedThrough }) => checkedThrough));
    const index = this.#waiting.findIndex(({ checkedThrough }) => checkedThrough === furthest);
    const [part] = this.#waiting.splice(Math.max(index, 0), 1);
    if (part === undefined) {
      return false;
    }
    this.#part = part;
    this.#places.clear();
    return true;
  }

  #halve(position: number): void {
    const { from, to, checkedThrough } = this.#part;
    const middle = Math.floor((from + to) / 2);
    const left = { from: middle, to, checkedThrough: Math.max(checkedThrough, position - 1) };
    this.#waiting.push(left);
    this.#part = { from, to: middle, checkedThrough };
    for (const streamId of this.#places.keys()) {
      if (isWithin(left, hashOf(streamId))) {
        this.#places.delete(streamId);
      }
    }
  }
}

function isWithin({ from, to }: Part, hash: number): boolean {
  return hash >= from && hash < to;
}

/** Spreads streams evenly, whatever their ids have in common. */
function hashOf(streamId: string): number {
  return Number.parseInt(digest('sha256', streamId, 'hex').slice(0, 8), 16);
}
