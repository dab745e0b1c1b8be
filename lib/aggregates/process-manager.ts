import type { ReadableEvents } from '../events/define-events.ts';
import { InvalidArgument, quote } from '../events/errors.ts';
import type { EventTypes } from '../events/typed-event.ts';
import {
  defineHandler,
  type EventOf,
  type HandlerDefinition,
  type HandlerProjection,
} from '../projections/definition.ts';
import type { CommandOf, CommandResult, CommandTypes } from './command.ts';
import type { CommandHandler } from './command-handler.ts';

/** Sends a command that an event has caused: once, however often the event comes. */
export type Send = <State, Commands extends CommandTypes, Events extends EventTypes>(
  handler: CommandHandler<State, Commands, Events>,
  streamId: string,
  command: CommandOf<Commands>,
) => Promise<CommandResult<Events>>;

/** What a process manager is made of. */
export interface ProcessManagerDefinition<Events extends EventTypes>
  extends Pick<HandlerDefinition<Events>, 'name' | 'version' | 'category' | 'onError'> {
  /**
   * ISO 8601. Events that were appended before it are passed over: for one that is added to a store that has events already, and is not
   * to react to all of its past. By the clocks of those who appended. Default: none is passed over.
   */
  readonly since?: string;
  /** Events come in their current shape. Default: as they are stored. */
  readonly events?: ReadableEvents<Events>;
  /**
   * For each type of event that matters, what follows from it. It sends commands, in the same order each time: the first, the second … of an event are
   * each done once. An error, a `CommandRejected` included, is tried again, then halts the process manager, or parks the event with those
   * that come later in its stream.
   */
  readonly react: {
    readonly [Type in keyof Events & string]?: (
      event: Extract<EventOf<Events>, { readonly type: Type }>,
      send: Send,
    ) => Promise<unknown> | undefined;
  };
}

/**
 * Defines a process manager: a projection that reacts to events with commands. It is run as any projection.
 *
 * Each command is done once for its event, under the process manager's name, for ever: a key in the stream that it goes to says so. So an
 * event may come again, two may run at once, and a rebuild does nothing a second time, whatever its code is by then. Under another name it
 * does everything again. The events of the commands carry on the correlation of the event, and name it as their cause.
 *
 * Its costs are those of its commands, each with an idempotency key.
 *
 * @example
 * const reviews = defineProcessManager({
 *   name: 'order-reviews',
 *   version: 1,
 *   category: 'Order',
 *   events: orderEvents,
 *   react: {
 *     OrderPlaced: ({ data }, send) =>
 *       send(reviewHandler, `Review-${data.orderId}`, { type: 'OpenReview', data: { orderId: data.orderId } }),
 *   },
 * });
 *
 * @throws {InvalidArgument}
 */
export function defineProcessManager<Events extends EventTypes>(
  definition: ProcessManagerDefinition<Events>,
): HandlerProjection {
  const { name, since, react, events: definitions, ...common } = definition;
  const begin = sinceTime(since);
  const types = Object.keys(react).filter((type): type is keyof Events & string => type in react);
  const reactions = new Map(Object.entries(react).filter(isReaction<Events>));
  const handler = {
    ...common,
    name,
    types,
    key: ({ streamId }: EventOf<Events>) => streamId,
    handle: async (events: readonly EventOf<Events>[]) => {
      for (const event of events) {
        if (Date.parse(event.metadata.timestamp) >= begin) {
          await reactions.get(event.type)?.(event, sender(name, event));
        }
      }
    },
  };
  return definitions === undefined
    ? defineHandler<Events>(handler)
    : defineHandler<Events>({ ...handler, events: definitions });
}

type AnyReaction<Events extends EventTypes> = (event: EventOf<Events>, send: Send) => Promise<unknown> | undefined;

/** Each function is looked up by the type of its event. */
function isReaction<Events extends EventTypes>(entry: [string, unknown]): entry is [string, AnyReaction<Events>] {
  return typeof entry[1] === 'function';
}

function sender<Events extends EventTypes>(name: string, event: EventOf<Events>): Send {
  let sent = 0;
  return (handler, streamId, command) => {
    const index = sent++;
    return handler.handle(streamId, command, { reactionTo: { name, event, index } });
  };
}

function sinceTime(since: string | undefined): number {
  const time = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  if (Number.isNaN(time)) {
    throw new InvalidArgument([{ path: 'since', message: `must be a time in ISO 8601, not ${quote(since)}` }]);
  }
  return time;
}
