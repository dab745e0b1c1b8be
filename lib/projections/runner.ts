import { createLogReader } from '../log/log-reader.ts';
import { backoffMs } from '../tables/backoff.ts';
import {
  EVENT_ATTEMPTS_MAX,
  EVENT_BACKOFF_MS_MAX,
  EVENT_BACKOFF_MS_MIN,
  ROUNDS_MAX,
  SWITCH_REFUSALS_MAX,
} from './bounds.ts';
import { type Build, buildName } from './build.ts';
import { isBuild, openBuild, type Purpose, readCheckpoint, readEntry, stopLive, takeOver } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import type { Projection } from './definition.ts';
import { applyDocuments, type Step } from './document-step.ts';
import { type FailedEvent, messageOf } from './fold.ts';
import { applyToHandler } from './handler-step.ts';
import { removeRetired } from './remove-retired.ts';
import type { Failure } from './stored-checkpoint.ts';
import { beginWork, commit, isCaughtUp, isTouched, positionAfter, readPage, type Work } from './work.ts';

export interface RunOptions {
  /** Is asked before each transaction but the first one; `false` leaves the rest to a later run. Default: goes on to the end. */
  readonly mayGoOn?: () => boolean;
  /** Is told of each transaction. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Is told of each try of an event that fails and is not set aside, once that is written down. */
  readonly onFailure?: (failed: FailedEvent, failure: Failure) => void;
}

export interface RunProgress {
  readonly build: string;
  readonly position: number;
  /** Of the log, as far as is known. */
  readonly head: number | undefined;
}

/**
 * How a run has ended:
 * - `caught-up`: everything that was in the log is applied;
 * - `more`: there was no time for the rest;
 * - `halted`: an event fails, and is not tried again until `redrive`;
 * - `overtaken`: another runner does the same work, and is faster;
 * - `outdated`: a newer version of the projection is there, or is being built.
 */
export type RunOutcome = 'caught-up' | 'more' | 'halted' | 'overtaken' | 'outdated';

export interface RunResult {
  readonly outcome: RunOutcome;
  /** What was worked on; undefined where the code is outdated. */
  readonly build?: string;
  readonly position: number;
  /** Events that were applied, those included that the projection is not about. */
  readonly events: number;
  /** Events of the build that are set aside. */
  readonly parked: number;
  readonly failure?: Failure;
}

export interface ProjectionRunner {
  /**
   * Applies what is new in the log, as often as there is something, until it has caught up. A new version is built from the
   * beginning beside the live one, and takes over when it has caught up; what it has replaced is removed then.
   *
   * Any number of runners may run the same projection: those that are slower stop. Calls of one follow one another.
   *
   * @throws {Throttled | Unavailable | ProjectionContention} some of it may be applied; the same call goes on from there
   * @throws {AppendContention | CommandContention} of a handler, likewise: they are no failure of its event
   * @throws {DamagedLog | MissingCommit | UnreadableItem} what is stored is damaged
   */
  run(options?: RunOptions): Promise<RunResult>;
}

/** @param purpose `rebuild`: works on another build of the version that is live, beside it, and lets it take over */
export function createProjectionRunner(
  context: ProjectionContext,
  projection: Projection,
  purpose: Purpose = 'run',
): ProjectionRunner {
  const state: RunnerState = {
    context,
    projection,
    purpose,
    runner: context.newId(),
    work: undefined,
    rebuilding: undefined,
    refusals: 0,
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (options = {}) => {
      const result = last.then(() => run(state, options));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

interface RunnerState {
  readonly context: ProjectionContext;
  readonly projection: Projection;
  readonly purpose: Purpose;
  /** Its name in checkpoints. */
  readonly runner: string;
  /** What it remembers from one run to the next; undefined: to be read. */
  work: Work | undefined;
  /** What a rebuild has begun: somebody else may bring it to its end. */
  rebuilding: Build | undefined;
  /** How often a build could not take over, one time after the other. */
  refusals: number;
}

/** What working on a build has come to. */
type WorkEnd = 'caught-up' | 'more' | 'halted' | 'overtaken';

async function run(state: RunnerState, options: RunOptions): Promise<RunResult> {
  let events = 0;
  for (let round = 1; ; round++) {
    const wasRemembered = state.work !== undefined;
    const work = state.work ?? (await openWork(state));
    if (work === 'outdated') {
      return { outcome: 'outdated', position: 0, events, parked: 0 };
    }
    state.work = work;
    const ended = await workOn(work, wasRemembered, options).catch((error: unknown) => {
      state.work = undefined;
      throw error;
    });
    events += ended.events;
    const next = await afterWork(state, work, ended.end, options);
    const isOver = round >= ROUNDS_MAX || options.mayGoOn?.() === false;
    if (next !== 'again' || isOver) {
      return resultOf(work, next === 'again' ? 'more' : next, events);
    }
  }
}

/** What is remembered is proven by a write; where there was nothing to write, the checkpoint is read. */
async function workOn(work: Work, wasRemembered: boolean, options: RunOptions): Promise<Worked> {
  const { revision } = work.checkpoint;
  const worked: Worked = work.isDone ? { end: 'caught-up', events: 0 } : await workThrough(work, options);
  const isUnproven = wasRemembered && work.checkpoint.revision === revision;
  return isUnproven && (await isTouched(work)) ? { ...worked, end: 'overtaken' } : worked;
}

interface Worked {
  readonly end: WorkEnd;
  readonly events: number;
}

/** What follows when a build is worked through, as far as it goes. */
async function afterWork(
  state: RunnerState,
  work: Work,
  end: WorkEnd,
  options: RunOptions,
): Promise<RunOutcome | 'again'> {
  const { context, projection, purpose } = state;
  if (end === 'overtaken') {
    state.work = undefined;
    // A rebuild is to be brought to its end, by whomever.
    return purpose === 'rebuild' ? 'again' : whyOvertaken(work);
  }
  if (end !== 'caught-up') {
    return end;
  }
  if (isBuild(work.checkpoint, work.entry.live)) {
    work.isFirst = work.isFirst && !(await removeRetired(context, projection.name, options));
    return end;
  }
  state.work = undefined;
  const outcome = await takeOver(context, work.entry, work.checkpoint);
  state.refusals = outcome === 'taken' ? 0 : state.refusals + 1;
  if (state.refusals >= SWITCH_REFUSALS_MAX) {
    await stopLive(context, work.entry);
  }
  if (outcome === 'taken' && purpose === 'rebuild') {
    await removeRetired(context, projection.name, options);
    return end;
  }
  return 'again';
}

/** Whether somebody else does the work. Who has only touched the checkpoint, as `redrive` does, or has retired it, does not. */
async function whyOvertaken({ context, checkpoint }: Work): Promise<'overtaken' | 'again'> {
  const found = await readCheckpoint(context, checkpoint.name, checkpoint.build);
  const isGone = found === undefined || found.isRetired;
  return isGone || found.position === checkpoint.position ? 'again' : 'overtaken';
}

function resultOf({ checkpoint }: Work, outcome: RunOutcome, events: number): RunResult {
  const { build, position, parked, failure } = checkpoint;
  return { outcome, build: buildName(build), position, events, parked, ...(failure === undefined ? {} : { failure }) };
}

async function openWork(state: RunnerState): Promise<Work | 'outdated'> {
  const { context, projection, runner, purpose, rebuilding } = state;
  const entry = rebuilding === undefined ? undefined : await readEntry(context, projection.name);
  const isTaken = rebuilding !== undefined && entry !== undefined && isBuild({ build: rebuilding }, entry.live);
  const opened = await openBuild(context, projection, runner, isTaken ? 'run' : purpose);
  if (opened.kind === 'outdated') {
    return 'outdated';
  }
  const work = beginWork(context, projection, runner, opened);
  if (isTaken) {
    return { ...work, isDone: true };
  }
  state.rebuilding = purpose === 'rebuild' ? work.checkpoint.build : undefined;
  const own =
    projection.kind === 'handler' ? await projection.checkpoint?.(buildName(work.checkpoint.build)) : undefined;
  // Where the handler keeps the position itself, that is the truth, and ours tells others about it.
  return own === undefined || own === work.checkpoint.position
    ? work
    : {
        ...work,
        checkpoint: { ...work.checkpoint, position: own },
        reader: createLogReader(context, own, projection.filter),
        readThrough: own,
      };
}

async function workThrough(work: Work, options: RunOptions): Promise<Worked> {
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
