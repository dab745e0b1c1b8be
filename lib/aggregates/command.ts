import type { NewEventMetadata, RecordedEvent } from '../events/event.ts';
import type { EventTypes, RecordedEventOf } from '../events/typed-event.ts';

/** The commands of a domain: a type that has for each command the shape of its data. */
export type CommandTypes = object;

/** A command of a type, or of one of several. */
export interface Command<
  Commands extends CommandTypes,
  Type extends keyof Commands & string = keyof Commands & string,
> {
  /** Its name in the domain, in the imperative: `PlaceOrder`. */
  readonly type: Type;
  /** JSON. */
  readonly data: Commands[Type];
  /** Goes into the metadata of the events: `correlationId`, `causationId`, `userId` and whatever else. */
  readonly metadata?: NewEventMetadata | undefined;
}

/** Any command of a domain: its type tells its data. */
export type CommandOf<Commands extends CommandTypes> = {
  [Type in keyof Commands & string]: Command<Commands, Type>;
}[keyof Commands & string];

/** The event that a command reacts to. */
export interface Reaction {
  /** Of who reacts, 1 to 63 characters: each name does it once. */
  readonly name: string;
  readonly event: Pick<RecordedEvent, 'id' | 'streamId' | 'version' | 'metadata'>;
  /** Tells several commands of one reaction to one stream apart: 0, 1, 2 …. Default: 0. */
  readonly index?: number;
}

/** How a repeated command is told from a new one. At most one of the two. */
export interface CommandOptions {
  /**
   * 1 to 128 characters. The same key on the same stream does the command once, for 7 days: a repeat gets the first result, also where it
   * would be decided in another way by now. It makes the append a transaction: 2 × (the commit's write units + 1).
   */
  readonly idempotencyKey?: string;
  /**
   * The event that the command reacts to: done once for it, for ever, whatever the command is by then. The events carry on its
   * correlation, and name it as their cause. It costs what an idempotency key costs.
   */
  readonly reactionTo?: Reaction;
}

/** What a command has come to. */
export interface CommandResult<Events extends EventTypes> {
  readonly streamId: string;
  /** Of the stream after the command. */
  readonly version: number;
  /** What it has appended; nothing where nothing was left to do. */
  readonly events: readonly RecordedEventOf<Events>[];
  /** Whether the command had been done before, and this is its first result. */
  readonly duplicate: boolean;
}
