import { account } from './account.ts';

/** Rules that make another state of the same events. */
export const louder: typeof account = {
  ...account,
  stateVersion: 2,
  evolve: (state, event) => {
    const after = account.evolve(state, event);
    return { ...after, purposes: after.purposes.map((purpose) => purpose.toUpperCase()) };
  },
};
