import { MissingCommit, type TidemarkError, UnreadableItem } from '../events/errors.ts';
import {
  COMMIT_HEAD_ATTRIBUTES,
  type CommitHead,
  commitSortKey,
  decodeCommitHead,
  type GroupMember,
  streamPartition,
} from '../events/stored-commit.ts';
import { inParallel } from '../tables/in-parallel.ts';
import type { ReadContext } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';
import { PENDING_COMMITS_MAX, PLANNED_COMMITS_MAX, REQUESTS_AT_ONCE } from './bounds.ts';
import type { MarkMemory } from './mark-memory.ts';
import { type PendingStream, type Plan, planBatch } from './plan.ts';
import { readMarks } from './tail.ts';
import type { Wanted } from './wanted.ts';

export interface WantedPlan {
  readonly plan: Plan;
  /** What was read, of the wanted streams and of those that they were appended together with. */
  readonly streams: ReadonlyMap<string, PendingStream>;
  /** Streams of which nothing can be planned, and why. */
  readonly damaged: ReadonlyMap<string, TidemarkError>;
}

/**
 * Reads what the wanted commits need, and plans them: the marks of their streams, what each stream lacks in the log, and the
 * same of all streams that those commits were appended together with, as far as that reaches.
 *
 * Marks that are not remembered are read consistently. That must be after the tail of the log has been marked: then a mark
 * knows everything up to the tail, and the condition of the next write says that there is nothing behind it.
 */
export async function planWanted(context: ReadContext, memory: MarkMemory, wanted: Wanted): Promise<WantedPlan> {
  const streams = new Map<string, PendingStream>();
  const damaged = new Map<string, TidemarkError>();
  const isCut = new Set<string>();
  // Ends, because each turn reads a stream that was not read, or one further than it was.
  for (let needs = wanted.through(); ; ) {
    const marks = await marksOfStreams(context, memory, [...needs.keys()]);
    await inParallel([...needs], REQUESTS_AT_ONCE, async ([streamId, through]) => {
      try {
        const pending = await readPending(context.tables, wanted, streamId, marks.get(streamId) ?? 0, through);
        streams.set(streamId, pending.stream);
        if (pending.isCut) {
          isCut.add(streamId);
        }
      } catch (error) {
        damaged.set(streamId, damageOf(error));
      }
    });
    const plan = planBatch(streams);
    if (plan.kind === 'moved') {
      return { plan, streams, damaged };
    }
    needs = throughOf(plan.unread.filter(({ streamId }) => !damaged.has(streamId) && !isCut.has(streamId)));
    const isFull = plan.units.length > 0 && commitsOf(streams) >= PLANNED_COMMITS_MAX;
    if (needs.size === 0 || isFull) {
      return { plan, streams, damaged };
    }
  }
}

/** What concerns one stream only must not hold up all others; trouble with DynamoDB concerns all. */
function damageOf(error: unknown): TidemarkError {
  if (error instanceof MissingCommit || error instanceof UnreadableItem) {
    return error;
  }
  throw error;
}

async function marksOfStreams(
  context: ReadContext,
  memory: MarkMemory,
  streamIds: readonly string[],
): Promise<Map<string, number>> {
  const remembered = streamIds.map((streamId) => [streamId, memory.get(streamId)] as const);
  const unseen = remembered.filter(([, version]) => version === undefined).map(([streamId]) => streamId);
  const read = unseen.length === 0 ? new Map() : await readMarks(context, unseen, 'strong');
  return new Map(
    remembered.map(([streamId, version]) => {
      const known = version ?? read.get(streamId)?.version ?? 0;
      memory.set(streamId, known);
      return [streamId, known];
    }),
  );
}

/** The commits of a stream behind its mark, through a version: hints as long as they follow on, the rest from the table. */
async function readPending(
  tables: Tables,
  wanted: Wanted,
  streamId: string,
  sequencedThrough: number,
  through: number,
): Promise<{ readonly stream: PendingStream; readonly isCut: boolean }> {
  const commits: CommitHead[] = [];
  let next = sequencedThrough + 1;
  for (let hint = wanted.hint(streamId, next); hint !== undefined && commits.length < PENDING_COMMITS_MAX; ) {
    commits.push(hint);
    next += hint.count;
    hint = wanted.hint(streamId, next);
  }
  const left = PENDING_COMMITS_MAX - commits.length;
  const found = next <= through && left > 0 ? await readCommits(tables, streamId, next, through, left) : [];
  const stream = { streamId, sequencedThrough, commits: [...commits, ...found] };
  const reached = stream.commits.at(-1)?.version ?? sequencedThrough;
  return { stream, isCut: reached < through };
}

/** One page: more than that is for the next plan. */
async function readCommits(
  tables: Tables,
  streamId: string,
  from: number,
  through: number,
  limit: number,
): Promise<CommitHead[]> {
  const page = await tables.query(
    'events',
    { partition: streamPartition(streamId), from: commitSortKey(from), through: commitSortKey(through) },
    { consistency: 'strong', direction: 'forward', limit, attributes: COMMIT_HEAD_ATTRIBUTES },
  );
  const commits = page.items.map(decodeCommitHead);
  let next = from;
  for (const { version, count } of commits) {
    if (version !== next) {
      throw new MissingCommit(streamId, next);
    }
    next = version + count;
  }
  if (commits.length === 0) {
    throw new MissingCommit(streamId, from);
  }
  return commits;
}

function throughOf(members: readonly GroupMember[]): Map<string, number> {
  const through = new Map<string, number>();
  for (const { streamId, version } of members) {
    through.set(streamId, Math.max(version, through.get(streamId) ?? 0));
  }
  return through;
}

function commitsOf(streams: ReadonlyMap<string, PendingStream>): number {
  return [...streams.values()].reduce((sum, { commits }) => sum + commits.length, 0);
}
