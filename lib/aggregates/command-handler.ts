import type { EventTypes } from '../events/typed-event.ts';
import type { UnknownEvents } from '../events/upcast-event.ts';
import { createStoreContext, type EventStoreOptions } from '../store/event-store.ts';
import { RecentMap } from '../tables/recent-map.ts';
import type { FoldContext } from './aggregate.ts';
import { checkStream, commandIssues, commandOptionIssues, handlerIssues, requireValid } from './arguments.ts';
import { SNAPSHOT_EVERY_DEFAULT } from './bounds.ts';
import type { Command, CommandOptions, CommandResult, CommandTypes } from './command.ts';
import type { HandlerContext } from './context.ts';
import type { Decider, DeciderEvents } from './decider.ts';
import { execute } from './execute.ts';
import { loadNow } from './load.ts';
import { logFailures, type Observe } from './observation.ts';
import { shapeOf } from './snapshots.ts';

/** What a command handler is made of. */
export interface CommandHandlerOptions<State, Commands extends CommandTypes, Events extends EventTypes>
  extends EventStoreOptions {
  readonly decider: Decider<State, Commands, Events>;
  /** Events are checked against them before they are appended, and brought to their current shape when they are read. Default: neither. */
  readonly events?: DeciderEvents<NoInfer<Events>>;
  /**
   * What becomes of stored events of types that the decider does not know: an `UnreadableEvent` (`error`, the default), or they are left out
   * of the state (`pass-through`). One of a known type that is newer than the code is always an `UnreadableEvent`.
   */
  readonly unknownEvents?: UnknownEvents;
  /** Events between two snapshots of a stream. 0: no snapshots are read or written. Default: 50. */
  readonly snapshotEvery?: number;
  /**
   * Streams whose states are kept in memory, those that were used last: a command on one of them is one request, as long as nobody else
   * writes to it. Where somebody has, the refused write costs what the write would, five times the read that it saves. So it is for
   * streams that come back to the same process. Default: 0.
   */
  readonly cachedStatesMax?: number;
  /** Is told of conflicts and snapshots. Must not throw. Default: logs snapshots that cannot be written. */
  readonly observe?: Observe;
}

/** Does the commands of one kind of aggregate. */
export interface CommandHandler<State, Commands extends CommandTypes, Events extends EventTypes> {
  /**
   * Does a command: loads the stream, decides, and appends what was decided where the stream has not changed meanwhile. Where it has, the
   * command is decided again on what has changed, 40 times at most.
   *
   * Costs, without a conflict: one Query for each MB of the stream, and one write; with a snapshot one small read and one Query of what
   * came after it; with a cached state one write. A conflict is one refused write, and from the second on one Query. A command that
   * is rejected, or has nothing to do, on a cached state is one Query: nothing is refused because of what may be out of date.
   *
   * It reads the stream and nothing else. What a projection says is out of date already when it is read, and nothing would notice.
   *
   * @throws whatever `decide` throws, such as {CommandRejected}: nothing was written
   * @throws {InvalidArgument | InvalidStreamId | InvalidEvent | CommitTooLarge} nothing was written
   * @throws {IdempotencyConflict} the key was used on the stream for another command; nothing was written
   * @throws {CommandContention} other writers were always faster; nothing was written
   * @throws {UnreadableEvent | UnreadableItem | MissingCommit} what is stored is not known, or damaged; nothing was written
   * @throws {Throttled | Unavailable} it may have been done: repeat it with the same key
   */
  handle<Type extends keyof Commands & string>(
    streamId: string,
    command: Command<Commands, Type>,
    options?: CommandOptions,
  ): Promise<CommandResult<Events>>;

  /**
   * The state of a stream as it is now, as a command would find it. It is frozen.
   *
   * @throws {InvalidArgument | InvalidStreamId | UnreadableEvent | UnreadableItem | MissingCommit | Throttled | Unavailable}
   */
  load(streamId: string): Promise<{ readonly state: State; readonly version: number }>;
}

/**
 * Does the commands of a decider.
 *
 * @example
 * const orders = commandHandler({ tables, decider: order, events: orderEvents });
 * await orders.handle('Order-1', { type: 'ShipOrder', data: {} }, { idempotencyKey: 'request-7' });
 *
 * @throws {InvalidArgument} an option is out of its range, or events of the decider are not defined
 */
export function commandHandler<State, Commands extends CommandTypes, Events extends EventTypes>(
  options: CommandHandlerOptions<State, Commands, Events>,
): CommandHandler<State, Commands, Events> {
  const { decider, events, unknownEvents = 'error', snapshotEvery = SNAPSHOT_EVERY_DEFAULT } = options;
  const { cachedStatesMax = 0, observe = logFailures } = options;
  requireValid(handlerIssues({ decider, events, unknownEvents, snapshotEvery, cachedStatesMax, observe }));
  const store = createStoreContext(options);
  const { stateVersion } = decider;
  const fold: FoldContext<State, Commands, Events> = {
    decider,
    events,
    skipsUnknown: unknownEvents === 'pass-through',
  };
  const context: HandlerContext<State, Commands, Events> = {
    ...fold,
    store,
    snapshots: { tables: store.tables, stateVersion, shape: shapeOf(fold), every: snapshotEvery, observe },
    cache: new RecentMap(cachedStatesMax),
    observe,
  };
  return {
    handle: async (streamId, command, commandOptions = {}) => {
      checkStream(decider, streamId);
      requireValid([...commandIssues(decider, command), ...commandOptionIssues(commandOptions)]);
      return execute(context, streamId, command, commandOptions);
    },
    load: async (streamId) => {
      checkStream(decider, streamId);
      const { state, stream } = await loadNow(context, streamId);
      return { state, version: stream.version };
    },
  };
}
