import type { EventDefinitions } from '../events/define-events.ts';
import type { NewEvent, RecordedEvent } from '../events/event.ts';
import type { EventTypes, NewEventOf } from '../events/typed-event.ts';
import type { LoggedEvent, LogPage, LogReader } from '../log/log-reader.ts';
import type { StreamAppend } from './append-many.ts';
import type { EventStore } from './event-store.ts';

/**
 * What becomes of an event whose type is not defined, or whose schema version is newer than the code, when it is read: an
 * `UnreadableEvent`, or it is passed through as it is stored.
 */
export type UnknownEvents = 'error' | 'pass-through';

/** Brings an event to its current shape. */
type Current = <Event extends RecordedEvent>(event: Event) => Event;

/** A store that checks what is appended, and brings what is read to its current shape. */
export function withDefinitions<Events extends EventTypes, Inputs extends EventTypes>(
  store: EventStore,
  definitions: EventDefinitions<Events, Inputs>,
  unknownEvents: UnknownEvents,
): EventStore<NewEventOf<Inputs>> {
  const current: Current = (event) =>
    unknownEvents === 'pass-through' && !definitions.knows(event) ? event : { ...event, ...definitions.upcast(event) };
  return {
    ...store,
    append: async (streamId, events, options) => store.append(streamId, await definitions.validate(events), options),
    appendMany: async (appends, options) => store.appendMany(await validated(definitions, appends), options),
    read: async (streamId, options) => {
      const result = await store.read(streamId, options);
      return { ...result, events: result.events.map(current) };
    },
    log: async (options) => currentPage(await store.log(options), current),
    logReader: (options) => currentReader(store.logReader(options), current),
    subscribe: (options) => currentEvents(store.subscribe(options), current),
  };
}

async function validated<Events extends EventTypes, Inputs extends EventTypes>(
  definitions: EventDefinitions<Events, Inputs>,
  appends: readonly StreamAppend<NewEventOf<Inputs>>[],
): Promise<readonly StreamAppend[]> {
  const checked: StreamAppend<NewEvent>[] = [];
  for (const append of appends) {
    checked.push({ ...append, events: await definitions.validate(append.events) });
  }
  return checked;
}

function currentPage(page: LogPage, current: Current): LogPage {
  return { ...page, events: page.events.map(current) };
}

/** A page that cannot be brought to its current shape is held back, so that asking again gives it again. */
function currentReader(reader: LogReader, current: Current): LogReader {
  let held: LogPage | undefined;
  return {
    next: async (limit, bytesMax) => {
      held ??= await reader.next(limit, bytesMax);
      const page = currentPage(held, current);
      held = undefined;
      return page;
    },
  };
}

async function* currentEvents(
  events: AsyncGenerator<LoggedEvent, void, undefined>,
  current: Current,
): AsyncGenerator<LoggedEvent, void, undefined> {
  for await (const event of events) {
    yield current(event);
  }
}
