import { ProjectionContention, Unavailable, UnknownProjection } from '../events/errors.ts';
import type { Item } from '../events/item.ts';
import { parseJson } from '../events/parse-json.ts';
import { createLogReader, type LoggedEvent } from '../log/log-reader.ts';
import { backoffMs } from '../tables/backoff.ts';
import { queryAll } from '../tables/read-all.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { WRITE_ATTEMPTS_MAX, WRITE_BACKOFF_MS_MAX, WRITE_BACKOFF_MS_MIN } from './bounds.ts';
import { type Build, buildName } from './build.ts';
import { isBuild, readCheckpoint, readEntry } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import type { DocumentProjection, HandlerProjection, Projection } from './definition.ts';
import { evolved, messageOf, sizeError } from './fold.ts';
import { isPassingTrouble } from './passing-trouble.ts';
import type { Checkpoint } from './stored-checkpoint.ts';
import { decodeDocument, documentKey, encodeDocument, type StoredDocument } from './stored-document.ts';
import { decodeParked, encodeParked, type Parked, parkedKey, parkedPartition } from './stored-parked.ts';
import { commit } from './work.ts';

/** What trying again has come to. */
export interface Redriven {
  /** Whether the projection had halted, and goes on with its next run. */
  readonly wasHalted: boolean;
  /** Events that were set aside, and are applied now. */
  readonly applied: number;
  /** Events that are still set aside, because one of them fails again. */
  readonly left: number;
  /** Under which keys they are, and why. */
  readonly failures: readonly { readonly id: string; readonly message: string }[];
}

/**
 * Tries again what has failed: a projection that has halted goes on with its next run, and events that were parked are applied, in
 * their order, up to one that fails again. Of the builds of the projection's version, the one that is live and the one that is built
 * beside it. May run beside the projection, and again at any time.
 *
 * @throws {UnknownProjection} it was never run
 * @throws {ProjectionContention} its runner was always faster; what was applied is
 * @throws {Throttled | Unavailable | AppendContention | CommandContention} some of it may be applied; the same call goes on from there
 */
export async function redrive(context: ProjectionContext, projection: Projection): Promise<Redriven> {
  const runner = context.newId();
  const redriven: Mutable<Redriven> = { wasHalted: false, applied: 0, left: 0, failures: [] };
  for (const build of await buildsOf(context, projection)) {
    const { wasHalted, applied, left, failures } = await redriveBuild({ context, projection, runner, build });
    redriven.wasHalted ||= wasHalted;
    redriven.applied += applied;
    redriven.left += left;
    redriven.failures = [...redriven.failures, ...failures];
  }
  return redriven;
}

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };

/** What is redriven, and who does it. */
interface Redrive {
  readonly context: ProjectionContext;
  readonly projection: Projection;
  readonly runner: string;
  readonly build: Build;
}

/** The builds that this version of the code is for: code of another one makes other documents. */
async function buildsOf(context: ProjectionContext, { name, version }: Projection): Promise<Build[]> {
  const entry = await readEntry(context, name);
  if (entry === undefined) {
    throw new UnknownProjection(name);
  }
  const builds = entry.building === undefined ? [entry.live] : [entry.live, entry.building];
  return builds.filter((build) => build.version === version);
}

async function redriveBuild(one: Redrive): Promise<Redriven> {
  const { context, projection, runner } = one;
  const wasHalted = (await unhalt(one)) ?? false;
  let applied = 0;
  let left = 0;
  const failures: { id: string; message: string }[] = [];
  const failedKeys = new Set<string>();
  for (const parked of await readParked(one)) {
    if (parked.key !== undefined && failedKeys.has(parked.key)) {
      // It waits behind one that has failed again.
      left += 1;
      continue;
    }
    const result = await withCheckpoint(one, (checkpoint) =>
      projection.kind === 'documents'
        ? redriveDocument(context, projection, runner, checkpoint, parked)
        : redriveEvent(context, projection, runner, checkpoint, parked),
    );
    applied += result?.applied ?? 0;
    left += result?.left ?? 0;
    if (result?.message !== undefined) {
      failures.push({ id: parked.id, message: result.message });
      if (parked.key !== undefined) {
        failedKeys.add(parked.key);
      }
    }
  }
  return { wasHalted, applied, left, failures };
}

/** Clears what has failed, so that it is tried again. */
function unhalt(one: Redrive): Promise<boolean | undefined> {
  const { context, runner } = one;
  return withCheckpoint(one, async (checkpoint) => {
    if (checkpoint.failure === undefined) {
      return false;
    }
    const written = await commit({ context, runner, checkpoint }, {}, []);
    return written === undefined ? undefined : checkpoint.failure.isHalted;
  });
}

/**
 * Does something on condition of the checkpoint, and again where that was written in between: undefined says so. Comes to undefined
 * where the build was replaced, and its documents are being removed.
 */
async function withCheckpoint<Result>(
  { context, projection: { name }, build }: Redrive,
  attemptOn: (checkpoint: Checkpoint) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
    const checkpoint = await readCheckpoint(context, name, build);
    // One that has stopped for the one beside it is still read.
    if (checkpoint === undefined || (checkpoint.isRetired && !(await isLive(context, name, build)))) {
      return undefined;
    }
    const result = await attemptOn(checkpoint);
    if (result !== undefined) {
      return result;
    }
    await context.delay(backoffMs(context.random, attempt, WRITE_BACKOFF_MS_MIN, WRITE_BACKOFF_MS_MAX));
  }
  throw new ProjectionContention(name, WRITE_ATTEMPTS_MAX);
}

async function isLive(context: ProjectionContext, name: string, build: Build): Promise<boolean> {
  const entry = await readEntry(context, name);
  return entry !== undefined && isBuild({ build }, entry.live);
}

/** What is parked in a build, in the order of the log. */
async function readParked({ context, projection: { name }, build }: Redrive): Promise<Parked[]> {
  const options = { consistency: 'strong', direction: 'forward' } as const;
  const items: Item[] = [];
  for await (const item of queryAll(context.tables, 'state', { partition: parkedPartition(name, build) }, options)) {
    items.push(item);
  }
  const parked = items.map(decodeParked).filter(({ position }) => position > 0);
  return parked.toSorted((one, other) => one.position - other.position);
}

interface Result {
  readonly applied: number;
  readonly left: number;
  readonly message?: string;
}

async function redriveDocument(
  context: ProjectionContext,
  projection: DocumentProjection,
  runner: string,
  checkpoint: Checkpoint,
  parked: Parked,
): Promise<Result | undefined> {
  const { name, build } = checkpoint;
  const item = await context.tables.get('readModels', documentKey(name, build, parked.id), 'strong');
  const before = item === undefined ? undefined : decodeDocument(name, build, item);
  if (before === undefined || before.parked.length === 0) {
    return { applied: 0, left: 0 };
  }
  const { document, message } = await applyParked(context, projection, build, before);
  const applied = before.parked.length - document.parked.length;
  const left = document.parked.length;
  const mark = { ...parked, position: document.parked[0] ?? 0, ...(message === undefined ? {} : { message }) };
  const puts: ConditionalPut[] = [
    { table: 'readModels', item: encodeDocument(name, build, document), over: 'any' },
    { table: 'state', item: encodeParked(name, build, mark), over: 'any' },
  ];
  const change = { parked: checkpoint.parked - applied, ...failureOf(checkpoint) };
  const written = await commit({ context, runner, checkpoint }, change, puts);
  return written === undefined ? undefined : { applied, left, ...(message === undefined ? {} : { message }) };
}

/** A failure that has nothing to do with what is parked stays. */
function failureOf({ failure }: Checkpoint): Pick<Checkpoint, 'failure'> {
  return failure === undefined ? {} : { failure };
}

/** Applies parked events in their order, up to one that fails. */
async function applyParked(
  context: ProjectionContext,
  projection: DocumentProjection,
  build: Build,
  before: StoredDocument,
): Promise<{ readonly document: StoredDocument; readonly message?: string }> {
  let document: unknown = before.json === undefined ? undefined : parseJson(before.json);
  let position = before.position;
  const stored = (parked: readonly number[]): StoredDocument => {
    const json = document === undefined ? {} : { json: JSON.stringify(document) };
    return { key: before.key, json: undefined, ...json, position, parked };
  };
  for (const [index, at] of before.parked.entries()) {
    const event = await eventAt(context, at);
    const last = stored(before.parked.slice(index));
    try {
      // What fails must not have changed the document on the way.
      document = evolved(projection, document === undefined ? undefined : structuredClone(document), event);
      position = at;
      const waiting = before.parked.slice(index + 1);
      const error = sizeError(projection.name, before.key, encodeDocument(projection.name, build, stored(waiting)));
      if (error !== undefined) {
        throw error;
      }
    } catch (error) {
      return { document: last, message: messageOf(error) };
    }
  }
  return { document: stored([]) };
}

async function redriveEvent(
  context: ProjectionContext,
  projection: HandlerProjection,
  runner: string,
  checkpoint: Checkpoint,
  parked: Parked,
): Promise<Result | undefined> {
  const { name, build } = checkpoint;
  const item = await context.tables.get('state', parkedKey(name, build, parked.id), 'strong');
  if (item === undefined || decodeParked(item).position === 0) {
    // Another redrive was faster, or another build has taken over.
    return { applied: 0, left: 0 };
  }
  const event = await eventAt(context, parked.position);
  try {
    const { position } = checkpoint;
    const batch = { position, phase: 'catching-up', build: buildName(checkpoint.build) } as const;
    await projection.handle([projection.current(event)], batch);
  } catch (error) {
    if (isPassingTrouble(error)) {
      throw error;
    }
    return { applied: 0, left: 1, message: messageOf(error) };
  }
  const done = encodeParked(name, build, { ...parked, position: 0 });
  const change = { parked: checkpoint.parked - 1, ...failureOf(checkpoint) };
  const written = await commit({ context, runner, checkpoint }, change, [{ table: 'state', item: done, over: 'any' }]);
  return written === undefined ? undefined : { applied: 1, left: 0 };
}

/** The event at a position of the log, which the checkpoint has passed: where a replica does not show it yet, it is looked for again. */
async function eventAt(context: ProjectionContext, position: number): Promise<LoggedEvent> {
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
    const { events } = await createLogReader(context, position - 1, {}).next(1);
    const [event] = events;
    if (event !== undefined) {
      return event;
    }
    await context.delay(backoffMs(context.random, attempt, WRITE_BACKOFF_MS_MIN, WRITE_BACKOFF_MS_MAX));
  }
  throw new Unavailable(new Error(`position ${position} of the log, which is parked, is not visible yet`));
}
