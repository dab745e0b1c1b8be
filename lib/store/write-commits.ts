import { AppendContention, CommitTooLarge } from '../events/errors.ts';
import { itemSizeBytes } from '../events/item.ts';
import {
  type Commit,
  commitAfter,
  decodeCommit,
  encodeCommit,
  type GroupMember,
  stateAfter,
} from '../events/stored-commit.ts';
import { backoffMs } from '../tables/backoff.ts';
import { TRANSACTION_BYTES_MAX } from '../tables/bounds.ts';
import type { ConditionalPut, PutOutcome } from '../tables/tables.ts';
import { APPEND_ATTEMPTS_MAX, BACKOFF_MS_MAX, BACKOFF_MS_MIN } from './bounds.ts';
import type { CommitRequest } from './commit-request.ts';
import type { StoreContext } from './context.ts';
import { type Earlier, earlierFound, earlierThanRefusal } from './earlier.ts';
import { expectedVersion, isOpen } from './expectation.ts';
import { type Boundary, proveBoundary, type Refusal, readHead } from './head.ts';
import { encodeKeyItem } from './idempotency.ts';

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
    return request === undefined ? [] : [request.made ?? commitAfter(state, request.commit, timestamp, group)];
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
