import { Throttled } from '../events/errors.ts';
import type { Item } from '../events/item.ts';
import { createLogReader, type LoggedEvent, type LogReader } from '../log/log-reader.ts';
import { backoffMs } from '../tables/backoff.ts';
import type { ConditionalPut, PutOutcome } from '../tables/tables.ts';
import { PAGE_EVENTS_MAX, WRITE_ATTEMPTS_MAX, WRITE_BACKOFF_MS_MAX, WRITE_BACKOFF_MS_MIN } from './bounds.ts';
import { readCheckpoint } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import type { Projection } from './definition.ts';
import { DocumentMemory } from './document-memory.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  overRevision,
  type ProjectionEntry,
} from './stored-checkpoint.ts';

/**
 * What a runner has in hand of a build. It is true as long as nobody else writes: every write is on condition that the checkpoint
 * is the one that is known here, and where it fails, all of this is thrown away.
 */
export interface Work {
  readonly context: ProjectionContext;
  readonly projection: Projection;
  /** The name of the runner. */
  readonly runner: string;
  readonly entry: ProjectionEntry;
  checkpoint: Checkpoint;
  readonly reader: LogReader;
  readonly documents: DocumentMemory;
  /** Events that were read and not applied, and how far was looked for them. */
  pending: readonly LoggedEvent[];
  readThrough: number;
  /** Of the log, as far as the last page told. */
  head: number | undefined;
  /** It was a rebuild, and somebody else has brought it to its end. */
  readonly isDone: boolean;
  /** Whether it was not looked yet for builds that are to be removed. */
  isFirst: boolean;
}

export function beginWork(
  context: ProjectionContext,
  projection: Projection,
  runner: string,
  opened: { readonly entry: ProjectionEntry; readonly checkpoint: Checkpoint },
): Work {
  const { entry, checkpoint } = opened;
  const { position } = checkpoint;
  return {
    context,
    projection,
    runner,
    entry,
    checkpoint,
    reader: createLogReader(context, position, projection.filter),
    documents: new DocumentMemory(),
    pending: [],
    readThrough: position,
    head: undefined,
    isDone: false,
    isFirst: true,
  };
}

/** Reads on; nothing may be pending. */
export async function readPage(work: Work): Promise<void> {
  const { events, position, head } = await work.reader.next(PAGE_EVENTS_MAX);
  work.pending = events;
  work.readThrough = position;
  work.head = head;
}

/** Whether all that was there at the last look is applied. */
export function isCaughtUp({ pending, head, readThrough, checkpoint }: Work): boolean {
  return pending.length === 0 && head !== undefined && readThrough >= head && checkpoint.position >= readThrough;
}

/** Which position is reached once the first of the pending events are applied. */
export function positionAfter({ pending, readThrough, checkpoint }: Work, count: number): number {
  const isAll = count >= pending.length;
  return isAll ? readThrough : Math.max(checkpoint.position, pending[count - 1]?.position ?? 0);
}

/** The first of the pending events are done. */
export function drop(work: Work, count: number): void {
  work.pending = work.pending.slice(count);
}

/** Whether somebody has written the checkpoint since it was remembered, or has removed it. */
export async function isTouched({ context, checkpoint }: Work): Promise<boolean> {
  const found = await readCheckpoint(context, checkpoint.name, checkpoint.build);
  return found?.revision !== checkpoint.revision;
}

/** What is to be written of a checkpoint. */
export type CheckpointChange = Partial<Pick<Checkpoint, 'position' | 'parked'>> & Pick<Partial<Checkpoint>, 'failure'>;

/**
 * Writes the checkpoint and whatever belongs to it, all or nothing, on condition that nobody has written the checkpoint since it was
 * read. False where somebody has; a write of our own whose answer was lost is told by the runner's name.
 */
export async function commit(
  { context, runner, ...work }: Pick<Work, 'context' | 'runner' | 'checkpoint'>,
  change: CheckpointChange,
  puts: readonly ConditionalPut[],
): Promise<Checkpoint | undefined> {
  const { revision } = work.checkpoint;
  const { failure: _, ...before } = work.checkpoint;
  const updatedAt = context.now().toISOString();
  const checkpoint: Checkpoint = { ...before, ...change, revision: revision + 1, runner, updatedAt };
  const own = overRevision(encodeCheckpoint(checkpoint), revision);
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
    const refusal = await refusalOf(context, [own, ...puts]);
    if (refusal === undefined) {
      return checkpoint;
    }
    if (refusal === 'missing') {
      return undefined;
    }
    if (refusal !== 'contended') {
      const found = decodeCheckpoint(refusal);
      return isSameWrite(found, checkpoint) ? found : undefined;
    }
    await context.delay(backoffMs(context.random, attempt, WRITE_BACKOFF_MS_MIN, WRITE_BACKOFF_MS_MAX));
  }
  throw new Throttled(new Error(`the checkpoint of projection ${work.checkpoint.name} could not be written`));
}

/** Not only by its position: a runner that has begun again may have made something else of the same events. */
function isSameWrite(found: Checkpoint, { runner, revision, position, parked, updatedAt }: Checkpoint): boolean {
  const isOwn = found.runner === runner && found.revision === revision && found.updatedAt === updatedAt;
  return isOwn && found.position === position && found.parked === parked && !found.isRetired;
}

/** Why a write was refused: the checkpoint that was found, that it was removed, or that the write may be tried again. */
async function refusalOf(
  { tables }: ProjectionContext,
  puts: readonly ConditionalPut[],
): Promise<Item | 'missing' | 'contended' | undefined> {
  const [only] = puts;
  if (only !== undefined && puts.length === 1) {
    return refusal(await tables.put(only));
  }
  const result = await tables.transact(puts);
  const [checkpoint] = result.outcome === 'written' ? [] : result.puts;
  return checkpoint === undefined ? undefined : (refusal(checkpoint) ?? 'contended');
}

function refusal(result: PutOutcome): Item | 'missing' | 'contended' | undefined {
  switch (result.outcome) {
    case 'written':
      return undefined;
    case 'occupied':
      return result.found;
    default:
      return result.outcome;
  }
}
