import {
  type CommandHandlerOptions,
  type CommandObservation,
  commandHandler,
  createEventStore,
  memoryTables,
  type TableRequest,
} from '../../lib/index.ts';
import { type AccountCommands, type AccountEvents, type AccountState, account, accountEvents } from './account.ts';

export type AccountOptions = Partial<CommandHandlerOptions<AccountState, AccountCommands, AccountEvents>>;

/** Accounts in memory, where waiting takes no time; what they cost, and what their handler has come across. */
export function accounts(options: AccountOptions = {}) {
  const requests: TableRequest[] = [];
  const tables = options.tables ?? memoryTables({ observer: (request) => requests.push(request) });
  const observed: CommandObservation[] = [];
  const handler = (more: AccountOptions = {}) =>
    commandHandler({
      decider: account,
      events: accountEvents,
      observe: (observation) => observed.push(observation),
      delay: async () => {},
      ...options,
      ...more,
      tables: more.tables ?? tables,
    });
  return {
    tables,
    store: createEventStore({ tables }),
    accounts: handler(),
    /** Another process. */
    handler,
    observed: () => observed.splice(0),
    /** The operations since the last look. */
    operations: () => requests.splice(0).map(({ operation }) => operation),
  };
}
