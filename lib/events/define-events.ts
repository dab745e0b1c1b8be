/** What the events of a domain look like: checked when they are appended, and brought to the current shape when they are read. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyUpcaster, DefinedEvent, DefinedEvents } from './defined-event.ts';
import { InvalidArgument, type Issue, quote } from './errors.ts';
import type { NewEvent, RecordedEvent } from './event.ts';
import { pathOf } from './json-issues.ts';
import { nameIssue } from './names.ts';
import type { EventTypes, NewEventOf, Typed } from './typed-event.ts';
import { upcastEvent } from './upcast-event.ts';
import { validateEvents } from './validate-events.ts';

/**
 * Makes data of one schema version into data of the next: a pure function, for ever. It may change what it is given, and is also
 * given the event as it is stored, without its data. Declare the shape of the old data as its parameter's type; it is not checked
 * again, and what was appended over HTTP without a version is of version 1, whatever its shape: expect that things are missing.
 */
export type Upcaster<Data> = (data: never, event: Omit<RecordedEvent, 'data'>) => Data;

/** What data may be on the way from one version to the next. Not `unknown`: an upcaster that forgets to return does not compile. */
type AnyData = string | number | boolean | object | null;

/** One type of event. */
export interface EventDefinition<Schema extends StandardSchemaV1> {
  /**
   * Of its data, in the current version: any validator of the Standard Schema specification (zod, valibot, arktype …). What it
   * returns is stored, so it must be JSON, and the same whenever it is given the same: a repeated append must have the same events.
   */
  readonly schema: Schema;
  /**
   * From version 1 to 2, from 2 to 3 …: so the current schema version is their number and 1. To change a schema, change it here
   * and add one. None is ever taken away.
   */
  readonly upcasters?: readonly [...Upcaster<AnyData>[], Upcaster<StandardSchemaV1.InferOutput<Schema>>];
}

/** What it takes to read the events of a domain. */
export interface ReadableEvents<Events extends EventTypes> {
  /** Never there: the compiler infers the events from it. */
  readonly inferred?: Events;
  readonly types: readonly string[];
  /** The current schema version of a type; undefined for one that is not known. */
  schemaVersion(type: string): number | undefined;
  /** Whether its type is known, and its schema version is not newer than the code. */
  knows(event: Pick<RecordedEvent, 'type' | 'schemaVersion'>): boolean;
  /**
   * An event in the current shape: itself, where that is its version.
   *
   * @throws {UnreadableEvent} it is not known, or an upcaster fails
   */
  upcast<Event extends RecordedEvent>(event: Event): Event & Typed<Events, Event>;
}

/** The events of a domain, as `defineEvents` makes them. `Inputs` is what may be appended, where a schema transforms its data. */
export interface EventDefinitions<Events extends EventTypes, Inputs extends EventTypes = Events>
  extends ReadableEvents<Events> {
  /**
   * Checks new events, and returns them as they are to be stored: with what their schemas make of their data, and their version.
   *
   * @param path where the events are, for the issues. Default: `events`
   * @throws {InvalidEvent} each issue names the event, the path in its data, and what would be right
   * @throws whatever a schema throws
   */
  validate(events: readonly NewEventOf<Inputs>[], path?: string): Promise<readonly NewEvent[]>;
}

/** The events that definitions are for: `type OrderEvents = EventsOf<typeof orderEvents>`. */
export type EventsOf<Definitions> = Definitions extends ReadableEvents<infer Events> ? Events : never;

/** What may be appended of them: the same, but where a schema transforms its data. */
export type InputsOf<Definitions> = Definitions extends EventDefinitions<infer _Events, infer Inputs> ? Inputs : never;

type Schemas = Readonly<Record<string, StandardSchemaV1>>;
type Outputs<All extends Schemas> = { [Type in keyof All]: StandardSchemaV1.InferOutput<All[Type]> };
type Inputs<All extends Schemas> = { [Type in keyof All]: StandardSchemaV1.InferInput<All[Type]> };

/**
 * Defines the events of a domain.
 *
 * @throws {InvalidArgument} a name is no event type, a schema none of the Standard Schema specification, an upcaster no function
 */
export function defineEvents<All extends Schemas>(
  definitions: {
    readonly [Type in keyof All]: EventDefinition<All[Type]>;
  },
): EventDefinitions<Outputs<All>, Inputs<All>> {
  const defined = checkedDefinitions(definitions);
  return {
    types: [...defined.keys()],
    schemaVersion: (type) => defined.get(type)?.version,
    validate: (events, path = 'events') => validateEvents(defined, events, path),
    knows: ({ type, schemaVersion }) => schemaVersion <= (defined.get(type)?.version ?? 0),
    upcast: (event) => upcastEvent(defined, event),
  };
}

function checkedDefinitions<All extends Schemas>(
  definitions: {
    readonly [Type in keyof All]: EventDefinition<All[Type]>;
  },
): DefinedEvents {
  const entries = Object.entries<EventDefinition<StandardSchemaV1>>(definitions);
  const issues = entries.flatMap(([type, definition]) => definitionIssues(type, definition));
  if (entries.length === 0) {
    issues.push({ path: '', message: 'The definitions must have at least one type of event' });
  }
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
  return new Map(entries.map(([type, definition]) => [type, definedEvent(definition)]));
}

function definedEvent({ schema, upcasters }: EventDefinition<StandardSchemaV1>): DefinedEvent {
  const given: readonly unknown[] = upcasters ?? [];
  return { schema, upcasters: given.filter(isAnyUpcaster), version: given.length + 1 };
}

const DEFINITION_FIELDS = ['schema', 'upcasters'];

/** A field that is misspelled would define another version than is meant, so it is refused. */
function definitionIssues(type: string, definition: EventDefinition<StandardSchemaV1>): Issue[] {
  if (typeof definition !== 'object' || definition === null) {
    return [{ path: quote(type), message: `must be an object with a schema, not ${quote(definition)}` }];
  }
  const { schema, upcasters = [] } = definition;
  const nameIsWrong = nameIssue(type);
  return [
    ...(nameIsWrong === undefined ? [] : [{ path: quote(type), message: nameIsWrong }]),
    ...(isStandardSchema(schema)
      ? []
      : [{ path: `${quote(type)}.schema`, message: `must be a Standard Schema, not ${quote(schema)}` }]),
    ...upcasterIssues(upcasters, `${quote(type)}.upcasters`),
    ...Object.keys(definition)
      .filter((name) => !DEFINITION_FIELDS.includes(name))
      .map((name) => ({
        path: pathOf(quote(type), name),
        message: `is not known; a definition has ${DEFINITION_FIELDS.join(', ')}`,
      })),
  ];
}

/** A hole in the list counts as undefined. */
function upcasterIssues(upcasters: unknown, path: string): Issue[] {
  if (!Array.isArray(upcasters)) {
    return [{ path, message: `must be a list of functions, not ${quote(upcasters)}` }];
  }
  return Array.from(upcasters, (upcaster: unknown, index) =>
    isAnyUpcaster(upcaster)
      ? []
      : [{ path: `${path}[${index}]`, message: `must be a function, not ${quote(upcaster)}` }],
  ).flat();
}

function isAnyUpcaster(value: unknown): value is AnyUpcaster {
  return typeof value === 'function';
}

/** Schemas may be functions (arktype's are). */
function isStandardSchema(value: unknown): boolean {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const props: unknown = isHolder ? Reflect.get(value, '~standard') : undefined;
  return typeof props === 'object' && props !== null && 'validate' in props && typeof props.validate === 'function';
}
