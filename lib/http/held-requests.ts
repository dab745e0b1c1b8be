import { HELD_REQUESTS_MAX } from './bounds.ts';
import { ProblemError, RETRY_LATER } from './problem.ts';

/** The requests of a server that wait for something, of which there may be so many only. */
export class HeldRequests {
  #held = 0;

  /**
   * Holds a request until there is something to answer, or its time is over.
   *
   * @throws {ProblemError} 503 where `HELD_REQUESTS_MAX` are held: at once, and not in the end with nothing to tell
   */
  async hold<Answer>(wait: () => Promise<Answer>): Promise<Answer> {
    if (this.#held >= HELD_REQUESTS_MAX) {
      const detail = `${HELD_REQUESTS_MAX} requests wait already; ask without \`wait\`, or try again later`;
      throw new ProblemError(503, 'too-many-waiting', 'Too many requests wait', detail, {}, RETRY_LATER);
    }
    this.#held += 1;
    try {
      return await wait();
    } finally {
      this.#held -= 1;
    }
  }
}
