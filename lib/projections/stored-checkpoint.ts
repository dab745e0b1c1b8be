/**
 * STORAGE FORMAT of projections, items of the State table: which builds a projection has, and the checkpoint of each.
 *
 * Both are written over themselves, on condition that nobody else has in between: `revision` counts the writes.
 */
import { UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { isText, isWhole } from '../events/stored-value.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { type Build, buildName, parseBuild } from './build.ts';

const FORMAT = 1;

/** The partition with one item for each projection. */
export const PROJECTIONS_PARTITION = 'PROJECTIONS';

/** Which builds of a projection there are. */
export interface ProjectionEntry {
  readonly name: string;
  readonly revision: number;
  /** What readers get. */
  readonly live: Build;
  /** What is built beside it. */
  readonly building?: Build;
}

/** An event that could not be handled. */
export interface Failure {
  /** Of the event, in the log. */
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  /** The error's message, shortened. */
  readonly message: string;
  /** When it failed first, ISO 8601, UTC. */
  readonly since: string;
  /** How often it was tried, at most five times before it halts. */
  readonly attempts: number;
  /** It is not tried again until somebody says so. */
  readonly isHalted: boolean;
}

/** How far a build has got. */
export interface Checkpoint {
  readonly name: string;
  readonly build: Build;
  readonly revision: number;
  /** Of the log: everything up to it is in the documents. */
  readonly position: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
  /** Who wrote it: tells a runner his own write, whose answer was lost, from another's. */
  readonly runner: string;
  /** Events that are set aside. */
  readonly parked: number;
  readonly failure?: Failure;
  /** Another build has taken its place; its documents are to be removed. */
  readonly isRetired: boolean;
}

export function entryKeyOf(name: string): ItemKey {
  return { PK: PROJECTIONS_PARTITION, SK: name };
}

export function checkpointPartition(name: string): string {
  return `PROJECTION#${name}`;
}

export function checkpointKey(name: string, build: Build): ItemKey {
  return { PK: checkpointPartition(name), SK: `BUILD#${buildName(build)}` };
}

export function encodeProjectionEntry({ name, revision, live, building }: ProjectionEntry): Item {
  return {
    ...entryKeyOf(name),
    format: FORMAT,
    revision,
    live: buildName(live),
    ...(building === undefined ? {} : { building: buildName(building) }),
  };
}

/** @throws {UnreadableItem} */
export function decodeProjectionEntry({ PK, SK, format, revision, live, building }: Item): ProjectionEntry {
  const liveBuild = isText(live) ? parseBuild(live) : undefined;
  const nextBuild = isText(building) ? parseBuild(building) : undefined;
  if (format !== FORMAT || !isWhole(revision, 1) || liveBuild === undefined || (building !== undefined && !nextBuild)) {
    throw new UnreadableItem(PK, SK, 'it is not a projection of a format that this version knows');
  }
  return { name: SK, revision, live: liveBuild, ...(nextBuild === undefined ? {} : { building: nextBuild }) };
}

export function encodeCheckpoint({ name, build, failure, ...checkpoint }: Checkpoint): Item {
  return {
    ...checkpointKey(name, build),
    format: FORMAT,
    ...checkpoint,
    ...(failure === undefined ? {} : { failure: { ...failure } }),
  };
}

/** @throws {UnreadableItem} */
export function decodeCheckpoint(item: Item): Checkpoint {
  const { PK, SK, format, revision, position, updatedAt, runner, parked, failure, isRetired } = item;
  const build = parseBuild(SK.slice('BUILD#'.length));
  if (
    format !== FORMAT ||
    build === undefined ||
    !isWhole(revision, 1) ||
    !isWhole(position, 0) ||
    !isText(updatedAt) ||
    !isText(runner) ||
    !isWhole(parked, 0) ||
    typeof isRetired !== 'boolean' ||
    !(failure === undefined || isFailure(failure))
  ) {
    throw new UnreadableItem(PK, SK, 'it is not a checkpoint of a format that this version knows');
  }
  const name = PK.slice('PROJECTION#'.length);
  const rest = { revision, position, updatedAt, runner, parked, isRetired };
  return { name, build, ...rest, ...(failure === undefined ? {} : { failure }) };
}

/** Puts a checkpoint, or a projection, over the one that it was made from. */
export function overRevision(item: Item, revision: number): ConditionalPut {
  return { table: 'state', item, over: { attribute: 'revision', is: revision } };
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === 'object' &&
    value !== null &&
    'position' in value &&
    isWhole(value.position, 1) &&
    'eventId' in value &&
    isText(value.eventId) &&
    'type' in value &&
    isText(value.type) &&
    'message' in value &&
    isText(value.message) &&
    'since' in value &&
    isText(value.since) &&
    'attempts' in value &&
    isWhole(value.attempts, 1) &&
    'isHalted' in value &&
    typeof value.isHalted === 'boolean'
  );
}
