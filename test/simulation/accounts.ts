/** The domain of a run of the whole system: accounts, and ledgers that a process manager keeps of them, among streams of other kinds. */
import type { NewEvent } from '../../lib/index.ts';
import { account } from '../aggregates/account.ts';
import { ledger } from '../aggregates/ledger.ts';
import { louder } from '../aggregates/louder-account.ts';
import { type Parameters, parametersOf } from './parameters.ts';
import type { Prng } from './prng.ts';
import { isCalledBad, type TrailRules } from './projection-model.ts';
import { EVENT_TYPES, type MakeEvent, type World } from './world.ts';

export const ACCOUNTS = ['Account-1', 'Account-2'];
export const COMMAND_STREAMS = [...ACCOUNTS, 'Ledger-1'];
export const SYSTEM_STREAMS = ['Account-1', 'Ledger-1', 'A-1', 'Account-2', 'Ledger-2'];

/** Deposits of so many bring no luck: what reacts to them fails until it is mended. */
export const BAD_CENTS = 13;

/** Two versions of the code: what they make of the same events differs. */
export const DECIDERS = { Account: [account, louder], Ledger: [ledger, { ...louder, category: 'Ledger' }] } as const;

export const SYSTEM_TRAILS: TrailRules = {
  addedTypes: ['Deposited', 'X', 'Y'],
  endType: 'Closed',
  isBad: (data) => isCalledBad(data) || ('cents' in data && data.cents === BAD_CENTS),
};

export function systemParametersOf(prng: Prng): Parameters {
  return {
    ...parametersOf(prng, SYSTEM_STREAMS),
    operations: prng.between(2, 10),
    writers: prng.between(1, 2),
    followers: 1,
    faultySteps: prng.between(400, 2_500),
  };
}

/** What writers append: to accounts and ledgers deposits as they were before they had a purpose. */
export const newSystemEvent: MakeEvent = (world, streamId, given): NewEvent => {
  const { prng, parameters } = world;
  const data = prng.chance(parameters.badness) ? { ...given, isBad: true } : given;
  if (!/^(Account|Ledger)-/.test(streamId)) {
    return { type: prng.pick(EVENT_TYPES), data };
  }
  return { type: 'Deposited', data: { cents: drawnCents(world), ...data } };
};

export function drawnCents({ prng, parameters }: Pick<World, 'prng' | 'parameters'>): number {
  return prng.chance(parameters.badness) ? BAD_CENTS : prng.between(1, 3);
}
