import { AppendContention, CommitTooLarge, IdempotencyConflict, MissingCommit } from '../events/errors.ts';
import { type Item, itemSizeBytes } from '../events/item.ts';
import type { NewCommit } from '../events/new-commit.ts';
import {
  type Commit,
  commitAfter,
  commitKey,
  decodeCommit,
  encodeCommit,
  type GroupMember,
  stateAfter,
} from '../events/stored-commit.ts';
import { backoffMs } from '../tables/backoff.ts';
import { TRANSACTION_BYTES_MAX } from '../tables/bounds.ts';
import type { ConditionalPut, PutOutcome } from '../tables/tables.ts';
import { APPEND_ATTEMPTS_MAX, BACKOFF_MS_MAX, BACKOFF_MS_MIN } from './bounds.ts';
import type { StoreContext } from './context.ts';
import { type Expectation, expectedVersion, isOpen, namedVersion } from './expectation.ts';
import { type Boundary, proveBoundary, type Refusal, readHead } from './head.ts';
import {
  decodeKeyItem,
  encodeKeyItem,
  type IdempotencyKey,
  keyItemKey,
  requireSameEvents,
  requireSameUse,
} from './idempotency.ts';

/** One stream's part of an append. */
export interface CommitRequest {
  readonly commit: NewCommit;
  readonly expectation: Expectation;
  /** Stored with the commit; undefined where the commit's place alone tells a repeat. */
  readonly key?: IdempotencyKey;
  /** Whether the caller chose the commit's id, so that a repeat may come in another call. */
  readonly isRepeatable: boolean;
}

/** The commits as they are stored now, in the order of the requests. */
export interface WrittenCommits {
  readonly kind: 'written';
  readonly commits: readonly Commit[];
  /** Whether they were there before: this was a repeat. */
  readonly duplicate: boolean;
}

/** A command that is repeated, and that has changed nothing the first time. */
export interface ChangedNothing {
  readonly kind: 'changed-nothing';
  /** Of the stream at that time. */
  readonly version: number;
}

/** What an earlier call with the same key has come to. */
export type Earlier = WrittenCommits | ChangedNothing;

/**
 * Writes the commits of one append, all or none, each after a proven boundary: a conditional put where it is one item, a
 * transaction where there are more. Whoever finds the key of his commit taken is told by whom, in the same answer:
 *
 * - by the commit itself: an earlier try has succeeded although its answer was lost, so that is the result;
 * - by another, and any version would do: go on from that one's end;
 * - by another: refused.
 *
 * @throws {IdempotencyConflict | AppendContention | CommitTooLarge}
 */
export async function writeCommits(
  context: StoreContext,
  requests: readonly CommitRequest[],
): Promise<Earlier | Refusal> {
  let boundaries = await Promise.all(
    requests.map(({ commit, expectation }) => proveBoundary(context, commit.streamId, expectation)),
  );
  for (let attempt = 1; attempt <= APPEND_ATTEMPTS_MAX; attempt++) {
    const refusal = boundaries.find((boundary) => boundary.kind === 'refused');
    if (refusal !== undefined) {
      return (await earlierThanRefusal(context, requests, attempt)) ?? refusal;
    }
    const commits = commitsAfter(boundaries, requests, context.now());
    const outcomes = await putAll(context, requests, commits);
    if (outcomes === 'written') {
      return { kind: 'written', commits, duplicate: false };
    }
    const earlier = await earlierFound(context, requests, outcomes);
    if (earlier !== undefined) {
      return earlier;
    }
    boundaries = boundaries.map((boundary, index) => boundaryAfter(boundary, requests[index], outcomes[index]));
    // The first conflict goes on at once, without a read. From the second on there is a crowd: wait, and look where the head
    // is by now, which costs a fifth of the failed write that would otherwise find it out.
    if (attempt > 1 || outcomes.some(({ outcome }) => outcome === 'contended')) {
      await context.delay(backoffMs(context.random, attempt, BACKOFF_MS_MIN, BACKOFF_MS_MAX));
      boundaries = await Promise.all(
        boundaries.map((boundary, index) => boundaryNow(context, boundary, outcomes[index])),
      );
    }
  }
  throw new AppendContention(requests[0]?.commit.streamId ?? '', APPEND_ATTEMPTS_MAX);
}

/** Commits of several streams name each other, so that whoever finds one of them can keep them together. */
function commitsAfter(boundaries: readonly Boundary[], requests: readonly CommitRequest[], now: Date): Commit[] {
  const timestamp = now.toISOString();
  const states = boundaries.flatMap((boundary) => (boundary.kind === 'proven' ? [boundary.state] : []));
  const group: readonly GroupMember[] | undefined =
    states.length === 1 ? undefined : states.map(({ streamId, version }) => ({ streamId, version: version + 1 }));
  return states.flatMap((state, index) => {
    const request = requests[index];
    return request === undefined ? [] : [commitAfter(state, request.commit, timestamp, group)];
  });
}

/** Outcomes of the commits, in their order, then those of the keys. */
async function putAll(
  { tables, now }: StoreContext,
  requests: readonly CommitRequest[],
  commits: readonly Commit[],
): Promise<'written' | readonly PutOutcome[]> {
  const commitPuts = commits.map((commit): ConditionalPut => ({ table: 'events', item: encodeCommit(commit) }));
  const keyPuts = requests.flatMap(({ key, commit }, index): ConditionalPut[] => {
    const version = commits[index]?.version;
    return key === undefined || version === undefined
      ? []
      : [{ table: 'state', item: encodeKeyItem(commit.streamId, key, { version, hasCommit: true }, now()) }];
  });
  const puts = [...commitPuts, ...keyPuts];
  const [only] = puts;
  if (only !== undefined && puts.length === 1) {
    const result = await tables.put(only);
    return result.outcome === 'written' ? 'written' : [result];
  }
  requireTransactionSize(requests, puts);
  const result = await tables.transact(puts);
  return result.outcome === 'written' ? 'written' : result.puts;
}

function requireTransactionSize(requests: readonly CommitRequest[], puts: readonly ConditionalPut[]): void {
  const bytes = puts.reduce((size, { item }) => size + itemSizeBytes(item), 0);
  if (bytes > TRANSACTION_BYTES_MAX) {
    const streamIds = requests.map(({ commit }) => commit.streamId);
    throw new CommitTooLarge(streamIds, bytes, TRANSACTION_BYTES_MAX);
  }
}

/** What stands where the commit should: where any version does, it is what the next try follows; else it refuses. */
function boundaryAfter(
  boundary: Boundary,
  request: CommitRequest | undefined,
  result: PutOutcome | undefined,
): Boundary {
  if (request === undefined || result?.outcome !== 'occupied') {
    return boundary;
  }
  const found = decodeCommit(result.found);
  const state = stateAfter(found);
  if (isOpen(request.expectation)) {
    return { kind: 'proven', state };
  }
  const refusal: Refusal = {
    kind: 'refused',
    streamId: state.streamId,
    expectedVersion: expectedVersion(request.expectation),
    actualVersion: state.version,
    found,
  };
  return refusal;
}

/** Where the head is by now, for a commit that has lost its place. */
async function boundaryNow(
  context: StoreContext,
  boundary: Boundary,
  result: PutOutcome | undefined,
): Promise<Boundary> {
  return boundary.kind === 'proven' && result?.outcome === 'occupied'
    ? { kind: 'proven', state: await readHead(context, boundary.state.streamId, 'strong') }
    : boundary;
}

/**
 * The commits of an earlier call that this one repeats, before it is refused: the stream may have moved on since. Before the
 * first try nothing has told that yet; after it, only a key is looked for, because it is not documented that a cancelled
 * transaction gives each of its reasons and not the first one only.
 */
async function earlierThanRefusal(
  context: StoreContext,
  requests: readonly CommitRequest[],
  attempt: number,
): Promise<Earlier | undefined> {
  for (const request of requests) {
    const isTold = attempt > 1 && request.key === undefined;
    const earlier = isTold ? undefined : await earlierCall(context, requests, request);
    if (earlier !== undefined) {
      return earlier;
    }
  }
  return undefined;
}

/** What an earlier call with the same key, or with the same commit id after the same version, has come to. */
async function earlierCall(
  context: StoreContext,
  requests: readonly CommitRequest[],
  request: CommitRequest,
): Promise<Earlier | undefined> {
  const { commit, expectation, key, isRepeatable } = request;
  if (key !== undefined) {
    const item = await context.tables.get('state', keyItemKey(commit.streamId, key), 'strong');
    return item === undefined ? undefined : earlierByKey(context, requests, request, key, item);
  }
  const version = namedVersion(expectation);
  if (!isRepeatable || version === undefined) {
    return undefined;
  }
  const item = await context.tables.get('events', commitKey(commit.streamId, version + 1), 'strong');
  const found = item === undefined ? undefined : decodeCommit(item);
  return found?.commitId === commit.commitId ? sameAppend(context, requests, request, found) : undefined;
}

async function earlierByKey(
  context: StoreContext,
  requests: readonly CommitRequest[],
  request: CommitRequest,
  key: IdempotencyKey,
  item: Item,
): Promise<Earlier> {
  const { streamId } = request.commit;
  const made = decodeKeyItem(item);
  requireSameUse(streamId, key, made);
  return made.hasCommit
    ? sameAppend(context, requests, request, await readCommit(context, streamId, made.version))
    : { kind: 'changed-nothing', version: made.version };
}

/** The commits of an earlier try, where one of the outcomes shows that there was one. */
async function earlierFound(
  context: StoreContext,
  requests: readonly CommitRequest[],
  outcomes: readonly PutOutcome[],
): Promise<Earlier | undefined> {
  const keyed = requests.filter(({ key }) => key !== undefined);
  for (const [index, result] of outcomes.entries()) {
    if (result.outcome !== 'occupied') {
      continue;
    }
    const byKey = keyed[index - requests.length];
    if (byKey?.key !== undefined) {
      return earlierByKey(context, requests, byKey, byKey.key, result.found);
    }
    const request = requests[index];
    const found = decodeCommit(result.found);
    if (request !== undefined && found.commitId === request.commit.commitId) {
      return sameAppend(context, requests, request, found);
    }
  }
  return undefined;
}

/**
 * All commits of the append that `found` belongs to.
 *
 * @throws {IdempotencyConflict} they are of other streams, or have other events, than what is asked for
 */
async function sameAppend(
  context: StoreContext,
  requests: readonly CommitRequest[],
  { commit, key }: CommitRequest,
  found: Commit,
): Promise<WrittenCommits> {
  const name = key?.name ?? commit.commitId;
  const members = found.group ?? [{ streamId: found.streamId, version: found.version }];
  const versions = new Map(members.map(({ streamId, version }) => [streamId, version]));
  if (members.length !== requests.length) {
    throw new IdempotencyConflict(commit.streamId, name);
  }
  const commits = await Promise.all(
    requests.map(async (request) => {
      const version = versions.get(request.commit.streamId);
      if (version === undefined) {
        throw new IdempotencyConflict(commit.streamId, name);
      }
      const isFound = request.commit.streamId === found.streamId;
      const stored = isFound ? found : await readCommit(context, request.commit.streamId, version);
      // Of a command it is known by now that it is the same, and it may have been decided in another way.
      if (request.key?.command === undefined) {
        requireSameEvents(request.commit, stored, request.key?.name ?? request.commit.commitId);
      }
      return stored;
    }),
  );
  return { kind: 'written', commits, duplicate: true };
}

/** A commit that something else says is there. */
export async function readCommit({ tables }: StoreContext, streamId: string, version: number): Promise<Commit> {
  const item = await tables.get('events', commitKey(streamId, version), 'strong');
  if (item === undefined) {
    throw new MissingCommit(streamId, version);
  }
  return decodeCommit(item);
}
