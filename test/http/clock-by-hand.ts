import type { HttpAppOptions } from '../../lib/http/app.ts';

/** A clock that a test moves, and the delays that wait for it. */
export interface ClockByHand extends Required<Pick<HttpAppOptions, 'now' | 'delay'>> {
  /** All delays so far, in milliseconds. */
  readonly delays: readonly number[];
  /** Resolves when something waits. */
  waits(): Promise<void>;
  /** Moves the clock by the delay that is under way, or by another time, and ends that delay. */
  pass(ms?: number): void;
}

/** @param abort what a delay does that is ended by its signal: `resolve`, or `reject` as the timers of Node do */
export function clockByHand(abort: 'resolve' | 'reject' = 'reject'): ClockByHand {
  const delays: number[] = [];
  let time = 0;
  let begun = Promise.withResolvers<void>();
  let end = () => {};
  return {
    delays,
    now: () => time,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        delays.push(ms);
        signal.addEventListener('abort', () => (abort === 'resolve' ? resolve() : reject(signal.reason)));
        end = resolve;
        begun.resolve();
      }),
    waits: () => begun.promise,
    pass: (ms = delays.at(-1) ?? 0) => {
      time += ms;
      begun = Promise.withResolvers();
      end();
    },
  };
}
