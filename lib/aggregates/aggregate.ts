import { MissingCommit, UnreadableEvent } from '../events/errors.ts';
import { emptyStream, type RecordedEvent, type StreamState } from '../events/event.ts';
import {
  type Commit,
  commitSortKey,
  decodeCommit,
  recordedEvents,
  stateAfter,
  streamPartition,
} from '../events/stored-commit.ts';
import type { EventTypes, RecordedEventOf } from '../events/typed-event.ts';
import { queryAll } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';
import type { CommandTypes } from './command.ts';
import type { Decider, DeciderEvents } from './decider.ts';

/** A stream and what its decider has made of it. */
export interface Aggregate<State> {
  readonly stream: StreamState;
  readonly state: State;
}

/** What events are folded with. */
export interface FoldContext<State, Commands extends CommandTypes, Events extends EventTypes> {
  readonly decider: Decider<State, Commands, Events>;
  readonly events: DeciderEvents<Events> | undefined;
  /** Whether events that the decider does not know are left out rather than an error. */
  readonly skipsUnknown: boolean;
}

/** Before the first event. */
export function newAggregate<State>(streamId: string, initialState: State): Aggregate<State> {
  return { stream: emptyStream(streamId), state: initialState };
}

/**
 * The aggregate after the next commit of its stream.
 *
 * @throws {MissingCommit} it is not the next one: something was deleted
 * @throws {UnreadableEvent} an event of it is not known, or its function in `evolve` fails
 */
export function evolved<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: FoldContext<State, Commands, Events>,
  { stream, state }: Aggregate<State>,
  commit: Commit,
): Aggregate<State> {
  if (commit.version !== stream.version + 1) {
    throw new MissingCommit(stream.streamId, stream.version + 1);
  }
  const events = knownEvents(context, commit);
  return {
    stream: stateAfter(commit),
    state: events.reduce((before, event) => evolvedBy(context.decider, before, event), state),
  };
}

function evolvedBy<State, Commands extends CommandTypes, Events extends EventTypes>(
  decider: Decider<State, Commands, Events>,
  state: State,
  event: RecordedEventOf<Events>,
): State {
  try {
    return decider.evolve(state, event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableEvent(event, `the decider of ${decider.category} fails: ${reason}`, { cause });
  }
}

/** The commits of a stream that begin at or behind a version, read consistently: one Query for each MB. */
export async function* commitsFrom(tables: Tables, streamId: string, version: number): AsyncGenerator<Commit> {
  const range = { partition: streamPartition(streamId), from: commitSortKey(version) };
  for await (const item of queryAll(tables, 'events', range, { consistency: 'strong', direction: 'forward' })) {
    yield decodeCommit(item);
  }
}

/**
 * The events of a commit in their current shape, without those of types that are to be left out. One of a type that is known, and newer than
 * the code, is never left out: what is decided without it might be wrong.
 */
export function knownEvents<State, Commands extends CommandTypes, Events extends EventTypes>(
  { decider: { category, eventTypes }, events, skipsUnknown }: FoldContext<State, Commands, Events>,
  commit: Commit,
): RecordedEventOf<Events>[] {
  const isKnown = (event: RecordedEvent): event is RecordedEvent & RecordedEventOf<Events> =>
    eventTypes.includes(event.type);
  const known: RecordedEventOf<Events>[] = [];
  for (const event of recordedEvents(commit)) {
    if (isKnown(event)) {
      known.push(events === undefined ? event : events.upcast(event));
    } else if (!skipsUnknown) {
      throw new UnreadableEvent(event, `the decider of ${category} knows ${eventTypes.join(', ')}`);
    }
  }
  return known;
}
