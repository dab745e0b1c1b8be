import { InvalidEvent, quote } from '../events/errors.ts';
import type { NewEvent } from '../events/event.ts';
import { frozen } from '../events/frozen.ts';
import { isPlainObject } from '../events/json-issues.ts';
import { newCommit } from '../events/new-commit.ts';
import { type Commit, commitAfter } from '../events/stored-commit.ts';
import type { EventTypes, NewEventOf } from '../events/typed-event.ts';
import type { CommitRequest } from '../store/commit-request.ts';
import type { IdempotencyKey } from '../store/idempotency.ts';
import { type Aggregate, evolved } from './aggregate.ts';
import type { Command, CommandTypes } from './command.ts';
import type { HandlerContext } from './context.ts';

/** One command on its way. */
export interface Run<State, Commands extends CommandTypes, Events extends EventTypes> {
  readonly context: HandlerContext<State, Commands, Events>;
  readonly streamId: string;
  readonly command: Command<Commands>;
  readonly key: IdempotencyKey | undefined;
  /** Of all tries: the condition on its place tells whether one of them has succeeded. */
  readonly commitId: string;
  readonly metadata: NonNullable<NewEvent['metadata']>;
}

/** A command that cannot be done on the state that it was decided on, whoever says so: the rules, a schema, a limit. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly error: unknown;
}

/** What a decider has made of a command. */
export type Decided<State> =
  | { readonly kind: 'events'; readonly request: CommitRequest; readonly tried: Tried<State> }
  | { readonly kind: 'nothing' }
  | Rejected;

/** A commit that is to be written, and what the aggregate is with it. */
interface Tried<State> {
  readonly commit: Commit;
  readonly after: Aggregate<State>;
}

/**
 * Decides a command, and checks what was decided before anything is written. All that is wrong with it is a rejection: on another state it
 * might be right, and it might be the repeat of a command that was done.
 */
export async function decide<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  aggregate: Aggregate<State>,
): Promise<Decided<State>> {
  const { context, command, streamId, commitId, key } = run;
  try {
    const made = context.decider.decide(aggregate.state, command);
    if (Array.isArray(made) && made.length === 0) {
      return { kind: 'nothing' };
    }
    const asked = newCommit(streamId, commitId, await newEvents(run, made));
    const commit = commitAfter(aggregate.stream, asked, context.store.now().toISOString());
    // Events that `evolve` cannot take would make the stream unreadable, and they are there for ever: so it is tried before.
    const { stream, state } = evolved(context, aggregate, commit);
    const request = { commit: asked, expectation: aggregate.stream, made: commit, isRepeatable: false };
    return {
      kind: 'events',
      request: key === undefined ? request : { ...request, key },
      tried: { commit, after: { stream, state: frozen(state) } },
    };
  } catch (error) {
    return { kind: 'rejected', error };
  }
}

/** @throws {InvalidEvent} one of them is not among those of the decider, or does not fit its schema */
async function newEvents<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context, metadata }: Run<State, Commands, Events>,
  made: readonly NewEventOf<Events>[],
): Promise<readonly NewEvent[]> {
  const { decider, events: definitions } = context;
  requireOwnEvents(decider, made);
  const checked: readonly NewEvent[] = definitions === undefined ? made : await definitions.validate(made);
  return checked.map((event) => withMetadata(event, metadata));
}

function requireOwnEvents(
  { eventTypes }: { readonly eventTypes: readonly string[] },
  events: readonly NewEvent[],
): void {
  const issues = events.flatMap((event, index) => {
    const type: unknown = isPlainObject(event) ? event.type : undefined;
    if (typeof type !== 'string' || eventTypes.includes(type)) {
      return [];
    }
    const known = eventTypes.map(quote).join(', ');
    const message = `must be one of ${known}, for which the decider has an evolve function, not ${quote(type)}`;
    return [{ path: `events[${index}].type`, message }];
  });
  if (issues.length > 0) {
    throw new InvalidEvent(issues);
  }
}

/** The metadata of the command, and over them those of the event. What is no event, or has no metadata, is refused with the others. */
function withMetadata(event: NewEvent, metadata: NonNullable<NewEvent['metadata']>): NewEvent {
  const own: unknown = isPlainObject(event) ? (event.metadata ?? {}) : undefined;
  if (!isPlainObject(own) || Object.keys(metadata).length === 0) {
    return event;
  }
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...event, metadata: { ...metadata, ...given } };
}
