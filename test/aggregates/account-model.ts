/** What the rules of accounts say, told a second time and without any of the machinery, to hold that against. */
import { isDeepStrictEqual } from 'node:util';
import { type Commit, recordedEvents } from '../../lib/events/stored-commit.ts';
import { type CommandOf, CommandRejected } from '../../lib/index.ts';
import { type AccountCommands, type AccountState, account, accountEvents } from './account.ts';

export type AccountCommand = CommandOf<AccountCommands>;

/** What an account is after so many of its commits: one state more than there are commits. */
export function statesOf(commits: readonly Commit[], decider: typeof account = account): AccountState[] {
  const states = [decider.initialState];
  for (const commit of commits) {
    const events = recordedEvents(commit).map((event) => accountEvents.upcast(event));
    states.push(events.reduce((state, event) => decider.evolve(state, event), states.at(-1) ?? decider.initialState));
  }
  return states;
}

/** What becomes of a command on a state: why it is rejected, or the events that it makes. */
export function decidedOn(state: AccountState, command: AccountCommand): string | readonly object[] {
  try {
    return account.decide(state, command).map(({ type, data }) => ({ type, data }));
  } catch (error) {
    if (error instanceof CommandRejected) {
      return error.reason;
    }
    throw error;
  }
}

/** That a command comes to this on one of some states. */
export function isDecidedOnOneOf(
  states: readonly AccountState[],
  command: AccountCommand,
  decided: string | readonly object[],
): boolean {
  return states.some((state) => isDeepStrictEqual(decidedOn(state, command), decided));
}
