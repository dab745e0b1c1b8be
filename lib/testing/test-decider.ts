import { AssertionError } from 'node:assert/strict';
import type { Command, CommandTypes } from '../aggregates/command.ts';
import type { Decider } from '../aggregates/decider.ts';
import { CommandRejected } from '../events/errors.ts';
import type { RecordedEvent } from '../events/event.ts';
import { frozen } from '../events/frozen.ts';
import type { EventTypes, NewEventOf, RecordedEventOf } from '../events/typed-event.ts';
import { prefixMessage } from './contract.ts';
import { expectEqual } from './expect.ts';
import { recorded } from './given-events.ts';

/** What a decider is tried with. */
export interface DeciderTest<State, Commands extends CommandTypes, Events extends EventTypes> {
  /** What has happened before; by default nothing. */
  given(...events: readonly NewEventOf<Events>[]): DeciderTest<State, Commands, Events>;
  /** What is to be done now. */
  when<Type extends keyof Commands & string>(command: Command<Commands, Type>): Decision<State, Events>;
  /** Expects the state that the events before have made. */
  thenState(state: State): void;
}

/** What has come of it. Each of these throws an `AssertionError` that shows the difference. */
export interface Decision<State, Events extends EventTypes> {
  /** Expects these events, and no others. */
  thenEvents(...events: readonly NewEventOf<Events>[]): void;
  /** Expects that nothing was left to do. */
  thenNothing(): void;
  /** Expects a `CommandRejected` for this reason, and a text that the message has. */
  thenRejected(reason: string, message?: string): void;
  /** Expects the state that the events, those of the command included, have made. */
  thenState(state: State): void;
}

/**
 * Tries a decider, without a store. States and events are frozen: a function that changes what it is given throws. Any test runner will do.
 *
 * @example
 * testDecider(order)
 *   .given({ type: 'OrderPlaced', data: placed })
 *   .when({ type: 'ShipOrder', data: {} })
 *   .thenEvents({ type: 'OrderShipped', data: { orderId: '1' } });
 */
export function testDecider<State, Commands extends CommandTypes, Events extends EventTypes>(
  decider: Decider<State, Commands, Events>,
): DeciderTest<State, Commands, Events> {
  return deciderTest(decider, []);
}

function deciderTest<State, Commands extends CommandTypes, Events extends EventTypes>(
  decider: Decider<State, Commands, Events>,
  before: readonly NewEventOf<Events>[],
): DeciderTest<State, Commands, Events> {
  return {
    given: (...events) => deciderTest(decider, [...before, ...events]),
    when: (command) => decision(decider, before, command),
    thenState: (state) => expectEqual(stateOf(decider, before), state, 'The state'),
  };
}

function decision<State, Commands extends CommandTypes, Events extends EventTypes>(
  decider: Decider<State, Commands, Events>,
  before: readonly NewEventOf<Events>[],
  command: Command<Commands>,
): Decision<State, Events> {
  const made = outcomeOf(() => decider.decide(stateOf(decider, before), frozen(command)));
  const eventsMade = (): readonly NewEventOf<Events>[] => {
    if (made.kind === 'failed') {
      prefixMessage(`${command.type} was expected to be accepted, but`, made.error);
      throw made.error;
    }
    return made.events;
  };
  return {
    thenEvents: (...events) =>
      expectEqual(asStored(decider, eventsMade()), asStored(decider, events), `The events of ${command.type}`),
    thenNothing: () => expectEqual(asStored(decider, eventsMade()), [], `The events of ${command.type}`),
    thenRejected: (reason, message = '') => {
      if (made.kind === 'made') {
        const types = made.events.map(({ type }) => type).join(', ');
        throw new AssertionError({
          message: `${command.type} was expected to be rejected (${reason}), but made ${types === '' ? 'nothing' : types}`,
        });
      }
      if (!(made.error instanceof CommandRejected)) {
        throw made.error;
      }
      expectEqual(made.error.reason, reason, `The reason of "${made.error.message}"`);
      if (!made.error.message.includes(message)) {
        expectEqual(made.error.message, message, 'The message of the rejection');
      }
    },
    thenState: (state) => expectEqual(stateOf(decider, [...before, ...eventsMade()]), state, 'The state'),
  };
}

type Outcome<Event> =
  | { readonly kind: 'made'; readonly events: readonly Event[] }
  | { readonly kind: 'failed'; readonly error: unknown };

function outcomeOf<Event>(decide: () => readonly Event[]): Outcome<Event> {
  try {
    return { kind: 'made', events: decide() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function stateOf<State, Commands extends CommandTypes, Events extends EventTypes>(
  decider: Decider<State, Commands, Events>,
  events: readonly NewEventOf<Events>[],
): State {
  const isOfDecider = (event: RecordedEvent): event is RecordedEvent & RecordedEventOf<Events> =>
    decider.eventTypes.includes(event.type);
  const known = recorded(`${decider.category}-1`, events);
  for (const { type } of known.filter((event) => !isOfDecider(event))) {
    throw new AssertionError({ message: `The decider of ${decider.category} has no evolve for ${type}` });
  }
  return known
    .filter(isOfDecider)
    .reduce((state, event) => frozen(decider.evolve(state, frozen(event))), decider.initialState);
}

/** What is stored of them: their order, types, data, and the ids and metadata that were given. */
function asStored<State, Commands extends CommandTypes, Events extends EventTypes>(
  { category }: Decider<State, Commands, Events>,
  events: readonly NewEventOf<Events>[],
): object[] {
  return recorded(`${category}-1`, events).map(({ type, data, metadata: { timestamp: _, ...metadata } }, index) => {
    const id = events[index]?.id;
    const isEmpty = Object.keys(metadata).length === 0;
    return { type, data, ...(id === undefined ? {} : { id }), ...(isEmpty ? {} : { metadata }) };
  });
}
