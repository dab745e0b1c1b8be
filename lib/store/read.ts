import { InvalidArgument, type Issue, MissingCommit, quote } from '../events/errors.ts';
import { emptyStream, type RecordedEvent, type StreamState } from '../events/event.ts';
import { checkStreamId } from '../events/names.ts';
import {
  type Commit,
  commitKey,
  commitSortKey,
  decodeCommit,
  recordedEvents,
  stateAfter,
  streamPartition,
} from '../events/stored-commit.ts';
import type { Consistency } from '../tables/tables.ts';
import type { StoreContext } from './context.ts';
import { readHead } from './head.ts';

/** Which part of a stream to read, and how fresh it must be. */
export interface ReadOptions {
  /** The version to start with, itself included, from 1. Default: 1; the head where the direction is backward. */
  readonly from?: number;
  /** Events at most, from 1. Default: all, page after page, in memory. */
  readonly limit?: number;
  /** Default: forward. */
  readonly direction?: 'forward' | 'backward';
  /**
   * `strong` (the default) sees every append that was answered before. `eventual` costs half and may be behind by some
   * commits; what it returns is a state that the stream has had, without gaps.
   */
  readonly consistency?: Consistency;
}

/** What was read of a stream. */
export interface ReadResult<Recorded = RecordedEvent> {
  readonly streamId: string;
  /** In the direction that was asked for. */
  readonly events: readonly Recorded[];
  /** The head of the stream; version 0 where there is no such stream. Expect it in an append, which then is one request. */
  readonly state: StreamState;
  /** The version to go on from, where the limit left events out. */
  readonly next?: number;
}

/** `EventStore.read`, where what it costs and throws is said. */
export async function read(context: StoreContext, streamId: string, options: ReadOptions = {}): Promise<ReadResult> {
  checkStreamId(streamId);
  checkReadOptions(options);
  const { from, limit = Number.POSITIVE_INFINITY, direction = 'forward', consistency = 'strong' } = options;
  const readSlice = (freshness: Consistency) => {
    const stream = { context, streamId, consistency: freshness };
    return direction === 'forward' ? forwardSlice(stream, from ?? 1, limit) : backwardSlice(stream, from, limit);
  };
  let slice = await readSlice(consistency);
  if (consistency === 'eventual' && missingVersion(slice) !== undefined) {
    // Replicas promise nothing across items, so an eventually consistent read may lack one that is there.
    slice = await readSlice('strong');
  }
  const missing = missingVersion(slice);
  if (missing !== undefined) {
    throw new MissingCommit(streamId, missing);
  }
  return direction === 'forward' ? forwardResult(slice) : backwardResult(slice);
}

/** The commits, ascending, that hold the versions from `low` through `high` as far as the stream has them. */
interface Slice {
  readonly low: number;
  readonly high: number;
  readonly commits: readonly Commit[];
  readonly head: StreamState;
}

/** A stream, and how fresh what is read of it must be. */
interface Source {
  readonly context: StoreContext;
  readonly streamId: string;
  readonly consistency: Consistency;
}

/** Sort keys are versions, so the range of keys is the range of commits, and nothing is read that is not returned. */
async function forwardSlice(source: Source, low: number, limit: number): Promise<Slice> {
  const high = low + limit - 1;
  const found = await commitsStarting(source, low, high, 'forward');
  const before = (found[0]?.version ?? high + 1) > low && low > 1 ? await commitHolding(source, low, found[0]) : [];
  const commits = [...before, ...found];
  const last = commits.at(-1);
  const end = last === undefined ? emptyStream(source.streamId) : stateAfter(last);
  // A commit that would follow within the range is not there, so the last one is the head; else it must be looked up.
  const head = end.version < high ? end : await readHead(source.context, source.streamId, source.consistency);
  return { low, high, commits, head: head.version < end.version ? end : head };
}

async function backwardSlice(source: Source, from: number | undefined, limit: number): Promise<Slice> {
  if (from === undefined && limit === Number.POSITIVE_INFINITY) {
    const commits = await commitsStarting(source, 1, limit, 'backward');
    const head = stateOf(source.streamId, commits.at(-1));
    return { low: 1, high: head.version, commits, head };
  }
  const [last] = await lastCommitThrough(source, undefined);
  const head = stateOf(source.streamId, last);
  const high = Math.min(from ?? head.version, head.version);
  const low = Math.max(1, high - limit + 1);
  if (last === undefined || last.version <= low) {
    return { low, high, commits: last === undefined ? [] : [last], head };
  }
  const found = await commitsStarting(source, low, Math.min(high, last.version - 1), 'backward');
  const withLast = high < last.version ? found : [...found, last];
  const first = withLast[0];
  const before = (first?.version ?? high + 1) > low ? await commitHolding(source, low, first) : [];
  return { low, high, commits: [...before, ...withLast], head };
}

/** The commits whose first version is in a range, ascending, page by page. */
async function commitsStarting(
  { context, streamId, consistency }: Source,
  low: number,
  high: number,
  direction: 'forward' | 'backward',
): Promise<Commit[]> {
  const partition = streamPartition(streamId);
  const through = high > Number.MAX_SAFE_INTEGER ? {} : { through: commitSortKey(high) };
  const range = { partition, from: commitSortKey(low), ...through };
  const commits: Commit[] = [];
  let after: { readonly after?: string } = {};
  do {
    const page = await context.tables.query('events', range, { direction, consistency, ...after });
    for (const item of page.items) {
      commits.push(decodeCommit(item));
    }
    after = page.resumeAfter === undefined ? {} : { after: page.resumeAfter };
  } while (after.after !== undefined);
  return direction === 'forward' ? commits : commits.reverse();
}

/** The commit that holds a version and starts before it: the predecessor of the commit that `next` is, if there is one. */
async function commitHolding(source: Source, version: number, next: Commit | undefined): Promise<Commit[]> {
  if (next === undefined) {
    return lastCommitThrough(source, version);
  }
  const key = commitKey(source.streamId, next.previous);
  const item = await source.context.tables.get('events', key, source.consistency);
  return item === undefined ? [] : [decodeCommit(item)];
}

/** The last commit, or the last that starts at or before a version: none where the stream has none. */
async function lastCommitThrough(
  { context, streamId, consistency }: Source,
  version: number | undefined,
): Promise<Commit[]> {
  const through = version === undefined ? {} : { through: commitSortKey(version) };
  const range = { partition: streamPartition(streamId), ...through };
  const page = await context.tables.query('events', range, { direction: 'backward', limit: 1, consistency });
  return page.items.map(decodeCommit);
}

/** The first version of the slice that no commit holds although the stream has it; undefined where all is there. */
function missingVersion({ low, high, commits, head }: Slice): number | undefined {
  let next = Math.min(low, commits[0]?.version ?? low);
  for (const { version, count } of commits) {
    if (version !== next) {
      return next;
    }
    next = version + count;
  }
  return next <= Math.min(high, head.version) ? next : undefined;
}

function forwardResult(slice: Slice): ReadResult {
  const { head, high } = slice;
  const next = high < head.version ? { next: high + 1 } : {};
  return { streamId: head.streamId, events: eventsOf(slice), state: head, ...next };
}

function backwardResult(slice: Slice): ReadResult {
  const { head, low, high } = slice;
  const next = low > 1 && high > 0 ? { next: low - 1 } : {};
  return { streamId: head.streamId, events: eventsOf(slice).reverse(), state: head, ...next };
}

/** Ascending, without what the first and the last commit hold outside of the slice. */
function eventsOf({ low, high, commits }: Slice): RecordedEvent[] {
  const events = commits.flatMap(recordedEvents);
  const isWhole = (events[0]?.version ?? low) >= low && (events.at(-1)?.version ?? 0) <= high;
  return isWhole ? events : events.filter(({ version }) => version >= low && version <= high);
}

function stateOf(streamId: string, last: Commit | undefined): StreamState {
  return last === undefined ? emptyStream(streamId) : stateAfter(last);
}

function checkReadOptions({ from, limit, direction, consistency }: ReadOptions): void {
  const issues: Issue[] = [];
  for (const [path, value] of Object.entries({ from, limit })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      issues.push({
        path,
        message: `must be a whole number from 1, not ${quote(value)}`,
      });
    }
  }
  if (direction !== undefined && direction !== 'forward' && direction !== 'backward') {
    issues.push({
      path: 'direction',
      message: `must be "forward" or "backward", not ${quote(direction)}`,
    });
  }
  if (consistency !== undefined && consistency !== 'strong' && consistency !== 'eventual') {
    issues.push({
      path: 'consistency',
      message: `must be "strong" or "eventual", not ${quote(consistency)}`,
    });
  }
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
}
