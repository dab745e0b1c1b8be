import { createLogReader } from '../log/log-reader.ts';
import { ROUNDS_MAX, SWITCH_REFUSALS_MAX } from './bounds.ts';
import { type Build, buildName } from './build.ts';
import { isBuild, openBuild, type Purpose, readCheckpoint, readEntry, stopLive, takeOver } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import type { Projection } from './definition.ts';
import { removeRetired } from './remove-retired.ts';
import type { Failure } from './stored-checkpoint.ts';
import { beginWork, isTouched, type Work } from './work.ts';
import { type RunOptions, type WorkEnd, type Worked, workThrough } from './work-through.ts';

/**
 * How a run has ended:
 * - `caught-up`: everything that was in the log is applied;
 * - `more`: there was no time for the rest;
 * - `halted`: an event fails, and is not tried again until `redrive`;
 * - `overtaken`: another runner does the same work, and is faster;
 * - `outdated`: a newer version of the projection is there, or is being built.
 */
export type RunOutcome = 'caught-up' | 'more' | 'halted' | 'overtaken' | 'outdated';

/** What a run has come to. */
export interface RunResult {
  readonly outcome: RunOutcome;
  /** What was worked on; undefined where the code is outdated. */
  readonly build?: string;
  /** Of the log: everything up to it is applied. */
  readonly position: number;
  /** Events that were applied, those included that the projection is not about. */
  readonly events: number;
  /** Events of the build that are set aside. */
  readonly parked: number;
  /** The event that fails. */
  readonly failure?: Failure;
}

/** Runs a projection, and remembers from one run to the next what it has read. */
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

/**
 * Makes a runner. One for each process that runs the projection.
 *
 * @param purpose `rebuild`: works on another build of the version that is live, beside it, and lets it take over
 */
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
