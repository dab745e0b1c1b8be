import type { CommitHead } from '../events/stored-commit.ts';

/** The commits that somebody wants in the log: hints, which may be doubled, late, in any order, and incomplete. */
export class Wanted {
  readonly #streams = new Map<string, { through: number; readonly hints: Map<number, CommitHead> }>();

  constructor(hints: Iterable<CommitHead>) {
    for (const hint of hints) {
      const stream = this.#streams.get(hint.streamId) ?? { through: 0, hints: new Map<number, CommitHead>() };
      stream.through = Math.max(stream.through, hint.version);
      stream.hints.set(hint.version, hint);
      this.#streams.set(hint.streamId, stream);
    }
  }

  /** Of streams. */
  get size(): number {
    return this.#streams.size;
  }

  /** For each stream, the first version of the last commit that is wanted. */
  through(): Map<string, number> {
    return new Map([...this.#streams].map(([streamId, { through }]) => [streamId, through]));
  }

  /** What a hint says of a commit. Commits never change, so it is as good as the item, once its place is known to be right. */
  hint(streamId: string, version: number): CommitHead | undefined {
    return this.#streams.get(streamId)?.hints.get(version);
  }

  has(streamId: string): boolean {
    return this.#streams.has(streamId);
  }

  /** Everything up to a version is in the log. */
  sequenced(streamId: string, version: number): void {
    if (version >= (this.#streams.get(streamId)?.through ?? 0)) {
      this.#streams.delete(streamId);
    }
  }

  /** Nothing of the stream can be done. */
  giveUp(streamId: string): void {
    this.#streams.delete(streamId);
  }
}
