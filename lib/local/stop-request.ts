import { PARENT_POLL_MS, SAME_KEY_PRESS_MS } from './bounds.ts';
import { npmAbove } from './npm-above.ts';

/** What a program that was ended by Ctrl-C exits with, by convention. */
const EXIT_CODE_INTERRUPTED = 130;

/**
 * Resolves when this process should stop: Ctrl-C, SIGTERM, a closed terminal, or the end of npm if npm runs it. A second
 * Ctrl-C exits at once.
 */
export function stopRequest(
  exit: (code: number) => void = process.exit,
  now: () => number = performance.now.bind(performance),
): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = () => {
      askedAt ??= now();
      if (now() - askedAt > SAME_KEY_PRESS_MS) {
        exit(EXIT_CODE_INTERRUPTED);
      }
      resolve();
    };
    process.on('SIGINT', ask);
    process.on('SIGTERM', ask);
    process.on('SIGHUP', ask);
    if (process.env['npm_lifecycle_event'] !== undefined) {
      onEndOfNpm(resolve);
    }
  });
}

/** npm cannot tell us when it is killed with -9; without this we would live on, and hold the port. */
function onEndOfNpm(ended: () => void): void {
  const npm = npmAbove();
  const poll = setInterval(() => {
    if (npmAbove() !== npm) {
      clearInterval(poll);
      ended();
    }
  }, PARENT_POLL_MS);
  poll.unref();
}
