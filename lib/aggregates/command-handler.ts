import type { EventDefinitions } from '../events/define-events.ts';
import { InvalidArgument, type Issue, quote } from '../events/errors.ts';
import { isPlainObject, jsonIssues } from '../events/json-issues.ts';
import { checkStreamId, nameIssue } from '../events/names.ts';
import type { EventTypes } from '../events/typed-event.ts';
import type { UnknownEvents } from '../events/upcast-event.ts';
import { createStoreContext, type EventStoreOptions } from '../store/event-store.ts';
import { RecentMap } from '../tables/recent-map.ts';
import { SNAPSHOT_EVERY_DEFAULT } from './bounds.ts';
import type { CommandOf, CommandOptions, CommandResult, CommandTypes } from './command.ts';
import type { HandlerContext } from './context.ts';
import type { Decider } from './decider.ts';
import { execute } from './execute.ts';
import { loadAggregate, refreshed } from './load.ts';
import { logFailures, type Observe } from './observation.ts';
import { shapeOf } from './snapshots.ts';

/** What a command handler is made of. */
export interface CommandHandlerOptions<State, Commands extends CommandTypes, Events extends EventTypes>
  extends EventStoreOptions {
  readonly decider: Decider<State, Commands, Events>;
  /** Events are checked against them before they are appended, and brought to their current shape when they are read. Default: neither. */
  readonly events?: EventDefinitions<Events>;
  /**
   * What becomes of stored events that the decider does not know, or that are newer than the code: an `UnreadableEvent` (`error`, the
   * default), or they are left out of the state (`pass-through`).
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
  handle(streamId: string, command: CommandOf<Commands>, options?: CommandOptions): Promise<CommandResult<Events>>;

  /** The state of a stream as it is now, as a command would find it. */
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
  requireValid([...countIssues({ snapshotEvery, cachedStatesMax }), ...undefinedEvents(decider, events)]);
  const store = createStoreContext(options);
  const { stateVersion } = decider;
  const context: HandlerContext<State, Commands, Events> = {
    store,
    decider,
    events,
    skipsUnknown: unknownEvents === 'pass-through',
    snapshots: { tables: store.tables, stateVersion, shape: shapeOf(decider, events), every: snapshotEvery, observe },
    cache: new RecentMap(cachedStatesMax),
    observe,
  };
  return {
    handle: async (streamId, command, commandOptions = {}) => {
      checkStream(decider, streamId);
      requireValid([...commandIssues(decider, command), ...optionIssues(commandOptions)]);
      return execute(context, streamId, command, commandOptions);
    },
    load: async (streamId) => {
      checkStream(decider, streamId);
      const known = context.cache.get(streamId);
      const { state, stream } =
        known === undefined ? await loadAggregate(context, streamId) : await refreshed(context, known);
      context.cache.set(streamId, { state, stream });
      return { state, version: stream.version };
    },
  };
}

function checkStream({ category }: { readonly category: string }, streamId: string): void {
  checkStreamId(streamId);
  if (!streamId.startsWith(`${category}-`)) {
    const message = `must be of category ${category}, such as ${quote(`${category}-1`)}, not ${quote(streamId)}`;
    throw new InvalidArgument([{ path: 'streamId', message }]);
  }
}

function commandIssues({ commandTypes }: { readonly commandTypes: readonly string[] }, command: unknown): Issue[] {
  if (!isPlainObject(command)) {
    return [{ path: 'command', message: `must be an object with type and data, not ${quote(command)}` }];
  }
  const { type, data, metadata } = command;
  const known = commandTypes.map(quote).join(', ');
  return [
    ...(typeof type === 'string' && commandTypes.includes(type)
      ? []
      : [{ path: 'command.type', message: `must be one of ${known}, not ${quote(type)}` }]),
    ...jsonIssues(data, 'command.data'),
    ...(metadata === undefined || isPlainObject(metadata)
      ? []
      : [{ path: 'command.metadata', message: `must be a plain object, not ${quote(metadata)}` }]),
  ];
}

/** Leaves room beside it in an idempotency key. */
const REACTION_NAME_LENGTH_MAX = 63;

function optionIssues({ idempotencyKey, reactionTo }: CommandOptions): Issue[] {
  if (idempotencyKey !== undefined && reactionTo !== undefined) {
    return [{ path: 'reactionTo', message: 'must not stand beside idempotencyKey: it is one by itself' }];
  }
  const issue = idempotencyKey === undefined ? undefined : nameIssue(idempotencyKey);
  const nameOf = reactionTo === undefined ? undefined : nameIssue(reactionTo.name, REACTION_NAME_LENGTH_MAX);
  return [
    ...(issue === undefined ? [] : [{ path: 'idempotencyKey', message: issue }]),
    ...(nameOf === undefined ? [] : [{ path: 'reactionTo.name', message: nameOf }]),
  ];
}

function countIssues(counts: Readonly<Record<string, unknown>>): Issue[] {
  return Object.entries(counts).flatMap(([path, value]) => {
    const isCount = Number.isSafeInteger(value) && Number(value) >= 0;
    return isCount ? [] : [{ path, message: `must be a whole number from 0, not ${quote(value)}` }];
  });
}

/** What a decider makes must be known to those who check it. */
function undefinedEvents(
  { eventTypes }: { readonly eventTypes: readonly string[] },
  events: { readonly types: readonly string[] } | undefined,
): Issue[] {
  const missing = events === undefined ? [] : eventTypes.filter((type) => !events.types.includes(type));
  return missing.map((type) => ({ path: 'events', message: `must define ${type}, which the decider has in evolve` }));
}

function requireValid(issues: readonly Issue[]): void {
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
}
