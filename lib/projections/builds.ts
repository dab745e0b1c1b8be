import { ProjectionContention } from '../events/errors.ts';
import { backoffMs } from '../tables/backoff.ts';
import { queryAll } from '../tables/read-all.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { WRITE_ATTEMPTS_MAX, WRITE_BACKOFF_MS_MAX, WRITE_BACKOFF_MS_MIN } from './bounds.ts';
import { type Build, buildName } from './build.ts';
import type { ProjectionContext } from './context.ts';
import type { Projection } from './definition.ts';
import {
  type Checkpoint,
  checkpointKey,
  checkpointPartition,
  decodeCheckpoint,
  decodeProjectionEntry,
  encodeCheckpoint,
  encodeProjectionEntry,
  entryKeyOf,
  overRevision,
  type ProjectionEntry,
} from './stored-checkpoint.ts';

/** A build to work on, or that the code is older than what is stored. */
export type Opened =
  | { readonly kind: 'open'; readonly entry: ProjectionEntry; readonly checkpoint: Checkpoint }
  | { readonly kind: 'outdated'; readonly version: number };

/** Which of its builds a runner works on: the one that its version is for, or another one beside it. */
export type Purpose = 'run' | 'rebuild';

export async function readEntry({ tables }: ProjectionContext, name: string): Promise<ProjectionEntry | undefined> {
  const item = await tables.get('state', entryKeyOf(name), 'strong');
  return item === undefined ? undefined : decodeProjectionEntry(item);
}

export async function readCheckpoint(
  { tables }: ProjectionContext,
  name: string,
  build: Build,
): Promise<Checkpoint | undefined> {
  const item = await tables.get('state', checkpointKey(name, build), 'strong');
  return item === undefined ? undefined : decodeCheckpoint(item);
}

/** The checkpoints of all builds of a projection that are not removed yet. */
export async function readCheckpoints({ tables }: ProjectionContext, name: string): Promise<Checkpoint[]> {
  const options = { consistency: 'strong', direction: 'forward' } as const;
  const checkpoints: Checkpoint[] = [];
  for await (const item of queryAll(tables, 'state', { partition: checkpointPartition(name) }, options)) {
    checkpoints.push(decodeCheckpoint(item));
  }
  return checkpoints;
}

/**
 * The build that a runner works on. Where there is none for its version, one is begun: the live one where the projection is new,
 * otherwise one beside the live one.
 */
export async function openBuild(
  context: ProjectionContext,
  { name, version }: Pick<Projection, 'name' | 'version'>,
  runner: string,
  purpose: Purpose,
): Promise<Opened> {
  let wanted = purpose;
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
    const entry = await readEntry(context, name);
    const newest = Math.max(entry?.live.version ?? 0, entry?.building?.version ?? 0);
    if (newest > version) {
      return { kind: 'outdated', version: newest };
    }
    const build = entry === undefined ? undefined : buildFor(entry, version, wanted);
    if (entry === undefined || build === undefined) {
      await beginBuild(context, name, version, entry, runner);
    } else {
      const checkpoint = await readCheckpoint(context, name, build);
      if (checkpoint?.isRetired === false) {
        return { kind: 'open', entry, checkpoint };
      }
      // It has stopped for the one that is built beside it, which whoever runs now brings to its end.
      wanted = 'rebuild';
    }
    await pauseAfter(context, attempt);
  }
  throw new ProjectionContention(name, WRITE_ATTEMPTS_MAX);
}

/** Waits after the second and later tries: the first ones most often find what was just made. */
async function pauseAfter({ delay, random }: ProjectionContext, attempt: number): Promise<void> {
  if (attempt > 1) {
    await delay(backoffMs(random, attempt, WRITE_BACKOFF_MS_MIN, WRITE_BACKOFF_MS_MAX));
  }
}

function buildFor({ live, building }: ProjectionEntry, version: number, purpose: Purpose): Build | undefined {
  if (purpose === 'run' && live.version === version) {
    return live;
  }
  return building?.version === version ? building : undefined;
}

/** Begins a build at position 0. Where another runner was faster, his is found by the next look. */
async function beginBuild(
  context: ProjectionContext,
  name: string,
  version: number,
  entry: ProjectionEntry | undefined,
  runner: string,
): Promise<void> {
  const known = await readCheckpoints(context, name);
  const runs = known.filter(({ build }) => build.version === version).map(({ build }) => build.run);
  const build = { version, run: Math.max(0, ...runs) + 1 };
  const begun: ConditionalPut = { table: 'state', item: encodeCheckpoint(newCheckpoint(context, name, build, runner)) };
  if (entry === undefined) {
    const item = encodeProjectionEntry({ name, revision: 1, live: build });
    await context.tables.transact([{ table: 'state', item }, begun]);
    return;
  }
  // A build of a version between that one and this one is given up.
  const givenUp = known.filter((one) => entry.building !== undefined && isBuild(one, entry.building));
  const item = encodeProjectionEntry({ ...entry, revision: entry.revision + 1, building: build });
  await context.tables.transact([
    overRevision(item, entry.revision),
    begun,
    ...givenUp.map((one) => retiring(context, one)),
  ]);
}

function newCheckpoint({ now }: ProjectionContext, name: string, build: Build, runner: string): Checkpoint {
  const updatedAt = now().toISOString();
  return { name, build, revision: 1, position: 0, updatedAt, runner, parked: 0, isRetired: false };
}

/** What a build's checkpoint is once it is retired: whoever still works on it loses his next write. */
function retiring({ now }: ProjectionContext, checkpoint: Checkpoint): ConditionalPut {
  const { revision } = checkpoint;
  // Under no runner's name: the one that has written last must not take this for a write of its own.
  const retired = {
    ...checkpoint,
    revision: revision + 1,
    runner: '',
    isRetired: true,
    updatedAt: now().toISOString(),
  };
  return overRevision(encodeCheckpoint(retired), revision);
}

export function isBuild({ build }: Pick<Checkpoint, 'build'>, other: Build): boolean {
  return buildName(build) === buildName(other);
}

/**
 * Stops the live build where it is, for the one beside it: under continuous appends that would be behind for ever by what is
 * appended while it takes over. Readers go on with what is there.
 */
export async function stopLive(context: ProjectionContext, { name, live }: ProjectionEntry): Promise<void> {
  const checkpoint = await readCheckpoint(context, name, live);
  if (checkpoint !== undefined && !checkpoint.isRetired) {
    await context.tables.put(retiring(context, checkpoint));
  }
}

/**
 * Makes a build the live one: readers go from one to the other in one instant. Only where it is not behind the one that is live,
 * so that they never go back in time; `behind` otherwise, and `raced` where somebody has written in between.
 *
 * @param mayGoBack takes over from position 0 on as well: readers are told to wait, or see old documents
 */
export async function takeOver(
  context: ProjectionContext,
  entry: ProjectionEntry,
  checkpoint: Checkpoint,
  mayGoBack = false,
): Promise<'taken' | 'behind' | 'raced'> {
  const { name, build, revision, position } = checkpoint;
  const old = await readCheckpoint(context, name, entry.live);
  if (!mayGoBack && old !== undefined && old.position > position) {
    return 'behind';
  }
  const live = encodeProjectionEntry({ name, revision: entry.revision + 1, live: build });
  const own = encodeCheckpoint({ ...checkpoint, revision: revision + 1, updatedAt: context.now().toISOString() });
  const { outcome } = await context.tables.transact([
    overRevision(live, entry.revision),
    overRevision(own, revision),
    ...(old === undefined ? [] : [retiring(context, old)]),
  ]);
  return outcome === 'written' ? 'taken' : 'raced';
}
