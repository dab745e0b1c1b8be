/** Lines about a long work are for people who wait for it: at most one each second, and on standard error. */
const PROGRESS_MS = 1_000;

/** Shows how far a work has got; the last line stays. On a terminal each takes the place of the one before. */
export class Progress {
  #shownAt = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  show(line: string): void {
    const now = performance.now();
    if (now - this.#shownAt < PROGRESS_MS) {
      return;
    }
    this.#shownAt = now;
    this.#isOpen = process.stderr.isTTY;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** Ends the line, so that others can be printed. */
  end(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      process.stderr.write('\r\u001b[K');
    }
  }
}

/** `1 event`, `12,345 events`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
}
