import type { LoggedEvent } from '../log/log-reader.ts';
import { queryAll } from '../tables/read-all.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { buildName } from './build.ts';
import { isBuild } from './builds.ts';
import type { BatchInfo, HandlerProjection } from './definition.ts';
import type { Step } from './document-step.ts';
import { parkedOf } from './fold.ts';
import { HandledPartly } from './handled-partly.ts';
import { decodeParked, encodeParked, type Parked, parkedPartition } from './stored-parked.ts';
import { commit, drop, positionAfter, type Work } from './work.ts';

/**
 * Hands the pending events to the handler, then moves the checkpoint. Where the handler fails and the projection parks, they are
 * handed over one by one from there on, so that it shows which one it is.
 */
export async function applyToHandler(work: Work, projection: HandlerProjection, isLastTry: boolean): Promise<Step> {
  const { pending } = work;
  const isParking = projection.onError === 'park' && (work.checkpoint.parked > 0 || isLastTry);
  const events = isParking ? pending.slice(0, 1) : pending;
  const [first] = events;
  if (first === undefined) {
    return { kind: 'applied', events: 0 };
  }
  const position = positionAfter(work, events.length);
  if (isParking && (await waitsBehind(work, projection, first))) {
    return park(work, position, { id: String(first.position), ...keyOf(projection, first), ...behind(work, first) });
  }
  try {
    await projection.handle(events, batchInfo(work, position));
  } catch (error) {
    if (error instanceof HandledPartly) {
      // The one that has failed is the first one then, and is tried again.
      return handled(work, error.count);
    }
    if (isParking && isLastTry) {
      const parked = parkedOf(String(first.position), first, error, work.context.now());
      return park(work, position, { ...parked, ...keyOf(projection, first) });
    }
    return { kind: 'failed', failed: { event: first, error } };
  }
  return handled(work, events.length);
}

/** The first of the pending events are handled: the checkpoint moves behind them. */
async function handled(work: Work, count: number): Promise<Step> {
  const written = await commit(work, { position: positionAfter(work, count) }, []);
  if (written === undefined) {
    return { kind: 'overtaken' };
  }
  work.checkpoint = written;
  drop(work, count);
  return { kind: 'applied', events: count };
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

/** Whether an earlier event of the same key is parked. */
async function waitsBehind(work: Work, projection: HandlerProjection, event: LoggedEvent): Promise<boolean> {
  const { key } = keyOf(projection, event);
  if (key === undefined || work.checkpoint.parked === 0) {
    return false;
  }
  const { name, build } = work.checkpoint;
  const options = { consistency: 'strong', direction: 'forward' } as const;
  for await (const item of queryAll(
    work.context.tables,
    'state',
    { partition: parkedPartition(name, build) },
    options,
  )) {
    const parked = decodeParked(item);
    if (parked.key === key && parked.position > 0) {
      return true;
    }
  }
  return false;
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
