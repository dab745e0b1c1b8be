/** Ledgers that a process manager keeps of what accounts do, and the process manager. */
import { commandHandler, defineProcessManager, type ProcessManagerDefinition, type Tables } from '../../lib/index.ts';
import { type AccountEvents, account, accountEvents, deposit } from './account.ts';

/** The same rules, in streams of their own. */
export const ledger: typeof account = { ...account, category: 'Ledger' };

export type Deposits = Pick<AccountEvents, 'Deposited'>;

export const ledgerOf = (streamId: string) => streamId.replace('Account', 'Ledger');

/** Who does commands, and who reacts to them, on tables; without waiting. */
export function ledgersOn(tables: Tables, delay: () => Promise<void> = async () => {}) {
  const common = { tables, events: accountEvents, delay, snapshotEvery: 3, observe: () => {} };
  const ledgers = commandHandler({ ...common, decider: ledger });
  return {
    accounts: commandHandler({ ...common, decider: account }),
    ledgers,
    /** Each deposit is two in the ledger of its account: of the same, and of 1. */
    keeper: (more: Partial<ProcessManagerDefinition<Deposits>> = {}) =>
      defineProcessManager<Deposits>({
        name: 'ledger-keeper',
        version: 1,
        category: 'Account',
        react: {
          Deposited: async ({ streamId, data }, send) => {
            await send(ledgers, ledgerOf(streamId), deposit(data.cents));
            await send(ledgers, ledgerOf(streamId), deposit(1));
          },
        },
        ...more,
      }),
  };
}
