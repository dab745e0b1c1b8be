/** A way to wait that a signal ends: it then rejects, or resolves at once. */
export interface Delaying {
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Waits so many milliseconds, or until the signal aborts: then the caller sees that it has. */
export async function delayUnlessEnded({ delay }: Delaying, ms: number, ended: AbortSignal): Promise<void> {
  await delay(ms, ended).catch((error: unknown) => {
    if (!ended.aborted) {
      throw error;
    }
  });
}
