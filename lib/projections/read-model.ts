import { ProjectionBehind, UnknownProjection } from '../events/errors.ts';
import { nameIssue } from '../events/names.ts';
import { parseJson } from '../events/parse-json.ts';
import { delayUnlessEnded } from '../log/delay.ts';
import { requireValid } from '../log/log-filter.ts';
import { readLogHead } from '../log/read-log.ts';
import { queryAll } from '../tables/read-all.ts';
import { KEY_LENGTH_MAX, SWITCHES_MAX, WAIT_POLL_MS } from './bounds.ts';
import { type Build, buildName } from './build.ts';
import { readCheckpoint, readEntry } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import { type Checkpoint, decodeProjectionEntry, type Failure, PROJECTIONS_PARTITION } from './stored-checkpoint.ts';
import { decodeDocument, documentKey } from './stored-document.ts';

/** A document as readers get it. Of no type: the build that is live may be of another version of the projection than the reader's code. */
export interface ReadDocument {
  readonly document: unknown;
  /** Of the log: all events up to it that the document is made from are in it. */
  readonly position: number;
}

/**
 * How a projection is:
 * - `live`: it has everything that is in the log;
 * - `catching-up`: it has not;
 * - `rebuilding`: it is built beside the one that is live, and not read yet;
 * - `failing`: an event fails, and is tried again;
 * - `halted`: an event has failed too often, and is not tried again until `redrive`.
 */
export type ProjectionState = 'live' | 'catching-up' | 'rebuilding' | 'failing' | 'halted';

/** How a build of a projection is. */
export interface ProjectionStatus {
  readonly name: string;
  /** Of the projection's code. */
  readonly version: number;
  /** Tells the builds of a version apart. */
  readonly build: string;
  readonly state: ProjectionState;
  /** Of the log: everything up to it is applied. */
  readonly position: number;
  /** Of the log. */
  readonly head: number;
  /** In events of the log, wanted or not. */
  readonly lag: number;
  /** When the position was written last: ISO 8601, UTC. */
  readonly updatedAt: string;
  /** Events that are set aside. */
  readonly parked: number;
  /** Why it is `failing` or `halted`. */
  readonly error?: Failure;
}

/** How long to wait for a projection. */
export interface WaitOptions {
  /** Milliseconds; 0 looks once. */
  readonly timeoutMs: number;
  /** Ends the wait as the time does. */
  readonly signal?: AbortSignal;
}

/** What readers of read models need of projections: nothing of their code. */
export interface ReadModels {
  /**
   * The document of a projection under a key, or undefined where there is none. Three consistent reads: of the build that is
   * live, of its checkpoint, then of the document; so it is at least as new as `position` says.
   *
   * @throws {UnknownProjection | InvalidArgument}
   */
  document(projection: string, key: string): Promise<ReadDocument | undefined>;

  /**
   * The projections and how they are, those that are being rebuilt behind those that are live. One Query of the projections, a read of
   * the checkpoint of each build, and one Query of the log's end, all consistent.
   *
   * @param projection only this one; nothing where it has not run yet. Default: all of them
   */
  statuses(projection?: string): Promise<ProjectionStatus[]>;

  /**
   * Resolves with the position of a projection once it has come to one: whoever has appended, and knows where in the log that
   * is, reads what includes it then.
   *
   * @throws {UnknownProjection}
   * @throws {ProjectionBehind} not in time
   */
  waitFor(projection: string, position: number, options: WaitOptions): Promise<number>;
}

/** Readers of what projections have made. */
export function createReadModels(context: ProjectionContext): ReadModels {
  return {
    document: (projection, key) => readDocument(context, projection, key),
    statuses: (projection) => readStatuses(context, projection),
    waitFor: (projection, position, options) => waitFor(context, projection, position, options),
  };
}

async function readDocument(context: ProjectionContext, name: string, key: string): Promise<ReadDocument | undefined> {
  const issue = nameIssue(key, KEY_LENGTH_MAX);
  requireValid(issue === undefined ? [] : [{ path: 'key', message: issue }]);
  for (let attempt = 1; ; attempt++) {
    const live = await liveCheckpoint(context, name);
    const item = await context.tables.get('readModels', documentKey(name, live.build, key), 'strong');
    const stored = item === undefined ? undefined : decodeDocument(name, live.build, item);
    if (stored?.json !== undefined) {
      return { document: parseJson(stored.json), position: live.position };
    }
    // Another build may have taken over in between, and this one's documents be removed by now.
    const isStillLive = attempt >= SWITCHES_MAX || (await isLive(context, name, live.build));
    if (isStillLive) {
      return undefined;
    }
  }
}

async function isLive(context: ProjectionContext, name: string, build: Build): Promise<boolean> {
  const entry = await readEntry(context, name);
  return entry !== undefined && buildName(entry.live) === buildName(build);
}

/** The checkpoint of the build that readers get. */
async function liveCheckpoint(context: ProjectionContext, name: string): Promise<Checkpoint> {
  for (let attempt = 1; attempt <= SWITCHES_MAX; attempt++) {
    const entry = await readEntry(context, name);
    const checkpoint = entry === undefined ? undefined : await readCheckpoint(context, name, entry.live);
    if (entry === undefined || checkpoint !== undefined) {
      return checkpoint ?? unknown(name);
    }
  }
  return unknown(name);
}

function unknown(name: string): never {
  throw new UnknownProjection(name);
}

async function waitFor(
  context: ProjectionContext,
  name: string,
  position: number,
  { timeoutMs, signal = new AbortController().signal }: WaitOptions,
): Promise<number> {
  const deadline = context.now().getTime() + timeoutMs;
  let reached = (await liveCheckpoint(context, name)).position;
  const isInTime = (waited: number) => waited < timeoutMs && context.now().getTime() < deadline && !signal.aborted;
  for (let waited = 0; reached < position && isInTime(waited); waited += WAIT_POLL_MS) {
    await delayUnlessEnded(context, Math.min(WAIT_POLL_MS, timeoutMs - waited), signal);
    reached = (await liveCheckpoint(context, name)).position;
  }
  if (reached < position) {
    throw new ProjectionBehind(name, reached, position);
  }
  return reached;
}

async function readStatuses(context: ProjectionContext, only: string | undefined): Promise<ProjectionStatus[]> {
  const options = { consistency: 'strong', direction: 'forward' } as const;
  const statuses: ProjectionStatus[] = [];
  const checkpoints: { readonly checkpoint: Checkpoint; readonly isLive: boolean }[] = [];
  const range = { partition: PROJECTIONS_PARTITION, ...(only === undefined ? {} : { from: only, through: only }) };
  for await (const item of queryAll(context.tables, 'state', range, options)) {
    const { name, live, building } = decodeProjectionEntry(item);
    for (const build of building === undefined ? [live] : [live, building]) {
      const checkpoint = await readCheckpoint(context, name, build);
      if (checkpoint !== undefined) {
        checkpoints.push({ checkpoint, isLive: build === live });
      }
    }
  }
  // Read last, so that no projection is ahead of it.
  const head = checkpoints.length === 0 ? 0 : await readLogHead(context, 'strong');
  for (const { checkpoint, isLive: isRead } of checkpoints) {
    statuses.push(statusOf(checkpoint, isRead, head));
  }
  return statuses;
}

function statusOf(checkpoint: Checkpoint, isRead: boolean, head: number): ProjectionStatus {
  const { name, build, position, updatedAt, parked, failure } = checkpoint;
  return {
    name,
    version: build.version,
    build: buildName(build),
    state: stateOf(checkpoint, isRead, head),
    position,
    head,
    lag: Math.max(0, head - position),
    updatedAt,
    parked,
    ...(failure === undefined ? {} : { error: failure }),
  };
}

function stateOf({ failure, position }: Checkpoint, isRead: boolean, head: number): ProjectionState {
  if (failure !== undefined) {
    return failure.isHalted ? 'halted' : 'failing';
  }
  if (!isRead) {
    return 'rebuilding';
  }
  return position >= head ? 'live' : 'catching-up';
}
