/** What an earlier call with the same commit id, or the same key, has come to. */
import { AppendContention, IdempotencyConflict, MissingCommit } from '../events/errors.ts';
import type { Item } from '../events/item.ts';
import { type Commit, commitKey, decodeCommit } from '../events/stored-commit.ts';
import { backoffMs } from '../tables/backoff.ts';
import type { PutOutcome } from '../tables/tables.ts';
import { APPEND_ATTEMPTS_MAX, BACKOFF_MS_MAX, BACKOFF_MS_MIN } from './bounds.ts';
import type { CommitRequest } from './commit-request.ts';
import type { StoreContext } from './context.ts';
import { namedVersion } from './expectation.ts';
import {
  decodeKeyItem,
  encodeKeyItem,
  type IdempotencyKey,
  keyItemKey,
  type MadeByKey,
  requireSameEvents,
  requireSameUse,
} from './idempotency.ts';

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
 * The commits of an earlier call that this one repeats, before it is refused: the stream may have moved on since. Before the
 * first try nothing has told that yet; after it, only a key is looked for, because it is not documented that a cancelled
 * transaction gives each of its reasons and not the first one only.
 */
export async function earlierThanRefusal(
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
  const made = usedKey(streamId, key, item);
  return made.hasCommit
    ? sameAppend(context, requests, request, await readCommit(context, streamId, made.version))
    : { kind: 'changed-nothing', version: made.version };
}

/** What an earlier command with the same key on the same stream has come to, if there was one. One or two consistent reads. */
export async function findEarlier(
  context: StoreContext,
  streamId: string,
  key: IdempotencyKey,
): Promise<Earlier | undefined> {
  const item = await context.tables.get('state', keyItemKey(streamId, key), 'strong');
  return item === undefined ? undefined : earlierCommand(context, streamId, key, item);
}

/**
 * Keeps the key of a command that has nothing to change, so that a repeat has nothing to change either.
 *
 * @returns what an earlier command with the key has come to, where there was one
 */
export async function keepUnchanged(
  context: StoreContext,
  streamId: string,
  key: IdempotencyKey,
  version: number,
): Promise<Earlier | undefined> {
  const item = encodeKeyItem(streamId, key, { version, hasCommit: false }, context.now());
  for (let attempt = 1; attempt <= APPEND_ATTEMPTS_MAX; attempt++) {
    const result = await context.tables.put({ table: 'state', item });
    if (result.outcome === 'written') {
      return undefined;
    }
    if (result.outcome === 'occupied') {
      return earlierCommand(context, streamId, key, result.found);
    }
    await context.delay(backoffMs(context.random, attempt, BACKOFF_MS_MIN, BACKOFF_MS_MAX));
  }
  throw new AppendContention(streamId, APPEND_ATTEMPTS_MAX);
}

/** @throws {IdempotencyConflict} it was used for something else */
function usedKey(streamId: string, key: IdempotencyKey, item: Item): MadeByKey {
  const made = decodeKeyItem(item);
  requireSameUse(streamId, key, made);
  return made;
}

async function earlierCommand(
  context: StoreContext,
  streamId: string,
  key: IdempotencyKey,
  item: Item,
): Promise<Earlier> {
  const made = usedKey(streamId, key, item);
  return made.hasCommit
    ? { kind: 'written', commits: [await readCommit(context, streamId, made.version)], duplicate: true }
    : { kind: 'changed-nothing', version: made.version };
}

/** The commits of an earlier try, where one of the outcomes shows that there was one. */
export async function earlierFound(
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
async function readCommit({ tables }: StoreContext, streamId: string, version: number): Promise<Commit> {
  const item = await tables.get('events', commitKey(streamId, version), 'strong');
  if (item === undefined) {
    throw new MissingCommit(streamId, version);
  }
  return decodeCommit(item);
}
