/** What becomes of events where a projection's definition has definitions of them. */
import type { ReadableEvents } from '../events/define-events.ts';
import { type Issue, quote } from '../events/errors.ts';
import type { EventTypes } from '../events/typed-event.ts';
import { type Current, currentBy, type UnknownEvents, type Upcasting } from '../events/upcast-event.ts';
import type { LoggedEvent } from '../log/log-reader.ts';

export function currentOf(definitions: Upcasting | undefined, unknownEvents: UnknownEvents): Current {
  return definitions === undefined ? (event) => event : currentBy(definitions, unknownEvents);
}

/**
 * For a key: an event that is brought to its current shape where its data are looked at. Most keys do without, and are known also of
 * an event that cannot be read, which can be parked then.
 */
export function currentOnDemand(definitions: Upcasting | undefined, current: Current, event: LoggedEvent): LoggedEvent {
  return definitions === undefined || definitions.schemaVersion(event.type) === event.schemaVersion
    ? event
    : {
        ...event,
        get schemaVersion() {
          return current(event).schemaVersion;
        },
        get data() {
          return current(event).data;
        },
      };
}

/** Types that a definition names and that its events do not have. */
export function undefinedIssues(
  definitions: Pick<ReadableEvents<EventTypes>, 'types'> | undefined,
  types: readonly string[],
  pathOf: (type: string, index: number) => string,
): Issue[] {
  if (definitions === undefined || !Array.isArray(types)) {
    return [];
  }
  const defined = definitions.types.map(quote).join(', ');
  return [...types.entries()]
    .filter(([, type]) => !definitions.types.includes(type))
    .map(([index, type]) => ({
      path: pathOf(type, index),
      message: `is not among the events that are defined: ${defined}`,
    }));
}
