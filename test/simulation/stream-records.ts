/** The stream of the Events table at its worst: records come late, in any order, to anybody, several times or never. */
import type { CommitHead } from '../../lib/events/stored-commit.ts';
import type { Prng } from './prng.ts';

const BATCH_RECORDS_MAX = 8;

export class StreamRecords {
  readonly #prng: Prng;
  #undelivered: CommitHead[] = [];
  /** Records that nobody will ever get. */
  dropped = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  get size(): number {
    return this.#undelivered.length;
  }

  add(commit: CommitHead, rates: { readonly dropped: number; readonly doubled: number }): void {
    if (this.#prng.chance(rates.dropped)) {
      this.dropped += 1;
      return;
    }
    this.#undelivered.push(commit, ...(this.#prng.chance(rates.doubled) ? [commit] : []));
  }

  /** A batch; mostly in order, as streams are. */
  take(): CommitHead[] {
    const count = this.#prng.between(1, BATCH_RECORDS_MAX);
    const batch = this.#prng.chance(0.5)
      ? this.#undelivered.slice(0, count)
      : this.#prng.some(this.#undelivered, count);
    for (const record of batch) {
      this.#undelivered.splice(this.#undelivered.indexOf(record), 1);
    }
    return batch;
  }

  /** They are delivered again. */
  giveBack(batch: readonly CommitHead[]): void {
    this.#undelivered.unshift(...batch);
  }
}
