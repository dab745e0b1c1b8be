import type { RunResult } from '../projections/runner.ts';
import type { RunOptions } from '../projections/work-through.ts';
import { PROJECTION_LOOK_MS, PROJECTION_RETRY_MS_MAX, PROJECTION_RETRY_MS_MIN } from './bounds.ts';
import { doublingMs, type Pause } from './stream-pause.ts';

export interface ProjectionLoopOptions {
  /** Of the projection. */
  readonly name: string;
  /** Works until there is nothing more to do. */
  readonly run: (options: RunOptions) => Promise<RunResult>;
  readonly pause: Pause;
  /** Is told each run that fails, and once why a projection does not go on. Must not throw. */
  readonly reportError: (error: unknown) => void;
}

export interface ProjectionLoop {
  /** Says that there is something to do. Where it runs, it runs once more. */
  wake(): void;
  /** Lets the run under way end as soon as it can, and waits for that. */
  stop(): Promise<void>;
}

/**
 * Runs a projection at once, then whenever it is woken, and every 5 s: one run at a time. A run that fails is tried again without end,
 * after a wait that doubles up to 5 s.
 */
export function startProjectionLoop(options: ProjectionLoopOptions): ProjectionLoop {
  const stopping = new AbortController();
  let wakeUp = new AbortController();
  const ended = loop(options, stopping.signal, () => {
    wakeUp = new AbortController();
    return AbortSignal.any([wakeUp.signal, stopping.signal]);
  });
  return {
    wake: () => wakeUp.abort(),
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** @param listen a signal of the next time that it is woken, from now on: asked for before a run, it tells of what comes meanwhile */
async function loop(
  { name, run, pause, reportError }: ProjectionLoopOptions,
  stopping: AbortSignal,
  listen: () => AbortSignal,
): Promise<void> {
  let said: string | undefined;
  for (let failures = 0; !stopping.aborted; ) {
    const woken = listen();
    try {
      const result = await run({ mayGoOn: () => !stopping.aborted });
      failures = 0;
      const trouble = troubleOf(name, result);
      if (trouble !== undefined && trouble !== said) {
        reportError(new Error(trouble));
      }
      said = trouble;
      await pause(result.outcome === 'more' ? 0 : PROJECTION_LOOK_MS, woken);
    } catch (error) {
      failures += 1;
      reportError(new Error(`Projection ${name} failed, and is tried again`, { cause: error }));
      await pause(doublingMs(failures, PROJECTION_RETRY_MS_MIN, PROJECTION_RETRY_MS_MAX), stopping);
    }
  }
}

/** Why a projection does not go on; undefined where it does. */
function troubleOf(name: string, { outcome, failure }: RunResult): string | undefined {
  if (outcome === 'halted' && failure !== undefined) {
    const { type, position, message } = failure;
    return `Projection ${name} has halted at position ${position} (${type}): ${message}. Once it is mended: tidemark projections redrive ${name}`;
  }
  return outcome === 'outdated' ? `Projection ${name} does nothing: a newer version of it is stored` : undefined;
}
