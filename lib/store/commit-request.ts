import type { NewCommit } from '../events/new-commit.ts';
import type { Commit } from '../events/stored-commit.ts';
import type { Expectation } from './expectation.ts';
import type { IdempotencyKey } from './idempotency.ts';

/** One stream's part of an append. */
export interface CommitRequest {
  readonly commit: NewCommit;
  readonly expectation: Expectation;
  /** The commit behind the state that is expected, where it has been made already: it is written as it is, at each try. */
  readonly made?: Commit;
  /** Stored with the commit; undefined where the commit's place alone tells a repeat. */
  readonly key?: IdempotencyKey;
  /** Whether the caller chose the commit's id, so that a repeat may come in another call. */
  readonly isRepeatable: boolean;
}
