import { REMEMBERED_MARKS_MAX } from './bounds.ts';

/** Up to which version streams are in the log, of those that were used last. Whatever is not known can be read. */
export class MarkMemory {
  readonly #versions = new Map<string, number>();

  get(streamId: string): number | undefined {
    return this.#versions.get(streamId);
  }

  /** A map keeps the order of insertion: what was set last is forgotten last. */
  set(streamId: string, version: number): void {
    this.#versions.delete(streamId);
    this.#versions.set(streamId, version);
    for (const [oldest] of this.#versions) {
      if (this.#versions.size <= REMEMBERED_MARKS_MAX) {
        break;
      }
      this.#versions.delete(oldest);
    }
  }

  forget(): void {
    this.#versions.clear();
  }
}
