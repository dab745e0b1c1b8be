/** A small domain: accounts that are paid into and drawn from, and never go below zero. */
import { z } from 'zod';
import { CommandRejected, defineDecider, defineEvents, type EventsOf } from '../../lib/index.ts';

export const accountEvents = defineEvents({
  Deposited: {
    schema: z.object({ cents: z.int().min(1), purpose: z.string() }),
    // Version 1 had no purpose.
    upcasters: [(data: { cents: number }) => ({ ...data, purpose: 'unknown' })],
  },
  Withdrawn: { schema: z.object({ cents: z.int().min(1) }) },
  Closed: { schema: z.object({}) },
});

export type AccountEvents = EventsOf<typeof accountEvents>;

export interface AccountCommands {
  readonly Deposit: { readonly cents: number; readonly times?: number };
  readonly Withdraw: { readonly cents: number };
  readonly Close: object;
}

export type AccountState = {
  readonly cents: number;
  readonly isClosed: boolean;
  /** Of deposits, each once. */
  readonly purposes: readonly string[];
};

export const account = defineDecider<AccountState, AccountCommands, AccountEvents>({
  category: 'Account',
  initialState: { cents: 0, isClosed: false, purposes: [] },
  decide: {
    Deposit: ({ isClosed }, { data: { cents, times = 1 } }) => {
      requireOpen(isClosed);
      return Array.from({ length: times }, () => ({ type: 'Deposited', data: { cents, purpose: 'saving' } }));
    },
    Withdraw: ({ cents, isClosed }, { data }) => {
      requireOpen(isClosed);
      if (data.cents > cents) {
        throw new CommandRejected('not-enough', `There are ${cents} cents, which is less than ${data.cents}`);
      }
      return [{ type: 'Withdrawn', data: { cents: data.cents } }];
    },
    Close: ({ isClosed }) => (isClosed ? [] : [{ type: 'Closed', data: {} }]),
  },
  evolve: {
    Deposited: (state, { data }) => ({
      ...state,
      cents: state.cents + data.cents,
      purposes: state.purposes.includes(data.purpose) ? state.purposes : [...state.purposes, data.purpose],
    }),
    Withdrawn: (state, { data }) => ({ ...state, cents: state.cents - data.cents }),
    Closed: (state) => ({ ...state, isClosed: true }),
  },
});

function requireOpen(isClosed: boolean): void {
  if (isClosed) {
    throw new CommandRejected('closed', 'The account is closed');
  }
}

export const deposit = (cents: number, times = 1) => ({ type: 'Deposit', data: { cents, times } }) as const;
export const withdraw = (cents: number) => ({ type: 'Withdraw', data: { cents } }) as const;
export const close = { type: 'Close', data: {} } as const;
