import { copyJson } from './copy-json.ts';
import { type AnyUpcaster, type DefinedEvents, typesOf } from './defined-event.ts';
import { InvalidArgument, quote, UnreadableEvent } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import type { EventTypes, Typed } from './typed-event.ts';

/**
 * What becomes of an event whose type is not defined, or whose schema version is newer than the code, when it is read: an
 * `UnreadableEvent`, or it is passed through as it is stored.
 */
export type UnknownEvents = 'error' | 'pass-through';

/** Brings an event to its current shape, or throws an `UnreadableEvent`. */
export type Current = <Event extends RecordedEvent>(event: Event) => Event;

/** What of definitions it takes to read. */
export interface Upcasting {
  schemaVersion(type: string): number | undefined;
  knows(event: Pick<RecordedEvent, 'type' | 'schemaVersion'>): boolean;
  upcast<Event extends RecordedEvent>(event: Event): Event;
}

/** @throws {InvalidArgument} */
export function currentBy(definitions: Upcasting, unknownEvents: UnknownEvents): Current {
  if (unknownEvents !== 'error' && unknownEvents !== 'pass-through') {
    const message = `must be "error" or "pass-through", not ${quote(unknownEvents)}`;
    throw new InvalidArgument([{ path: 'unknownEvents', message }]);
  }
  return unknownEvents === 'pass-through'
    ? (event) => (definitions.knows(event) ? definitions.upcast(event) : event)
    : (event) => definitions.upcast(event);
}

/**
 * An event in the current shape; the same object where it is. Its data were checked when they were appended, or by its upcasters'
 * types: they are not checked again.
 *
 * @throws {UnreadableEvent}
 */
export function upcastEvent<Events extends EventTypes, Event extends RecordedEvent>(
  defined: DefinedEvents,
  event: Event,
): Event & Typed<Events, Event> {
  if (isCurrent<Events, Event>(defined, event)) {
    return event;
  }
  const definition = defined.get(event.type);
  if (definition === undefined) {
    throw new UnreadableEvent(event, `its type is not among those that are defined: ${typesOf(defined)}`);
  }
  const { upcasters, version } = definition;
  const schemaVersion = Math.max(event.schemaVersion, version);
  const upcast = { ...event, data: upcastData(upcasters, event), schemaVersion };
  if (isCurrent<Events, Event>(defined, upcast)) {
    return upcast;
  }
  throw new UnreadableEvent(event, `the newest schema version that this code knows is ${version}`);
}

function isCurrent<Events extends EventTypes, Event extends RecordedEvent>(
  defined: DefinedEvents,
  event: Event,
): event is Event & Typed<Events, Event> {
  return defined.get(event.type)?.version === event.schemaVersion;
}

/** The upcasters work on a copy: one that changes what it is given must not change what the event's next reader is given. */
function upcastData(upcasters: readonly AnyUpcaster[], event: RecordedEvent): unknown {
  const { data: original, ...stored } = event;
  let data = copyJson(original);
  for (const [index, upcaster] of upcasters.entries()) {
    const from = index + 1;
    if (from >= event.schemaVersion) {
      data = upcastOnce(() => upcaster(data, stored), event, from);
    }
  }
  return data;
}

function upcastOnce(upcast: () => unknown, event: RecordedEvent, from: number): unknown {
  const name = `its upcaster from schema version ${from}`;
  let made: unknown;
  try {
    made = upcast();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableEvent(event, `${name} fails: ${reason}`, { cause });
  }
  if (made === undefined || made instanceof Promise) {
    const what = made === undefined ? 'undefined' : 'a promise';
    throw new UnreadableEvent(event, `${name} returns ${what}; it must return data`);
  }
  return made;
}
