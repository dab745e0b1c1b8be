import { MissingCommit, type TidemarkError, UnreadableItem } from '../events/errors.ts';
import {
  COMMIT_HEAD_ATTRIBUTES,
  type CommitHead,
  commitSortKey,
  decodeCommitHead,
  type GroupMember,
  streamPartition,
} from '../events/stored-commit.ts';
import { backoffMs } from '../tables/backoff.ts';
import { inParallel } from '../tables/in-parallel.ts';
import { firstItems, type ReadContext } from '../tables/read-all.ts';
import {
  BACKOFF_MS_MAX,
  BACKOFF_MS_MIN,
  PENDING_COMMITS_MAX,
  PLANNED_COMMITS_MAX,
  REQUESTS_AT_ONCE,
  UNSEEN_ATTEMPTS_MAX,
} from './bounds.ts';
import type { MarkMemory } from './mark-memory.ts';
import { knowledgeOf, type PendingStream, type Plan, planBatch } from './plan.ts';
import { readMarks } from './tail.ts';
import type { Wanted } from './wanted.ts';

/** What is wrong with the streams that nothing can be planned of. */
export type DamagedStreams = Map<string, TidemarkError>;

export interface WantedPlan {
  readonly plan: Plan;
  /** What was read, of the wanted streams and of those that they were appended together with. */
  readonly streams: ReadonlyMap<string, PendingStream>;
}

/**
 * Reads what the wanted commits need, and plans them: the marks of their streams, what each stream lacks in the log, and the
 * same of all streams that those commits were appended together with, as far as that reaches, or as a plan holds.
 *
 * Marks that are not remembered are read consistently. That must be after the tail of the log has been marked: then a mark
 * knows everything up to the tail, and the condition of the next write says that there is nothing behind it.
 *
 * @param damaged is added to; streams in it are not read again
 */
export async function planWanted(
  context: ReadContext,
  memory: MarkMemory,
  wanted: Wanted,
  damaged: DamagedStreams,
): Promise<WantedPlan> {
  const reading: Reading = { context, memory, wanted, damaged, streams: new Map(), isCut: new Set(), weight: 0 };
  let needs = wanted.through();
  // Ends: each turn reads streams, or further parts of them, until none is needed. A plan is never empty where none is, unless
  // what it waits for is damaged.
  for (let budget = PLANNED_COMMITS_MAX; ; budget += PLANNED_COMMITS_MAX) {
    while (needs.size > 0 && reading.weight < budget) {
      needs = await readNeeds(reading, needs);
    }
    const plan = planBatch(reading.streams);
    if (plan.kind === 'moved' || plan.units.length > 0 || needs.size === 0) {
      return { plan, streams: reading.streams };
    }
  }
}

interface Reading {
  readonly context: ReadContext;
  readonly memory: MarkMemory;
  readonly wanted: Wanted;
  readonly damaged: DamagedStreams;
  readonly streams: Map<string, PendingStream>;
  /** Streams of which there is more than was read: the rest is for the next plan. */
  readonly isCut: Set<string>;
  /** Of what is held: a commit counts as one, and one more for each that it names. */
  weight: number;
}

/** Reads streams up to a version each. Returns what the commits that were read need besides. */
async function readNeeds(reading: Reading, needs: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const { streams, damaged, isCut } = reading;
  const unread = [...needs.keys()].filter((streamId) => !streams.has(streamId));
  const marks = await marksOfStreams(reading, unread);
  const limit = Math.max(1, Math.min(PENDING_COMMITS_MAX, Math.floor(PLANNED_COMMITS_MAX / needs.size)));
  const found: CommitHead[] = [];
  await inParallel([...needs], REQUESTS_AT_ONCE, async ([streamId, through]) => {
    const before = streams.get(streamId) ?? { streamId, sequencedThrough: marks.get(streamId) ?? 0, commits: [] };
    if (damaged.has(streamId)) {
      return;
    }
    const added = await readPending(reading, before, through, limit);
    const commits = [...before.commits, ...added];
    streams.set(streamId, { ...before, commits });
    found.push(...added);
    if ((commits.at(-1)?.version ?? before.sequencedThrough) < through) {
      isCut.add(streamId);
    }
  });
  reading.weight += found.reduce((sum, { group = [] }) => sum + 1 + group.length, 0);
  return needsOf(reading, found);
}

function needsOf({ streams, damaged, isCut }: Reading, commits: readonly CommitHead[]): Map<string, number> {
  const needs = new Map<string, number>();
  const isNeeded = (member: GroupMember) =>
    !damaged.has(member.streamId) && !isCut.has(member.streamId) && knowledgeOf(member, streams) === 'unread';
  for (const { streamId, version } of commits.flatMap(({ group = [] }) => group.filter(isNeeded))) {
    needs.set(streamId, Math.max(version, needs.get(streamId) ?? 0));
  }
  return needs;
}

async function marksOfStreams(
  { context, memory, damaged }: Reading,
  streamIds: readonly string[],
): Promise<Map<string, number>> {
  const sound = streamIds.filter((streamId) => !damaged.has(streamId));
  // What is remembered is looked up before anything new is, which may push it out.
  const remembered = new Map(sound.map((streamId) => [streamId, memory.get(streamId)]));
  const unseen = sound.filter((streamId) => remembered.get(streamId) === undefined);
  const read = await readMarks(context, unseen, 'strong');
  const marks = new Map<string, number>();
  for (const [streamId, version] of remembered) {
    const found = read.get(streamId);
    if (found instanceof UnreadableItem) {
      damaged.set(streamId, found);
    } else {
      const known = version ?? found?.version ?? 0;
      memory.set(streamId, known);
      marks.set(streamId, known);
    }
  }
  return marks;
}

/**
 * The next commits of a stream, behind what was read of it or its mark, until one that begins at a version is among them: hints as
 * long as they follow on, then from the table whatever is there, for what is not in the log must get there anyway.
 */
async function readPending(
  reading: Reading,
  { streamId, sequencedThrough, commits }: PendingStream,
  through: number,
  limit: number,
): Promise<CommitHead[]> {
  const last = commits.at(-1);
  let next = (last === undefined ? sequencedThrough : last.version + last.count - 1) + 1;
  const added: CommitHead[] = [];
  for (let hint = reading.wanted.hint(streamId, next); hint !== undefined && added.length < limit; ) {
    added.push(hint);
    next += hint.count;
    hint = reading.wanted.hint(streamId, next);
  }
  if (next > through || added.length >= limit) {
    return added;
  }
  try {
    return [...added, ...(await readCommits(reading.context, streamId, next, limit - added.length))];
  } catch (error) {
    const damage = damageOf(error);
    // What stands before a hole can be put into the log; then the hole is next, and is reported.
    if (added.length === 0 && commits.length === 0) {
      reading.damaged.set(streamId, damage);
    }
    return added;
  }
}

/** What concerns one stream only must not hold up all others; trouble with DynamoDB concerns all. */
function damageOf(error: unknown): TidemarkError {
  if (error instanceof MissingCommit || error instanceof UnreadableItem) {
    return error;
  }
  throw error;
}

/**
 * At most one page: more than that is for the next plan. Ends before a hole.
 *
 * That nothing is there yet need not mean that it was deleted: the items of a transaction that is under way may become visible one
 * after the other ("Amazon DynamoDB Transactions: How it works"), and one of them has told of this one. So it is looked for again.
 *
 * @throws {MissingCommit} the hole is where it begins
 */
async function readCommits(context: ReadContext, streamId: string, from: number, limit: number): Promise<CommitHead[]> {
  const range = { partition: streamPartition(streamId), from: commitSortKey(from) };
  const options = { consistency: 'strong', direction: 'forward', limit, attributes: COMMIT_HEAD_ATTRIBUTES } as const;
  for (let attempt = 1; attempt <= UNSEEN_ATTEMPTS_MAX; attempt++) {
    const { items } = await firstItems(context.tables, 'events', range, options);
    if (items.length > 0) {
      return withoutHole(streamId, from, items.map(decodeCommitHead));
    }
    await context.delay(backoffMs(context.random, attempt, BACKOFF_MS_MIN, BACKOFF_MS_MAX));
  }
  throw new MissingCommit(streamId, from);
}

function withoutHole(streamId: string, from: number, commits: readonly CommitHead[]): CommitHead[] {
  let next = from;
  const hole = commits.findIndex(({ version, count }) => {
    const isHole = version !== next;
    next = version + count;
    return isHole;
  });
  if (hole === 0) {
    throw new MissingCommit(streamId, from);
  }
  return hole === -1 ? [...commits] : commits.slice(0, hole);
}
