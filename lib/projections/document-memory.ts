import { REMEMBERED_BYTES_MAX } from './bounds.ts';
import type { StoredDocument } from './stored-document.ts';

/** Documents that were used last, as they are stored. Whatever is not known can be read. */
export class DocumentMemory {
  readonly #documents = new Map<string, StoredDocument>();
  #bytes = 0;

  get(key: string): StoredDocument | undefined {
    return this.#documents.get(key);
  }

  /** A map keeps the order of insertion: what was set last is forgotten last. */
  set(document: StoredDocument): void {
    this.#forget(document.key);
    this.#documents.set(document.key, document);
    this.#bytes += bytesOf(document);
    for (const [oldest] of this.#documents) {
      if (this.#bytes <= REMEMBERED_BYTES_MAX) {
        break;
      }
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const known = this.#documents.get(key);
    if (known !== undefined) {
      this.#documents.delete(key);
      this.#bytes -= bytesOf(known);
    }
  }
}

/** In memory, about. */
function bytesOf({ key, json = '', parked }: StoredDocument): number {
  return 100 + 2 * (key.length + json.length) + 8 * parked.length;
}
