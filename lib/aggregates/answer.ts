/**
 * The answer to a command that a reaction has sent, and what the reaction makes of it with `then`. It knows whether anybody is handed its
 * error: one that nobody is handed fails the reaction, and does not end the process as an unhandled rejection.
 */
export class Answer<Result> extends Promise<Result> {
  #all: Answer<unknown>[] = [];
  #isLookedAt = false;

  /** @param all those of the reaction, to which it is added */
  static of<Result>(result: Promise<Result>, all: Answer<unknown>[]): Answer<Result> {
    const answer = new Answer<Result>((resolve) => resolve(result));
    answer.#join(all);
    return answer;
  }

  /**
   * Waits for all, also for those that come meanwhile.
   *
   * @throws the first error that nobody was handed
   */
  static async settled(all: readonly Answer<unknown>[]): Promise<void> {
    const errors: unknown[] = [];
    for (const answer of all) {
      await answer.#errorInto(errors);
    }
    if (errors.length > 0) {
      throw errors[0];
    }
  }

  /** `await`, `catch`, `finally` and `Promise.all` come through here. What is made here is an answer as well: it hands the error on. */
  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<Kept = Result, Caught = never>(
    onFulfilled?: ((result: Result) => Kept | PromiseLike<Kept>) | null,
    onRejected?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.#isLookedAt = true;
    const next = super.then(onFulfilled, onRejected);
    if (next instanceof Answer) {
      next.#join(this.#all);
    }
    return next;
  }

  #join(all: Answer<unknown>[]): void {
    this.#all = all;
    all.push(this);
    super.then(undefined, () => undefined);
  }

  #errorInto(errors: unknown[]): Promise<unknown> {
    return super.then(undefined, (error: unknown) => (this.#isLookedAt ? undefined : errors.push(error)));
  }
}
