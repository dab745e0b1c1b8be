/**
 * Milliseconds to wait before try `attempt` + 1: a random part of a bound that doubles from `minMs` to `maxMs` (full jitter:
 * "Exponential Backoff And Jitter", AWS Architecture Blog).
 */
export function backoffMs(random: () => number, attempt: number, minMs: number, maxMs: number): number {
  return random() * Math.min(maxMs, minMs * 2 ** (attempt - 1));
}
