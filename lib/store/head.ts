import type { ExpectedExistence } from '../events/errors.ts';
import { emptyStream, type StreamState } from '../events/event.ts';
import {
  COMMIT_HEAD_ATTRIBUTES,
  type Commit,
  decodeCommitHead,
  stateAfter,
  streamPartition,
} from '../events/stored-commit.ts';
import type { Consistency } from '../tables/tables.ts';
import type { StoreContext } from './context.ts';
import { type Expectation, judge } from './expectation.ts';

/** The last commit of a stream as its state: one Query. */
export async function readHead(
  { tables }: StoreContext,
  streamId: string,
  consistency: Consistency,
): Promise<StreamState> {
  const page = await tables.query(
    'events',
    { partition: streamPartition(streamId) },
    { direction: 'backward', limit: 1, consistency, attributes: COMMIT_HEAD_ATTRIBUTES },
  );
  const last = page.items[0];
  return last === undefined ? emptyStream(streamId) : stateAfter(decodeCommitHead(last));
}

/** Why an append is refused: a value inside the store, an error only at its edge. */
export interface Refusal {
  readonly kind: 'refused';
  readonly streamId: string;
  readonly expectedVersion: number | ExpectedExistence;
  readonly actualVersion: number;
  /** The commit that stands where ours should, where that is the reason. */
  readonly found?: Commit;
}

/** A state that a commit may follow, or why none may. */
export type Boundary = { readonly kind: 'proven'; readonly state: StreamState } | Refusal;

/**
 * Proves that some commit ends exactly where the expectation says, before anything is written. Then the next commit can only
 * have the key after it, and the condition on that key decides every race. Without the proof, a version inside a commit, or
 * past the head, would be accepted, and the commits of a stream would overlap or leave a gap.
 *
 * A proof is positive and lasts, because commits are never deleted: so an eventually consistent read can give it. Where that
 * shows a head that is behind, it may be stale, and is read once more consistently. A head that is past the expectation is
 * past it for ever.
 */
export async function proveBoundary(
  context: StoreContext,
  streamId: string,
  expectation: Expectation,
): Promise<Boundary> {
  if (typeof expectation === 'object') {
    return { kind: 'proven', state: expectation };
  }
  if (expectation === 'no-stream' || expectation === 0) {
    // That nothing is there needs no proof: the condition on the first version is one.
    return { kind: 'proven', state: emptyStream(streamId) };
  }
  const seen = await readHead(context, streamId, 'eventual');
  const isBehind = judge(expectation, seen.version) === 'behind';
  const head = isBehind ? await readHead(context, streamId, 'strong') : seen;
  return expectation === 'any' || judge(expectation, head.version) === 'met'
    ? { kind: 'proven', state: head }
    : { kind: 'refused', streamId, expectedVersion: expectation, actualVersion: head.version };
}
