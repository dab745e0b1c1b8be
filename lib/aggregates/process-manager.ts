import type { ReadableEvents } from '../events/define-events.ts';
import { type Issue, quote } from '../events/errors.ts';
import { isPlainObject } from '../events/json-issues.ts';
import type { EventTypes } from '../events/typed-event.ts';
import {
  defineHandler,
  type EventOf,
  type HandlerDefinition,
  type HandlerProjection,
} from '../projections/definition.ts';
import { HandledPartly } from '../projections/handled-partly.ts';
import { Answer } from './answer.ts';
import { requireValid } from './arguments.ts';
import type { Command, CommandResult, CommandTypes } from './command.ts';
import type { CommandHandler } from './command-handler.ts';

/** Sends a command that an event has caused: once, however often the event comes. */
export type Send = <
  State,
  Commands extends CommandTypes,
  Events extends EventTypes,
  Type extends keyof Commands & string,
>(
  handler: CommandHandler<State, Commands, Events>,
  streamId: string,
  command: Command<Commands, Type>,
) => Promise<CommandResult<Events>>;

/** What a process manager is made of. */
export interface ProcessManagerDefinition<Events extends EventTypes>
  extends Pick<HandlerDefinition<Events>, 'name' | 'version' | 'category' | 'onError'> {
  /**
   * ISO 8601, a date or a time with its zone. Events that were appended before it are passed over: for one that is added to a store that
   * has events already, and is not to react to all of its past. By the clocks of those who appended. Default: none is passed over.
   */
  readonly since?: string;
  /** Events come in their current shape. Default: as they are stored. */
  readonly events?: ReadableEvents<Events>;
  /**
   * For each type of event that matters, what follows from it. It sends commands, in the same order each time: the first, the second … that it sends to
   * a stream because of an event are each done once there. It returns what it waits for, and whatever it has sent is waited for; but not an async
   * function of its own that sends: that one it has to return, or to wait for. An error of what is waited for that it does not catch, a
   * `CommandRejected` included, is tried again, then halts the process manager, or parks the event with those that come later in its stream; where it
   * only says that DynamoDB throttles or is away, or that others were faster, the event is tried again without end.
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
 * event may come again, two may run at once, and a rebuild sends nothing a second time to a stream, whatever its code asks for by then. What
 * it sends to other streams than before, or besides what it sent before, is new, and is done for the past as well: `since` keeps it from
 * that. Under another name it does everything again. The events of the commands carry on the correlation of the event, and name it as
 * their cause.
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
  requireValid([...sinceIssues(since), ...reactIssues(react)]);
  const begin = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const types = Object.keys(react).filter((type): type is keyof Events & string => type in react);
  const reactions = new Map(Object.entries(react).filter(isReaction<Events>));
  const handler = {
    ...common,
    name,
    types,
    key: ({ streamId }: EventOf<Events>) => streamId,
    handle: async (events: readonly EventOf<Events>[]) => {
      for (const [index, event] of events.entries()) {
        if (Date.parse(event.metadata.timestamp) >= begin) {
          await reactTo(name, event, reactions.get(event.type)).catch((cause: unknown) => {
            throw index === 0 ? cause : new HandledPartly(index, cause);
          });
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

/**
 * Nothing that was sent is still on its way afterwards, for the checkpoint moves on then. What the reaction has not waited for is waited
 * for here, and fails it, whenever it fails: otherwise the checkpoint would move past an event whose command was never done.
 */
async function reactTo<Events extends EventTypes>(
  name: string,
  event: EventOf<Events>,
  reaction: AnyReaction<Events> | undefined,
): Promise<void> {
  const answers: Answer<unknown>[] = [];
  try {
    await reaction?.(event, sender(name, event, answers));
  } catch (error) {
    await Answer.settled(answers).catch(() => undefined);
    throw error;
  }
  await Answer.settled(answers);
}

function sender<Events extends EventTypes>(name: string, event: EventOf<Events>, answers: Answer<unknown>[]): Send {
  const sent = new Map<string, number>();
  return (handler, streamId, command) => {
    const index = sent.get(streamId) ?? 0;
    sent.set(streamId, index + 1);
    return Answer.of(handler.handle(streamId, command, { reactionTo: { name, event, index } }), answers);
  };
}

/** A time without a zone would be another one on each machine. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function sinceIssues(since: unknown): readonly Issue[] {
  const isTime = typeof since === 'string' && TIME.test(since) && !Number.isNaN(Date.parse(since));
  const right = 'must be a date or a time in ISO 8601, such as "2026-03-14T15:09:26Z"';
  return since === undefined || isTime ? [] : [{ path: 'since', message: `${right}, not ${quote(since)}` }];
}

function reactIssues(react: unknown): readonly Issue[] {
  if (!isPlainObject(react) || Object.keys(react).length === 0) {
    return [{ path: 'react', message: `must have a function for at least one event type, not be ${quote(react)}` }];
  }
  return Object.entries(react)
    .filter(([, reaction]) => typeof reaction !== 'function')
    .map(([type, reaction]) => ({ path: `react.${type}`, message: `must be a function, not ${quote(reaction)}` }));
}
