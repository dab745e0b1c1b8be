import type { StreamState } from '../events/event.ts';
import { frozen } from '../events/frozen.ts';
import { stateAfter } from '../events/stored-commit.ts';
import type { EventTypes } from '../events/typed-event.ts';
import { type Aggregate, commitsFrom, evolved, newAggregate } from './aggregate.ts';
import type { CommandTypes } from './command.ts';
import type { HandlerContext } from './context.ts';
import { findSnapshot } from './snapshots.ts';

/** An aggregate as it was a moment ago. */
export interface Loaded<State> extends Aggregate<State> {
  /** Events that were read behind the snapshot, or behind nothing. */
  readonly eventsRead: number;
  /** Whether the snapshot of the stream was seen to be of newer code: then no write over it is tried, which would be refused. */
  readonly isSnapshotNewer: boolean;
}

/** Loads a stream: from its snapshot where it has one that fits, else from its beginning. */
export async function loadAggregate<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  streamId: string,
): Promise<Loaded<State>> {
  const { aggregate: snapshot, isNewer } = await findSnapshot<State>(context.snapshots, streamId);
  const behind = snapshot === undefined ? undefined : await readBehind(context, snapshot);
  if (snapshot !== undefined && behind !== undefined) {
    return { ...behind, eventsRead: behind.stream.version - snapshot.stream.version, isSnapshotNewer: false };
  }
  const whole = await refreshed(context, newAggregate(streamId, context.decider.initialState));
  return { ...whole, eventsRead: whole.stream.version, isSnapshotNewer: isNewer };
}

/**
 * A snapshot and what came after it. Its last commit is read too: that it stands in the stream as the snapshot says is the proof that this
 * is the history it was made of, and that the next commit may follow it. Tables can be restored to different times, and a snapshot ahead
 * of its stream would leave a gap there. Undefined where it does not.
 */
async function readBehind<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  snapshot: Aggregate<State>,
): Promise<Aggregate<State> | undefined> {
  const { streamId, lastCommit } = snapshot.stream;
  let aggregate: Aggregate<State> | undefined;
  for await (const commit of commitsFrom(context.store.tables, streamId, lastCommit)) {
    if (aggregate !== undefined) {
      aggregate = evolved(context, aggregate, commit);
    } else if (isSameState(stateAfter(commit), snapshot.stream)) {
      aggregate = snapshot;
    } else {
      break;
    }
  }
  if (aggregate === undefined) {
    context.observe({ kind: 'snapshot-ignored', streamId, reason: 'not-in-stream' });
  }
  return aggregate === undefined ? undefined : { ...aggregate, state: frozen(aggregate.state) };
}

function isSameState(one: StreamState, other: StreamState): boolean {
  return one.version === other.version && one.lastCommit === other.lastCommit && one.hash === other.hash;
}

/** An aggregate as its stream is now: one Query of what came after it. */
export async function refreshed<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  known: Aggregate<State>,
): Promise<Aggregate<State>> {
  let aggregate = known;
  for await (const commit of commitsFrom(context.store.tables, known.stream.streamId, known.stream.version + 1)) {
    aggregate = evolved(context, aggregate, commit);
  }
  return { stream: aggregate.stream, state: frozen(aggregate.state) };
}

/** An aggregate as it is now, by what is remembered of it. What cannot be gone on from is forgotten. */
export async function loadNow<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  streamId: string,
): Promise<Aggregate<State>> {
  const known = context.cache.get(streamId);
  try {
    const { stream, state } =
      known === undefined ? await loadAggregate(context, streamId) : await refreshed(context, known);
    context.cache.set(streamId, { stream, state });
    return { stream, state };
  } catch (error) {
    context.cache.delete(streamId);
    throw error;
  }
}
