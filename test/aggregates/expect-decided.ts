import { expect } from 'vitest';
import { type Commit, recordedEvents } from '../../lib/events/stored-commit.ts';
import type { AccountState } from './account.ts';
import { type AccountCommand, decidedOn } from './account-model.ts';

/** That a commit is exactly what its command makes of the state before it. */
export function expectDecided(commit: Commit, before: AccountState, command: AccountCommand): void {
  const stored = recordedEvents(commit).map(({ type, data }) => ({ type, data }));
  expect(stored, `version ${commit.version} is what was decided on the state before it`).toEqual(
    decidedOn(before, command),
  );
}
