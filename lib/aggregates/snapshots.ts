import { hash } from 'node:crypto';
import { InvalidArgument, UnreadableItem } from '../events/errors.ts';
import type { StreamState } from '../events/event.ts';
import { ITEM_SIZE_BYTES_MAX, itemSizeBytes } from '../events/item.ts';
import { jsonIssues } from '../events/json-issues.ts';
import type { EventTypes } from '../events/typed-event.ts';
import type { Tables } from '../tables/tables.ts';
import type { Aggregate, FoldContext } from './aggregate.ts';
import type { CommandTypes } from './command.ts';
import type { Observe, SnapshotIgnored } from './observation.ts';
import { decodeSnapshot, encodeSnapshot, snapshotKey } from './stored-snapshot.ts';

/** Where snapshots are, what they look like, and how many there are. */
export interface Snapshots {
  readonly tables: Tables;
  readonly stateVersion: number;
  readonly shape: string;
  /** Events between two of them; 0: there are none. */
  readonly every: number;
  readonly observe: Observe;
}

/** What was found under the key of a stream's snapshot. */
export interface FoundSnapshot<State> {
  /** One that fits. */
  readonly aggregate?: Aggregate<State>;
  /** It is of newer code, which wants to find it again: a write over it would be refused. */
  readonly isNewer: boolean;
}

/**
 * SHA-256 of what says what states look like: a snapshot of another shape was made by other rules, or by code that leaves out what this
 * code refuses (or the other way round), and must not make a stream readable that is not. That a function of `evolve` has changed
 * cannot be seen, since a minifier changes them all at each deployment; that is what `stateVersion` is for.
 */
export function shapeOf<State, Commands extends CommandTypes, Events extends EventTypes>({
  decider: { category, stateVersion, initialState, eventTypes },
  events,
  skipsUnknown,
}: FoldContext<State, Commands, Events>): string {
  const types = eventTypes.toSorted().map((type) => [type, events?.schemaVersion(type) ?? null]);
  return hash('sha256', JSON.stringify([category, stateVersion, initialState, types, skipsUnknown]), 'base64url');
}

/**
 * The snapshot of a stream, if there is one that fits: one eventually consistent read, for an older one is as good. Whatever is wrong with
 * it is a reason to read the events, and none to fail.
 */
export async function findSnapshot<State>(snapshots: Snapshots, streamId: string): Promise<FoundSnapshot<State>> {
  const { tables, stateVersion, shape, observe } = snapshots;
  const ignored = (reason: SnapshotIgnored, error?: unknown): FoundSnapshot<State> => {
    observe({ kind: 'snapshot-ignored', streamId, reason, ...(error === undefined ? {} : { error }) });
    return { isNewer: reason === 'newer' };
  };
  if (snapshots.every === 0) {
    return { isNewer: false };
  }
  try {
    const item = await tables.get('state', snapshotKey(streamId), 'eventual');
    if (item === undefined) {
      return { isNewer: false };
    }
    const snapshot = decodeSnapshot(item);
    if (snapshot.shape !== shape) {
      return ignored(snapshot.stateVersion > stateVersion ? 'newer' : 'other-shape');
    }
    const { stream, state } = snapshot;
    return isStateOf<State>(state) ? { aggregate: { stream, state }, isNewer: false } : ignored('corrupt');
  } catch (error) {
    return ignored(error instanceof UnreadableItem ? 'corrupt' : 'unavailable', error);
  }
}

/** What was stored under a shape is what its decider has returned. */
function isStateOf<State>(state: unknown): state is State {
  return state !== undefined;
}

/**
 * Whether a snapshot is due: with the commit that completes so many events, which is one commit, whoever appends it; and where more than
 * that had to be read, because there was none that fits.
 */
export function isSnapshotDue(
  { every }: Pick<Snapshots, 'every'>,
  before: StreamState,
  after: StreamState,
  eventsRead: number,
): boolean {
  return every > 0 && (Math.floor(after.version / every) > Math.floor(before.version / every) || eventsRead >= every);
}

/**
 * Writes a snapshot over whatever is there, unless newer code has put it there: that one may have come after the stream was loaded, so the write
 * itself finds it out. It must not fail what it is written after.
 */
export async function writeSnapshot<State>(
  { tables, stateVersion, shape, observe }: Snapshots,
  { stream, state }: Aggregate<State>,
): Promise<void> {
  const { streamId, version } = stream;
  try {
    const issues = jsonIssues(state, 'state');
    if (issues.length > 0) {
      throw new InvalidArgument(issues);
    }
    const item = encodeSnapshot({ stream, stateVersion, shape, state });
    const bytes = itemSizeBytes(item);
    if (bytes > ITEM_SIZE_BYTES_MAX) {
      throw new RangeError(`The state has ${bytes} bytes; an item has at most ${ITEM_SIZE_BYTES_MAX}`);
    }
    const put = { table: 'state', item } as const;
    let result = await tables.put({ ...put, over: { attribute: 'stateVersion', below: stateVersion + 1 } });
    if (result.outcome === 'occupied' && typeof result.found['stateVersion'] !== 'number') {
      // It is damaged, and would be in the way for ever.
      result = await tables.put({ ...put, over: 'any' });
    }
    observe(
      result.outcome === 'written'
        ? { kind: 'snapshot-written', streamId, version }
        : { kind: 'snapshot-ignored', streamId, reason: 'newer' },
    );
  } catch (error) {
    observe({ kind: 'snapshot-failed', streamId, version, error });
  }
}
