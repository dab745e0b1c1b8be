import { setTimeout as delay } from 'node:timers/promises';

/** Asks again every `pollMs` until the condition holds, for `limitMs` at the most. Whether it held in the end. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { limitMs, pollMs }: { readonly limitMs: number; readonly pollMs: number },
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await condition()) {
      return true;
    }
    await delay(pollMs);
  }
  return condition();
}
