import { InvalidArgument, WrongExpectedVersion } from '../events/errors.ts';
import type { NewEvent, StreamState } from '../events/event.ts';
import { nameIssue } from '../events/names.ts';
import { newCommit } from '../events/new-commit.ts';
import { type Commit, recordedEvents, stateAfter } from '../events/stored-commit.ts';
import type { CommitRequest } from './commit-request.ts';
import type { StoreContext } from './context.ts';
import type { Earlier, WrittenCommits } from './earlier.ts';
import { checkExpectation, type Expectation, isOpen } from './expectation.ts';
import type { Refusal } from './head.ts';
import { writeCommits } from './write-commits.ts';

/** How a repeated call is told from a new one. */
export interface IdempotencyOptions {
  /**
   * The id of the commit, 1 to 100 characters. A repeat with the same id and expectation gets the first result. Default: the
   * first event's id where the caller gave one, else a new one.
   */
  readonly commitId?: string;
  /**
   * 1 to 128 characters. The same key on the same stream appends once, whatever the repeat expects, for 7 days. It costs a
   * transaction: 2 × (the commit's write units + 1).
   */
  readonly idempotencyKey?: string;
}

/** What an append expects, and how a repeat of it is told. */
export interface AppendOptions extends IdempotencyOptions {
  /** What the stream must be like. Default: `'any'`. */
  readonly expect?: Expectation;
}

/** What was appended, and what the stream looks like now. */
export interface AppendResult {
  readonly streamId: string;
  /** Versions of the first and of the last event of this append. */
  readonly firstVersion: number;
  readonly version: number;
  /** In the order in which they were given. */
  readonly events: readonly { readonly id: string; readonly version: number }[];
  /** What the stream looks like after it: expect it in the next append, which then is one request. */
  readonly state: StreamState;
  /** Whether the append had been done before, and this is its first result. */
  readonly duplicate: boolean;
}

/** Leaves room for what is added to the ids of a commit's events and of the commits of an `appendMany`. */
const COMMIT_ID_LENGTH_MAX = 100;

/** `EventStore.append`, where what it costs and throws is said. */
export async function append(
  context: StoreContext,
  streamId: string,
  events: readonly NewEvent[],
  options: AppendOptions = {},
): Promise<AppendResult> {
  const request = commitRequest(context, streamId, options.expect ?? 'any', events, options);
  const { commits, duplicate } = requireWritten(await writeCommits(context, [request]));
  const [commit] = commits;
  if (commit === undefined) {
    throw new Error('An append of one commit wrote none');
  }
  return appendResult(request, commit, duplicate);
}

/** @throws {WrongExpectedVersion} a stream is not as expected */
export function requireWritten(result: Earlier | Refusal): WrittenCommits {
  switch (result.kind) {
    case 'written':
      return result;
    case 'refused':
      throw new WrongExpectedVersion(result.streamId, result.expectedVersion, result.actualVersion);
    case 'changed-nothing':
      throw new Error('An append without a command was taken for a repeated command');
  }
}

/** Checks one stream's part of an append. `suffix` tells the commits of one append apart. */
export function commitRequest(
  { newId }: StoreContext,
  streamId: string,
  expectation: Expectation,
  events: readonly NewEvent[],
  { commitId, idempotencyKey }: IdempotencyOptions,
  suffix = '',
): CommitRequest {
  checkOption('commitId', commitId, COMMIT_ID_LENGTH_MAX);
  checkOption('idempotencyKey', idempotencyKey);
  const chosenId = commitId ?? (idempotencyKey === undefined ? firstEventId(events) : undefined);
  const commit = newCommit(streamId, `${chosenId ?? newId()}${suffix}`, events);
  checkExpectation(streamId, expectation);
  const isRepeatable = chosenId !== undefined;
  if (idempotencyKey !== undefined) {
    return {
      commit,
      expectation,
      isRepeatable,
      key: { kind: 'KEY', name: idempotencyKey },
    };
  }
  // With a version, the item at that version tells a repeat, for ever and at no cost. Without one there is no such place.
  return isRepeatable && isOpen(expectation)
    ? {
        commit,
        expectation,
        isRepeatable,
        key: { kind: 'COMMIT', name: commit.commitId },
      }
    : { commit, expectation, isRepeatable };
}

export function appendResult({ commit: asked }: CommitRequest, commit: Commit, duplicate: boolean): AppendResult {
  // Ids that were made from the commit's id are those of the first try, which had an id of its own.
  const ids = duplicate ? recordedEvents(commit).map(({ id }) => id) : asked.eventIds;
  const state = stateAfter(commit);
  return {
    streamId: commit.streamId,
    firstVersion: commit.version,
    version: state.version,
    events: ids.map((id, index) => ({ id, version: commit.version + index })),
    state,
    duplicate,
  };
}

/** What is no id is refused with the events, and must not fail before. */
function firstEventId(events: readonly NewEvent[]): string | undefined {
  const id: unknown = Array.isArray(events) ? events[0]?.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function checkOption(path: string, value: unknown, lengthMax?: number): void {
  const message = value === undefined ? undefined : nameIssue(value, lengthMax);
  if (message !== undefined) {
    throw new InvalidArgument([{ path, message }]);
  }
}
