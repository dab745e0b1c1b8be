import type { LoggedEvent } from '../log/log-reader.ts';
import { queryAll } from '../tables/read-all.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { buildName } from './build.ts';
import { isBuild } from './builds.ts';
import type { BatchInfo, HandlerProjection } from './definition.ts';
import type { Step } from './document-step.ts';
import { parkedOf } from './fold.ts';
import { HandledPartly } from './handled-partly.ts';
import { isPassingTrouble } from './passing-trouble.ts';
import { decodeParked, encodeParked, type Parked, parkedPartition } from './stored-parked.ts';
import { commit, drop, isTouched, positionAfter, type Work } from './work.ts';

/**
 * Hands the pending events to the handler, then moves the checkpoint. Where the handler fails and the projection parks, they are
 * handed over one by one from there on, so that it shows which one it is.
 */
export async function applyToHandler(work: Work, projection: HandlerProjection, isLastTry: boolean): Promise<Step> {
  const [first] = work.pending;
  if (first === undefined) {
    return { kind: 'applied', events: 0 };
  }
  const isParking = projection.onError === 'park' && (work.checkpoint.parked > 0 || isLastTry);
  return isParking ? applyAlone(work, projection, first, isLastTry) : applyTogether(work, projection, first);
}

async function applyTogether(work: Work, projection: HandlerProjection, first: LoggedEvent): Promise<Step> {
  let events: readonly LoggedEvent[];
  try {
    events = readableEvents(projection, work.pending);
    await projection.handle(events, batchInfo(work, positionAfter(work, events.length)));
  } catch (error) {
    // Of those that were handled in part, the one that has failed is the first one then, and is tried again.
    return error instanceof HandledPartly ? moveBehind(work, error.count) : failedAt(first, error);
  }
  return moveBehind(work, events.length);
}

/**
 * The first events in their current shape, up to one that cannot be brought to it: that one is the first of the next step.
 *
 * @throws {UnreadableEvent} it is the first
 */
function readableEvents(projection: HandlerProjection, events: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const readable: LoggedEvent[] = [];
  for (const event of events) {
    try {
      readable.push(projection.current(event));
    } catch (error) {
      if (readable.length === 0) {
        throw error;
      }
      break;
    }
  }
  return readable;
}

async function applyAlone(
  work: Work,
  projection: HandlerProjection,
  event: LoggedEvent,
  isLastTry: boolean,
): Promise<Step> {
  let key: Pick<Parked, 'key'>;
  try {
    key = keyOf(projection, event);
  } catch (error) {
    // Without its key nobody knows what is to wait behind it, so it is not parked.
    return { kind: 'failed', failed: { event, error } };
  }
  const position = positionAfter(work, 1);
  switch (await placeOf(work, key)) {
    case 'behind':
      return park(work, position, { id: String(event.position), ...key, ...behind(work, event) });
    case 'unknown':
      return { kind: 'overtaken' };
    default:
  }
  try {
    await projection.handle([projection.current(event)], batchInfo(work, position));
  } catch (error) {
    const failed = failedAt(event, error);
    return isLastTry
      ? park(work, position, { ...parkedOf(String(event.position), event, error, work.context.now()), ...key })
      : failed;
  }
  return moveBehind(work, 1);
}

/** @throws trouble of the moment, which is none of the event: the run fails, and the same is tried again by the next one */
function failedAt(event: LoggedEvent, error: unknown): Step {
  if (isPassingTrouble(error)) {
    throw error;
  }
  return { kind: 'failed', failed: { event, error } };
}

/** So many of the pending events are handled. */
async function moveBehind(work: Work, events: number): Promise<Step> {
  const written = await commit(work, { position: positionAfter(work, events) }, []);
  if (written === undefined) {
    return { kind: 'overtaken' };
  }
  work.checkpoint = written;
  drop(work, events);
  return { kind: 'applied', events };
}

function batchInfo({ entry, checkpoint, head }: Work, position: number): BatchInfo {
  const isLive = isBuild(checkpoint, entry.live);
  const caughtUp = head !== undefined && position >= head ? 'live' : 'catching-up';
  return { position, phase: isLive ? caughtUp : 'rebuilding', build: buildName(checkpoint.build) };
}

function keyOf(projection: HandlerProjection, event: LoggedEvent): Pick<Parked, 'key'> {
  const key = projection.keyOf(event);
  return key === undefined ? {} : { key };
}

function behind({ context }: Work, { position, type }: LoggedEvent): Omit<Parked, 'id' | 'key'> {
  return { position, type, message: 'waits behind another one of its key', since: context.now().toISOString() };
}

/**
 * Whether an earlier event of the same key is parked. Where none is found, the checkpoint is read *after* what is parked: as long as
 * nobody has written it, nothing was taken away either. Of a build that was replaced what is parked is removed, and its events would
 * be handed over before those that they wait for.
 */
async function placeOf(work: Work, { key }: Pick<Parked, 'key'>): Promise<'first' | 'behind' | 'unknown'> {
  const { context, checkpoint } = work;
  if (key === undefined || checkpoint.parked === 0) {
    return 'first';
  }
  const range = { partition: parkedPartition(checkpoint.name, checkpoint.build) };
  for await (const item of queryAll(context.tables, 'state', range, { consistency: 'strong', direction: 'forward' })) {
    const parked = decodeParked(item);
    if (parked.key === key && parked.position > 0) {
      return 'behind';
    }
  }
  return (await isTouched(work)) ? 'unknown' : 'first';
}

async function park(work: Work, position: number, parked: Parked): Promise<Step> {
  const { name, build, parked: before } = work.checkpoint;
  const put: ConditionalPut = { table: 'state', item: encodeParked(name, build, parked), over: 'any' };
  const written = await commit(work, { position, parked: before + 1 }, [put]);
  if (written === undefined) {
    return { kind: 'overtaken' };
  }
  work.checkpoint = written;
  drop(work, 1);
  return { kind: 'applied', events: 1 };
}
