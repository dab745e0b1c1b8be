/** Works on a build: applies one part of the log after the other, until there is nothing more, no time, or an event that fails. */
import { backoffMs } from '../tables/backoff.ts';
import { EVENT_ATTEMPTS_MAX, EVENT_BACKOFF_MS_MAX, EVENT_BACKOFF_MS_MIN } from './bounds.ts';
import { buildName } from './build.ts';
import { applyDocuments, type Step } from './document-step.ts';
import { type FailedEvent, messageOf } from './fold.ts';
import { applyToHandler } from './handler-step.ts';
import type { Failure } from './stored-checkpoint.ts';
import { commit, isCaughtUp, positionAfter, readPage, type Work } from './work.ts';

/** How a run ends before it has caught up, and who is told of what it does. */
export interface RunOptions {
  /** Is asked before each transaction but the first one; `false` leaves the rest to a later run. Default: goes on to the end. */
  readonly mayGoOn?: () => boolean;
  /** Is told of each transaction. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Is told of each try of an event that fails and is not set aside, once that is written down. */
  readonly onFailure?: (failed: FailedEvent, failure: Failure) => void;
}

/** How far a run has come. */
export interface RunProgress {
  /** Such as `2.1`: the version of the code, and which run through the log of that. */
  readonly build: string;
  /** Of the log: everything up to it is applied. */
  readonly position: number;
  /** Of the log, as far as is known. */
  readonly head: number | undefined;
}

/** What working on a build has come to. */
export type WorkEnd = 'caught-up' | 'more' | 'halted' | 'overtaken';

/** What was done of a build in one go. */
export interface Worked {
  readonly end: WorkEnd;
  readonly events: number;
}

/** @throws as `ProjectionRunner.run` does */
export async function workThrough(work: Work, options: RunOptions): Promise<Worked> {
  const { mayGoOn = () => true, onProgress } = options;
  let events = 0;
  for (let turns = 0; ; turns++) {
    const end = endOf(work, turns, mayGoOn);
    if (end !== undefined) {
      return { end, events };
    }
    if (work.pending.length === 0) {
      await readPage(work);
    }
    const step = await recorded(work, await applyPending(work), options);
    if (step.kind === 'overtaken') {
      return { end: 'overtaken', events };
    }
    events += step.events;
    onProgress?.({ build: buildName(work.checkpoint.build), position: work.checkpoint.position, head: work.head });
  }
}

/** Why there is nothing more to do, for now. What an earlier run has seen of the log may be old: so the first turn always looks. */
function endOf(work: Work, turns: number, mayGoOn: () => boolean): WorkEnd | undefined {
  if (work.checkpoint.failure?.isHalted === true) {
    return 'halted';
  }
  if (turns === 0) {
    return undefined;
  }
  if (isCaughtUp(work)) {
    return 'caught-up';
  }
  return mayGoOn() ? undefined : 'more';
}

/** A step that has failed is written down, and comes to nothing. */
async function recorded(
  work: Work,
  step: Step,
  options: RunOptions,
): Promise<Exclude<Step, { readonly kind: 'failed' }>> {
  if (step.kind !== 'failed') {
    return step;
  }
  return (await recordFailure(work, step.failed, options)) ? { kind: 'applied', events: 0 } : { kind: 'overtaken' };
}

async function applyPending(work: Work): Promise<Step> {
  const { projection, checkpoint, pending, readThrough } = work;
  if (pending.length === 0) {
    return readThrough > checkpoint.position ? moveOn(work) : { kind: 'applied', events: 0 };
  }
  if (projection.kind === 'documents') {
    return applyDocuments(work, projection);
  }
  const attempts = checkpoint.failure?.attempts ?? 0;
  return applyToHandler(work, projection, attempts >= EVENT_ATTEMPTS_MAX - 1);
}

/** Events that the projection does not want: at most one write for all of them. */
async function moveOn(work: Work): Promise<Step> {
  const written = await commit(work, { position: positionAfter(work, 0) }, []);
  if (written === undefined) {
    return { kind: 'overtaken' };
  }
  work.checkpoint = written;
  return { kind: 'applied', events: 0 };
}

/** Writes down what failed, and waits before it is tried again. False where another runner was faster. */
async function recordFailure(work: Work, failed: FailedEvent, { onFailure }: RunOptions): Promise<boolean> {
  const { context, checkpoint } = work;
  const { event, error } = failed;
  const { failure: before } = checkpoint;
  const isSame = before?.position === event.position;
  const attempts = isSame ? before.attempts + 1 : 1;
  const failure: Failure = {
    position: event.position,
    eventId: event.id,
    type: event.type,
    message: messageOf(error),
    since: isSame ? before.since : context.now().toISOString(),
    attempts,
    isHalted: attempts >= EVENT_ATTEMPTS_MAX,
  };
  const written = await commit(work, { failure }, []);
  if (written === undefined) {
    return false;
  }
  work.checkpoint = written;
  onFailure?.(failed, failure);
  if (!failure.isHalted) {
    await context.delay(backoffMs(context.random, attempts, EVENT_BACKOFF_MS_MIN, EVENT_BACKOFF_MS_MAX));
  }
  return true;
}
