import type { ReadableEvents } from '../events/define-events.ts';
import { InvalidArgument, type Issue, quote } from '../events/errors.ts';
import type { EventTypes, Typed } from '../events/typed-event.ts';
import type { UnknownEvents } from '../events/upcast-event.ts';
import { filterIssues, type LogFilter } from '../log/log-filter.ts';
import type { LoggedEvent } from '../log/log-reader.ts';
import { currentOf, currentOnDemand, undefinedIssues } from './current-events.ts';

/** An event of a domain, as it is read from the log: its type tells its data. */
export type EventOf<Events extends EventTypes> = Typed<Events, LoggedEvent>;

/** What becomes of an event whose handling fails: the projection stops there, or goes on without it and what hangs on it. */
export type OnError = 'halt' | 'park';

interface CommonDefinition {
  /** Lower case letters, digits and dashes; at most 63. It is part of URLs and of keys. */
  readonly name: string;
  /** 1, 2, 3 …: a higher one is built from the beginning, beside the one that is live, and takes over when it has caught up. */
  readonly version: number;
  /** Only streams of this category. Default: all. */
  readonly category?: string;
  /** Default: `halt`. */
  readonly onError?: OnError;
}

/** A read model of documents, each folded from the events that have its key. */
export interface DocumentDefinition<Events extends EventTypes, Document> extends CommonDefinition {
  /** Which document an event is about; undefined: none. 1 to 256 characters. */
  readonly key: (event: EventOf<Events>) => string | undefined;
  /** What a document is before its first event. JSON. */
  readonly initial: Document;
  /** For each type of event what it makes of the document: a pure function. Undefined: there is no such document any more. */
  readonly evolve: Evolve<Events, Document>;
  /** With definitions it is a `TypedDocumentDefinition`. */
  readonly events?: undefined;
}

type Evolve<Events extends EventTypes, Document> = {
  readonly [Type in keyof Events & string]: (
    document: Document,
    event: Extract<EventOf<Events>, { readonly type: Type }>,
  ) => Document | undefined;
};

/**
 * A read model whose functions are given every event in its current shape. One that cannot be brought to it fails as one does for which
 * a function throws; where `key` looks at its data, the key fails, and the projection halts.
 */
export interface TypedDocumentDefinition<Events extends EventTypes, Document>
  extends Omit<DocumentDefinition<Events, Document>, 'evolve' | 'events'> {
  readonly events: ReadableEvents<Events>;
  /** Of the events that are defined, those that the projection follows. */
  readonly evolve: Partial<Evolve<Events, Document>>;
}

/** What a handler is told of a batch besides its events. */
export interface BatchInfo {
  /** Everything up to it is handled once this batch is: keep it in the same transaction, and return it from `checkpoint`. */
  readonly position: number;
  /**
   * `live`: these are the newest events. `catching-up`: more follow. `rebuilding`: another build of this projection is live.
   * Side effects do not belong to `rebuilding`, and elsewhere they may come twice. To send commands, define a process manager.
   */
  readonly phase: 'rebuilding' | 'catching-up' | 'live';
  /** Tells the builds of a projection apart, such as `2.1`: a part of the name of whatever a rebuild fills anew. */
  readonly build: string;
}

/** Anything else: a handler that writes wherever it likes. */
export interface HandlerDefinition<Events extends EventTypes, Received = EventOf<Events>> extends CommonDefinition {
  /** Default: all types. */
  readonly types?: readonly (keyof Events & string)[];
  /**
   * Handles events, all or none. Called at least once for each. What it throws is a failure of its events, except for `Throttled`,
   * `Unavailable`, `AppendContention` and `CommandContention` themselves: then the run fails, and the next one hands them over again,
   * without end. Errors of other systems, those of the AWS SDK included, count as failures.
   */
  readonly handle: (events: readonly Received[], batch: BatchInfo) => Promise<void> | void;
  /**
   * The position that the handler has kept with what it has written: then each event counts once, provided that in its transaction
   * it leaves out events at or before that position, and never moves it back. Another runner may have been faster, and events that
   * were parked come later. Default: the runner's own checkpoint, which is moved after the handler is done.
   */
  readonly checkpoint?: (build: string) => Promise<number> | number;
  /** Events with the key of one that was parked are parked behind it. Default: only the one that fails is. */
  readonly key?: (event: Received) => string | undefined;
  /** With definitions it is a `TypedHandlerDefinition`. */
  readonly events?: undefined;
}

/** A handler that is given every event in its current shape. Those before one that cannot be brought to it are handled first. */
export interface TypedHandlerDefinition<Events extends EventTypes, Unknown extends UnknownEvents>
  extends Omit<HandlerDefinition<Events, ReceivedEvent<Events, Unknown>>, 'events'> {
  readonly events: ReadableEvents<Events>;
  /** Default: `error`, so the projection halts at such an event, or parks it. */
  readonly unknownEvents?: Unknown;
}

type ReceivedEvent<Events extends EventTypes, Unknown extends UnknownEvents> = Unknown extends 'pass-through'
  ? EventOf<Events> | LoggedEvent
  : EventOf<Events>;

interface Common {
  readonly name: string;
  readonly version: number;
  readonly filter: LogFilter;
  readonly onError: OnError;
}

/** A projection of documents, whatever its events and documents are. */
export interface DocumentProjection<Events extends EventTypes = EventTypes> extends Common {
  readonly kind: 'documents';
  /** Never there: the compiler infers the events from it. */
  readonly inferred?: Events;
  readonly initial: unknown;
  /** What it knows of its events; undefined where it was given no definitions. */
  readonly definitions: Pick<ReadableEvents<object>, 'types' | 'schemaVersion'> | undefined;
  /** Which document an event is about; undefined: none. */
  keyOf(event: LoggedEvent): string | undefined;
  /** The document after an event; undefined: there is none any more. */
  evolve(document: unknown, event: LoggedEvent): unknown;
}

/** A projection by a handler, whatever its events are. */
export interface HandlerProjection extends Common {
  readonly kind: 'handler';
  /** What an event has in common with those that are parked behind it; undefined: nothing. */
  keyOf(event: LoggedEvent): string | undefined;
  /** An event in its current shape, as `handle` is to be given it. */
  current(event: LoggedEvent): LoggedEvent;
  /** Handles events, all or none. */
  handle(events: readonly LoggedEvent[], batch: BatchInfo): Promise<void>;
  /** The position that the handler keeps itself. */
  readonly checkpoint?: (build: string) => Promise<number> | number;
}

/** A projection, as a runner takes it. */
export type Projection = DocumentProjection | HandlerProjection;

/**
 * Defines a read model of documents. Which events it follows is what `evolve` has functions for.
 *
 * @throws {InvalidArgument}
 */
export function defineProjection<Events extends EventTypes, Document>(
  definition: TypedDocumentDefinition<Events, Document>,
): DocumentProjection<Events>;
export function defineProjection<Events extends EventTypes, Document>(
  definition: DocumentDefinition<Events, Document>,
): DocumentProjection<Events>;
export function defineProjection<Events extends EventTypes, Document>(
  definition: Omit<DocumentDefinition<Events, Document>, 'evolve' | 'events'> & {
    readonly evolve: object;
    readonly events?: ReadableEvents<Events> | undefined;
  },
): DocumentProjection<Events> {
  const { initial, key, evolve, events } = definition;
  const functions = new Map(Object.entries(evolve).filter(hasFunction));
  const issues = Object.keys(evolve)
    .filter((type) => !functions.has(type))
    .map((type) => ({ path: `evolve.${type}`, message: 'must be a function of a document and an event' }));
  const types = [...functions.keys()];
  const undefinedTypes = undefinedIssues(events, types, (type) => `evolve.${type}`);
  const common = commonOf(definition, types, [...issues, ...undefinedTypes, ...functionIssues({ key })]);
  const current = currentOf(events, 'error');
  const isWanted = (event: LoggedEvent): event is LoggedEvent & EventOf<Events> => functions.has(event.type);
  return {
    ...common,
    kind: 'documents',
    initial,
    definitions: events,
    keyOf: (event) => {
      const keyed = currentOnDemand(events, current, event);
      return isWanted(keyed) ? key(keyed) : undefined;
    },
    evolve: (document, event) => functions.get(event.type)?.(document, current(event)),
  };
}

/**
 * Defines a projection that writes wherever its handler does.
 *
 * @throws {InvalidArgument}
 */
export function defineHandler<Events extends EventTypes, Unknown extends UnknownEvents = 'error'>(
  definition: TypedHandlerDefinition<Events, Unknown>,
): HandlerProjection;
export function defineHandler<Events extends EventTypes>(definition: HandlerDefinition<Events>): HandlerProjection;
export function defineHandler<Events extends EventTypes>(
  definition: Omit<HandlerDefinition<Events>, 'events'> & {
    readonly events?: ReadableEvents<Events> | undefined;
    readonly unknownEvents?: UnknownEvents;
  },
): HandlerProjection {
  const { types, key, handle, checkpoint, events: definitions, unknownEvents = 'error' } = definition;
  const undefinedTypes = undefinedIssues(definitions, types ?? [], (type, index) => `types[${index}] ${quote(type)}`);
  const common = commonOf(definition, types, [...undefinedTypes, ...functionIssues({ handle })]);
  const current = currentOf(definitions, unknownEvents);
  const wanted = types === undefined ? undefined : new Set<string>(types);
  // The filter has left out all others.
  const isWanted = (event: LoggedEvent): event is LoggedEvent & EventOf<Events> => wanted?.has(event.type) ?? true;
  return {
    ...common,
    kind: 'handler',
    keyOf: (event) => {
      const keyed = currentOnDemand(definitions, current, event);
      return isWanted(keyed) ? key?.(keyed) : undefined;
    },
    current,
    handle: async (events, batch) => handle(events.filter(isWanted), batch),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

/** What was stored under a version is what its functions have returned, so they are given it as it is. */
type AnyEvolve = (document: unknown, event: LoggedEvent) => unknown;

function hasFunction(entry: [string, unknown]): entry is [string, AnyEvolve] {
  return typeof entry[1] === 'function';
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

function commonOf(
  { name, version, category, onError = 'halt' }: CommonDefinition,
  types: readonly string[] | undefined,
  issues: readonly Issue[],
): Common {
  const filter = { ...(types === undefined ? {} : { types }), ...(category === undefined ? {} : { category }) };
  const all = [
    ...nameIssues(name),
    ...versionIssues(version),
    ...onErrorIssues(onError),
    ...filterIssues(filter),
    ...issues,
  ];
  if (all.length > 0) {
    throw new InvalidArgument(all);
  }
  return { name, version, filter, onError };
}

function nameIssues(name: unknown): Issue[] {
  const isName = typeof name === 'string' && NAME.test(name);
  const right = 'must be 1 to 63 lower case letters, digits and dashes, the first one a letter';
  return isName ? [] : [{ path: 'name', message: `${right}, not ${quote(name)}` }];
}

function versionIssues(version: unknown): Issue[] {
  const isVersion = Number.isSafeInteger(version) && Number(version) >= 1;
  return isVersion ? [] : [{ path: 'version', message: `must be a whole number from 1, not ${quote(version)}` }];
}

function onErrorIssues(onError: unknown): Issue[] {
  const isKnown = onError === 'halt' || onError === 'park';
  return isKnown ? [] : [{ path: 'onError', message: `must be "halt" or "park", not ${quote(onError)}` }];
}

function functionIssues(functions: Readonly<Record<string, unknown>>): Issue[] {
  return Object.entries(functions)
    .filter(([, value]) => typeof value !== 'function')
    .map(([path, value]) => ({ path, message: `must be a function, not ${quote(value)}` }));
}
