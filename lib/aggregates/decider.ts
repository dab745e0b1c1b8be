import type { ReadableEvents } from '../events/define-events.ts';
import { InvalidArgument, type Issue, quote } from '../events/errors.ts';
import type { NewEvent } from '../events/event.ts';
import { frozen } from '../events/frozen.ts';
import { jsonIssues } from '../events/json-issues.ts';
import { nameIssue } from '../events/names.ts';
import type { EventTypes, NewEventOf, RecordedEventOf } from '../events/typed-event.ts';
import { categoryIssue } from '../log/log-filter.ts';
import type { Command, CommandTypes } from './command.ts';

/** What a decider is made of: pure functions, which ask no clock, no chance and nobody. */
export interface DeciderDefinition<State, Commands extends CommandTypes, Events extends EventTypes> {
  /**
   * Of its streams: what stands before the first `-` of their ids. A category has one decider: others with the same events and initial
   * state would take its snapshots for theirs.
   */
  readonly category: string;
  /** What a stream is before its first event. JSON, as all states are; it is frozen. */
  readonly initialState: State;
  /**
   * 1, 2, 3 …: raise it whenever `evolve` makes something else of the same events. Snapshots that were made before are ignored then.
   * That an event type, its schema version or `initialState` has changed is noticed without it. Default: 1.
   */
  readonly stateVersion?: number;
  /**
   * For each type of command, the events that it makes of the state: none where nothing is left to do. Where the rules of the domain do
   * not allow it, it throws, such as a `CommandRejected`. It may be called more than once for one command.
   */
  readonly decide: {
    readonly [Type in keyof Commands & string]: (
      state: State,
      command: Command<Commands, Type>,
    ) => readonly NewEventOf<Events>[];
  };
  /** For each type of event, the state after it. It returns a new state and leaves the one that it is given as it is. */
  readonly evolve: {
    readonly [Type in keyof Events & string]: (
      state: State,
      event: Extract<RecordedEventOf<Events>, { readonly type: Type }>,
    ) => State;
  };
}

/** The rules of an aggregate. */
export interface Decider<State, Commands extends CommandTypes, Events extends EventTypes> {
  readonly category: string;
  readonly initialState: State;
  readonly stateVersion: number;
  readonly commandTypes: readonly string[];
  readonly eventTypes: readonly string[];
  /** @throws what the rules say; {InvalidArgument} there is no such command; {TypeError} a function has returned no list */
  decide(state: State, command: Command<Commands>): readonly NewEventOf<Events>[];
  /** @throws {TypeError} a function has returned nothing, or a promise */
  evolve(state: State, event: RecordedEventOf<Events>): State;
}

/**
 * The definitions of what a decider makes: of `defineEvents`. It makes events as they are read, so the schemas must take them as they give
 * them, and may take less (`default`).
 */
export interface DeciderEvents<Events extends EventTypes> extends ReadableEvents<Events> {
  // A property, for its parameter: those of methods are compared in either direction.
  readonly validate: (events: readonly NewEventOf<Events>[]) => Promise<readonly NewEvent[]>;
}

/** Below what is added to it where it is stored. */
const STATE_VERSION_MAX = 1_000_000;

/**
 * Defines the rules of an aggregate.
 *
 * @example
 * const order = defineDecider<OrderState, OrderCommands, OrderEvents>({
 *   category: 'Order',
 *   initialState: { status: 'none' },
 *   decide: {
 *     ShipOrder: (state) => (state.status === 'placed' ? [{ type: 'OrderShipped', data: {} }] : []),
 *   },
 *   evolve: { OrderPlaced: () => ({ status: 'placed' }), OrderShipped: () => ({ status: 'shipped' }) },
 * });
 *
 * @throws {InvalidArgument} a category, a state or a function that is none
 */
export function defineDecider<State, Commands extends CommandTypes, Events extends EventTypes>(
  definition: DeciderDefinition<State, Commands, Events>,
): Decider<State, Commands, Events> {
  const { category, initialState, stateVersion = 1, decide, evolve } = definition;
  const issues = [
    ...categoryIssues(category),
    ...jsonIssues(initialState, 'initialState'),
    ...stateVersionIssues(stateVersion),
    ...functionsIssues('decide', decide),
    ...functionsIssues('evolve', evolve),
  ];
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
  const decisions = new Map(Object.entries(decide).filter(isDecision<State, Commands, Events>));
  const evolutions = new Map(Object.entries(evolve).filter(isEvolution<State, Events>));
  return {
    category,
    // All streams begin with it: who changed it would change them all.
    initialState: frozen(initialState),
    stateVersion,
    commandTypes: [...decisions.keys()],
    eventTypes: [...evolutions.keys()],
    decide: (state, command) => {
      const decision = decisions.get(command?.type);
      if (decision === undefined) {
        throw new InvalidArgument(unknownCommand([...decisions.keys()], command?.type));
      }
      const made = decision(state, command);
      if (!Array.isArray(made)) {
        throw new TypeError(
          `decide.${command.type} of decider ${category} has returned ${whatCameOf(made)}, not a list of events`,
        );
      }
      return made;
    },
    evolve: (state, event) => {
      const after = evolutions.get(event.type)?.(state, event);
      if (after === undefined || isPromise(after)) {
        throw new TypeError(
          `evolve.${event.type} of decider ${category} has returned ${whatCameOf(after)}, not a state`,
        );
      }
      return after;
    },
  };
}

type Decision<State, Commands extends CommandTypes, Events extends EventTypes> = (
  state: State,
  command: Command<Commands>,
) => readonly NewEventOf<Events>[];
type Evolution<State, Events extends EventTypes> = (state: State, event: RecordedEventOf<Events>) => State;

/** Each function is looked up by the type of what it is given, so it is given what it takes. */
function isDecision<State, Commands extends CommandTypes, Events extends EventTypes>(
  entry: [string, unknown],
): entry is [string, Decision<State, Commands, Events>] {
  return typeof entry[1] === 'function';
}

function isEvolution<State, Events extends EventTypes>(
  entry: [string, unknown],
): entry is [string, Evolution<State, Events>] {
  return typeof entry[1] === 'function';
}

function categoryIssues(category: unknown): Issue[] {
  const message = categoryIssue(category);
  return message === undefined ? [] : [{ path: 'category', message }];
}

function stateVersionIssues(stateVersion: unknown): Issue[] {
  const isVersion = Number.isSafeInteger(stateVersion) && Number(stateVersion) >= 1;
  const message = `must be a whole number from 1 to ${STATE_VERSION_MAX}, not ${quote(stateVersion)}`;
  return isVersion && Number(stateVersion) <= STATE_VERSION_MAX ? [] : [{ path: 'stateVersion', message }];
}

function functionsIssues(path: string, functions: unknown): Issue[] {
  if (typeof functions !== 'object' || functions === null) {
    return [{ path, message: `must be an object of functions, not ${quote(functions)}` }];
  }
  return Object.entries(functions).flatMap(([type, value]) => {
    const message =
      typeof value === 'function'
        ? nameIssue(type)
        : `must be a function of the state and what comes, not ${quote(value)}`;
    return message === undefined ? [] : [{ path: `${path}.${type}`, message }];
  });
}

function unknownCommand(known: readonly string[], type: unknown): Issue[] {
  return [{ path: 'command.type', message: `must be one of ${known.map(quote).join(', ')}, not ${quote(type)}` }];
}

/** What a function has returned that it must not, in words. A promise is seen to: that it is rejected must not end the process. */
function whatCameOf(made: unknown): string {
  if (isPromise(made)) {
    made.then(undefined, () => undefined);
    return 'a promise';
  }
  return quote(made);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
