/** A process that is started again whenever it has ended, and that is killed as `kill -9` does. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { FAILED_STARTS_MAX, POLL_MS, READY_MS_MAX } from './bounds.ts';

/** One life of a process. */
export interface Life<Handle> {
  readonly child: ChildProcess;
  /** Resolves with what it is used by when it can be used; never where it ends first. */
  readonly ready: Promise<Handle>;
  /** Resolves with how it ended, when all that it said before has been heard. */
  readonly gone: Promise<string>;
}

export interface SupervisedProcess<Handle> {
  readonly name: string;
  /** What it is used by; undefined while it is starting. */
  current(): Handle | undefined;
  pid(): number | undefined;
  /** Starts, the first one included. */
  readonly starts: number;
  /** Resolves when it can be used. Throws where that takes too long. */
  ready(): Promise<Handle>;
  /** `kill -9`, without a word; it is started again at once. */
  kill(): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/**
 * @param mayStart is awaited before each start
 * @param onTrouble is told where it ends although nobody has killed it, after it was ready, and where it does not start again and again
 */
export function supervise<Handle>(
  name: string,
  start: () => Life<Handle>,
  onTrouble: (what: string) => void,
  mayStart: () => Promise<void> = () => Promise.resolve(),
): SupervisedProcess<Handle> {
  let life: Life<Handle> | undefined;
  let handle: Handle | undefined;
  let starts = 0;
  let failedStarts = 0;
  let isKilled = false;
  let isStopping = false;
  const live = async () => {
    await mayStart();
    if (isStopping) {
      return;
    }
    isKilled = false;
    starts += 1;
    life = start();
    handle = await Promise.race([life.ready, life.gone.then(() => undefined)]);
    const wasReady = handle !== undefined;
    failedStarts = wasReady ? 0 : failedStarts + 1;
    const how = await life.gone;
    handle = undefined;
    if (wasReady && !isKilled) {
      onTrouble(`${name} ended by itself: ${how}`);
    }
  };
  const run = async () => {
    while (!isStopping && failedStarts < FAILED_STARTS_MAX) {
      await live();
      await delay(isStopping ? 0 : POLL_MS);
    }
    if (!isStopping) {
      onTrouble(`${name} did not start ${failedStarts} times in a row`);
    }
  };
  const ended = run();
  const kill = () => {
    isKilled = true;
    life?.child.kill('SIGKILL');
  };
  return {
    name,
    current: () => handle,
    pid: () => life?.child.pid,
    get starts() {
      return starts;
    },
    ready: async () => {
      await waitUntil(() => handle !== undefined || isStopping, { limitMs: READY_MS_MAX, pollMs: POLL_MS });
      if (handle === undefined) {
        throw new Error(`${name} is not ready after ${READY_MS_MAX / 1_000} s`);
      }
      return handle;
    },
    kill,
    stop: async () => {
      isStopping = true;
      kill();
      await ended;
    },
  };
}
