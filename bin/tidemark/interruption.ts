import { stopRequest } from '../../lib/local/stop-request.ts';

/** Ctrl-C: long work ends after the step that is under way, and says how to go on. A second one ends at once. */
export class Interruption {
  readonly #controller = new AbortController();

  constructor() {
    void stopRequest().then(() => this.#controller.abort());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isRequested(): boolean {
    return this.signal.aborted;
  }
}
