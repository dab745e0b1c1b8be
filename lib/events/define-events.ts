/** What the events of a domain look like: checked when they are appended, and brought to the current shape when they are read. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidArgument, InvalidEvent, type Issue, quote, UnreadableEvent } from './errors.ts';
import type { NewEvent, RecordedEvent } from './event.ts';
import { ISSUES_MAX, isPlainObject, pathOf } from './json-issues.ts';
import { nameIssue } from './names.ts';
import type { EventTypes, NewEventOf, Typed } from './typed-event.ts';

/**
 * Makes data of one schema version into data of the next: a pure function, for ever. It is also given the event as it is stored,
 * with its metadata. Declare the shape of the old data as its parameter's type; it is not checked again.
 */
export type Upcaster<Data> = (data: never, event: RecordedEvent) => Data;

/** One type of event. */
export interface EventDefinition<Schema extends StandardSchemaV1> {
  /** Of its data, in the current version: any validator of the Standard Schema specification (zod, valibot, arktype …). */
  readonly schema: Schema;
  /**
   * From version 1 to 2, from 2 to 3 …: so the current schema version is their number and 1. To change a schema, change it here
   * and add one. None is ever taken away.
   */
  readonly upcasters?: readonly [...Upcaster<unknown>[], Upcaster<StandardSchemaV1.InferOutput<Schema>>];
}

/** The events of a domain, as `defineEvents` makes them. `Inputs` is what may be appended, where a schema transforms its data. */
export interface EventDefinitions<Events extends EventTypes, Inputs extends EventTypes = Events> {
  readonly types: readonly string[];
  /** The current schema version of a type; undefined for one that is not known. */
  schemaVersion(type: string): number | undefined;
  /**
   * Checks new events, and returns them as they are to be stored: with what their schemas make of their data, and their version.
   *
   * @throws {InvalidEvent} each issue names the event, the path in its data, and what would be right
   */
  validate(events: readonly NewEventOf<Inputs>[]): Promise<readonly NewEvent[]>;
  /** Whether it can be read: its type is known, and its schema version is not newer than the code. */
  knows(event: Pick<RecordedEvent, 'type' | 'schemaVersion'>): boolean;
  /**
   * An event in the current shape.
   *
   * @throws {UnreadableEvent} it is not known, or an upcaster fails
   */
  upcast<Event extends RecordedEvent>(event: Event): Typed<Events, Event>;
}

/** The events that definitions are for: `type OrderEvents = EventsOf<typeof orderEvents>`. */
export type EventsOf<Definitions> = Definitions extends EventDefinitions<infer Events, infer _Inputs> ? Events : never;

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
  const issues = Object.entries(definitions).flatMap(([type, definition]) => definitionIssues(type, definition));
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
  const checked = new Map(
    Object.entries<EventDefinition<StandardSchemaV1>>(definitions).map(([type, { schema, upcasters = [] }]) => {
      const given: readonly unknown[] = upcasters;
      const functions = given.filter(isAnyUpcaster);
      return [type, { type, schema, upcasters: functions, version: functions.length + 1 }] as const;
    }),
  );
  return {
    types: [...checked.keys()],
    schemaVersion: (type) => checked.get(type)?.version,
    validate: (events) => validateAll(checked, events),
    knows: ({ type, schemaVersion }) => schemaVersion <= (checked.get(type)?.version ?? 0),
    upcast: (event) => upcastEvent(checked, event),
  };
}

/** What was stored under a version is what its schema has let through, so upcasters are given it as it is. */
type AnyUpcaster = (data: unknown, event: RecordedEvent) => unknown;

interface CheckedDefinition {
  readonly type: string;
  readonly schema: StandardSchemaV1;
  readonly upcasters: readonly AnyUpcaster[];
  readonly version: number;
}

type CheckedDefinitions = ReadonlyMap<string, CheckedDefinition>;

function isAnyUpcaster(value: unknown): value is AnyUpcaster {
  return typeof value === 'function';
}

function definitionIssues(type: string, definition: EventDefinition<StandardSchemaV1>): Issue[] {
  const issue = nameIssue(type);
  const upcasters: readonly unknown[] = definition?.upcasters ?? [];
  return [
    ...(issue === undefined ? [] : [{ path: quote(type), message: issue }]),
    ...(isStandardSchema(definition?.schema)
      ? []
      : [{ path: `${type}.schema`, message: `must be a Standard Schema, not ${quote(definition?.schema)}` }]),
    ...upcasters.flatMap((upcaster, index) =>
      isAnyUpcaster(upcaster)
        ? []
        : [{ path: `${type}.upcasters[${index}]`, message: `must be a function, not ${quote(upcaster)}` }],
    ),
  ];
}

/** Schemas may be functions (arktype's are). */
function isStandardSchema(value: unknown): boolean {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const props: unknown = isHolder ? Reflect.get(value, '~standard') : undefined;
  return typeof props === 'object' && props !== null && 'validate' in props && typeof props.validate === 'function';
}

async function validateAll(definitions: CheckedDefinitions, events: readonly NewEvent[]): Promise<readonly NewEvent[]> {
  if (!Array.isArray(events)) {
    // Refused by whoever stores them, with the same words as everywhere.
    return events;
  }
  const issues: Issue[] = [];
  const validated: NewEvent[] = [];
  for (const [index, event] of events.entries()) {
    if (issues.length >= ISSUES_MAX) {
      break;
    }
    validated.push(await validateOne(definitions, event, `events[${index}]`, issues));
  }
  if (issues.length > 0) {
    throw new InvalidEvent(issues);
  }
  return validated;
}

async function validateOne(
  definitions: CheckedDefinitions,
  event: NewEvent,
  path: string,
  issues: Issue[],
): Promise<NewEvent> {
  if (!isPlainObject(event)) {
    return event;
  }
  const definition = definitions.get(event.type);
  if (definition === undefined) {
    const message = `must be one of ${[...definitions.keys()].map(quote).join(', ')}, not ${quote(event.type)}`;
    issues.push({ path: `${path}.type`, message });
    return event;
  }
  const { schema, version } = definition;
  const { schemaVersion = version } = event;
  if (schemaVersion !== version) {
    const message = `must be ${version}, the current one of ${event.type}, or left out, not ${quote(schemaVersion)}`;
    issues.push({ path: `${path}.schemaVersion`, message });
    return event;
  }
  const result = await schema['~standard'].validate(event.data);
  if (result.issues === undefined) {
    return { ...event, data: result.value, schemaVersion: version };
  }
  const of = `of ${event.type}, schema version ${version}`;
  issues.push(
    ...result.issues.slice(0, ISSUES_MAX).map((issue) => ({
      path: dataPath(`${path}.data`, issue.path ?? []),
      message: `${of}: ${issue.message}`,
    })),
  );
  return event;
}

function dataPath(root: string, path: NonNullable<StandardSchemaV1.Issue['path']>): string {
  return path.reduce<string>((parent, segment) => {
    const key = typeof segment === 'object' ? segment.key : segment;
    return pathOf(parent, typeof key === 'number' ? key : String(key));
  }, root);
}

function upcastEvent<Events extends EventTypes, Event extends RecordedEvent>(
  definitions: CheckedDefinitions,
  event: Event,
): Typed<Events, Event> {
  const definition = definitions.get(event.type);
  if (definition === undefined) {
    const known = [...definitions.keys()].map(quote).join(', ');
    throw new UnreadableEvent(event, `its type is not among those that are defined: ${known}`);
  }
  const { upcasters, version } = definition;
  if (event.schemaVersion > version) {
    throw new UnreadableEvent(event, `the newest schema version that this code knows is ${version}`);
  }
  const current = event.schemaVersion === version ? event : { ...event, ...upcasted(upcasters, event, version) };
  if (isTyped<Events, Event>(current)) {
    return current;
  }
  throw new UnreadableEvent(event, 'it has no data');
}

function upcasted(upcasters: readonly AnyUpcaster[], event: RecordedEvent, version: number) {
  let { schemaVersion } = event;
  // A copy: an upcaster that changes what it is given must not change what the next reader of the same event is given.
  let data = structuredClone(event.data);
  for (const upcaster of upcasters.slice(schemaVersion - 1)) {
    data = upcastOnce(upcaster, data, event, schemaVersion);
    schemaVersion += 1;
  }
  return { data, schemaVersion: version };
}

function upcastOnce(upcaster: AnyUpcaster, data: unknown, event: RecordedEvent, from: number): unknown {
  let made: unknown;
  try {
    made = upcaster(data, event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableEvent(event, `its upcaster from schema version ${from} fails: ${reason}`, { cause });
  }
  if (made === undefined) {
    throw new UnreadableEvent(event, `its upcaster from schema version ${from} returns undefined; it must return data`);
  }
  return made;
}

/** What stands in a stream under a type and version of these definitions has passed its schema, or its upcasters. */
function isTyped<Events extends EventTypes, Event>(event: object): event is Typed<Events, Event> {
  return 'data' in event;
}
