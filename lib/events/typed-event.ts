/** Events whose type tells their data. */
import type { NewEvent, RecordedEvent } from './event.ts';

/** The events of a domain: a type that has for each event type the shape of its data. */
export type EventTypes = object;

/** An event, in whatever form, of such a domain. */
export type Typed<Events extends EventTypes, Event> = {
  [Type in keyof Events & string]: Omit<Event, 'type' | 'data'> & {
    readonly type: Type;
    readonly data: Events[Type];
  };
}[keyof Events & string];

/** As it is appended. The version of its schema is that of its definition. */
export type NewEventOf<Events extends EventTypes> = Typed<Events, Omit<NewEvent, 'schemaVersion'>>;

/** As it is read from a stream. */
export type RecordedEventOf<Events extends EventTypes> = Typed<Events, RecordedEvent>;
