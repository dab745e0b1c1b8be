import { DamagedLog, MissingCommit } from '../events/errors.ts';
import type { RecordedEvent } from '../events/event.ts';
import type { ItemKey } from '../events/item.ts';
import { type Commit, commitKey, decodeCommit, recordedEvents } from '../events/stored-commit.ts';
import type { Current } from '../events/upcast-event.ts';
import { BATCH_GET_ITEMS_MAX } from '../tables/bounds.ts';
import { getAll, type ReadContext } from '../tables/read-all.ts';
import { COMMITS_AT_ONCE, LOG_PAGE_BYTES_MAX, LOG_PAGE_QUERIES_MAX } from './bounds.ts';
import { type EntriesPage, entriesAfter, type LogPlace } from './log-entries.ts';
import { type CommitReference, endAfter, type PlacedCommit, placedCommits } from './log-entry.ts';
import { type LogFilter, limitIssues, matchesCommit, matchingEventsMax, requireValid } from './log-filter.ts';
import { type LookedAt, positionsAhead } from './look-ahead.ts';

/** An event as it is read from the log. */
export interface LoggedEvent extends RecordedEvent {
  /** Its place in the log: 1, 2, 3 …, without a gap, the same for ever. */
  readonly position: number;
}

/** A recorded event, of whatever type, as it is read from the log. */
export type Logged<Recorded> = Recorded & Pick<LoggedEvent, 'position'>;

/** A part of the log. */
export interface LogPage<Recorded = RecordedEvent> {
  readonly events: readonly Logged<Recorded>[];
  /** How far was looked: every wanted event up to it is in this page or in one before. Go on after it. */
  readonly position: number;
  /** Of the last event of the log, where its end was seen; whoever has reached it has seen everything. */
  readonly head?: number;
}

/**
 * Reads the log page by page. It keeps the references that a page has left over, so each is read once; and whoever goes on soon reads
 * 1 MB of them at once.
 */
export interface LogReader<Recorded = RecordedEvent> {
  /**
   * The next events, at most `limit`; fewer at the end of the log, past `bytesMax` of events as JSON (default: 16 MB), or past
   * 10 MB of references without as many wanted events. A commit is read only where at least one event of it is returned; where
   * commits turn out larger than expected, what was read too much is kept for the next page. Calls follow one another.
   *
   * @throws {InvalidArgument} `limit` is no whole number from 1
   */
  next(limit: number, bytesMax?: number): Promise<LogPage<Recorded>>;
}

/**
 * A reader of the wanted events behind a position.
 *
 * @param current brings events to their current shape. Default: as they are stored
 */
export function createLogReader(context: ReadContext, after: number, filter: LogFilter, current?: Current): LogReader {
  let state: ReaderState = {
    context,
    filter,
    place: { position: after, isEntryEnd: after === 0 },
    head: undefined,
    lookedAt: { positions: 0, matching: 0 },
    found: [],
    read: [],
    commitBytes: undefined,
    position: after,
  };
  const next = async (limit: number, bytesMax: number) => {
    // A page that fails leaves everything as it was, so it can be asked for again.
    const following = { ...state };
    const page = await nextPage(following, limit, bytesMax);
    const events = current === undefined ? page.events : page.events.map(current);
    state = following;
    return { ...page, events };
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    next: async (limit, bytesMax = LOG_PAGE_BYTES_MAX) => {
      requireValid(limitIssues(limit));
      const page = last.then(() => next(limit, bytesMax));
      last = page.catch(() => undefined);
      return page;
    },
  };
}

interface ReaderState {
  readonly context: ReadContext;
  readonly filter: LogFilter;
  /** Behind all references that were read. */
  place: LogPlace;
  /** Of the log, as the last read of references showed it; undefined where that did not reach it. */
  head: number | undefined;
  /** What all of its reads of references have come to. */
  lookedAt: LookedAt;
  /** References to commits with wanted events that were not returned yet. */
  found: readonly PlacedCommit[];
  /** The commits of the first of them, as far as they were read: a page has ended inside of one, or sooner than was expected. */
  read: readonly Commit[];
  /** Bytes that a commit is expected to have: what those that were read last had. */
  commitBytes: number | undefined;
  /** Behind all events that were returned or passed over. */
  position: number;
}

async function nextPage(state: ReaderState, limit: number, bytesMax: number): Promise<LogPage> {
  const events: LoggedEvent[] = [];
  let bytes = 0;
  let queriesCut = 0;
  let isEnd = false;
  // Ends: each read of references is cut at 1 MB, sees the end of the log, or looks further than all before it together.
  while (events.length < limit && bytes < bytesMax) {
    if (state.found.length > 0) {
      const wave = firstReferences(state, limit - events.length, bytesMax - bytes);
      bytes += takeEvents(state, wave, await readCommits(state, wave), events, {
        limit,
        bytes: bytesMax - bytes,
      });
    } else if (queriesCut < LOG_PAGE_QUERIES_MAX && !isEnd) {
      const { isCut } = await readReferences(state, limit - events.length);
      queriesCut += isCut ? 1 : 0;
      isEnd = state.head !== undefined;
    } else {
      break;
    }
  }
  return { events, position: state.position, ...(state.head === undefined ? {} : { head: state.head }) };
}

/** References to the next commits, as far as they are likely to have as many wanted events. */
async function readReferences(state: ReaderState, wanted: number): Promise<EntriesPage> {
  const { context, filter, place, lookedAt } = state;
  const page = await entriesAfter(context.tables, place, positionsAhead(lookedAt, wanted));
  const last = page.entries.at(-1);
  state.head = page.head;
  state.found = page.entries
    .flatMap(placedCommits)
    .filter((commit) => commit.position + commit.count - 1 > place.position && matchesCommit(filter, commit));
  if (last !== undefined) {
    state.place = { position: endAfter(last).position, isEntryEnd: true };
  } else if (page.head === place.position) {
    state.place = { ...place, isEntryEnd: true };
  }
  state.lookedAt = {
    positions: lookedAt.positions + state.place.position - place.position,
    matching: state.found.reduce((sum, commit) => sum + matchingEventsMax(filter, commit), lookedAt.matching),
  };
  if (state.found.length === 0) {
    state.position = state.place.position;
  }
  return page;
}

/**
 * The first references, as many as are returned: all of them but the last have no more events than are wanted, for certain, and
 * no more bytes, as far as those before them tell.
 */
function firstReferences(
  { found, filter, position, commitBytes }: ReaderState,
  wanted: number,
  wantedBytes: number,
): PlacedCommit[] {
  let events = 0;
  const end = found.findIndex((commit) => {
    const isEnough = events >= wanted;
    events += Math.min(matchingEventsMax(filter, commit), commit.position + commit.count - 1 - position);
    return isEnough;
  });
  return found.slice(0, Math.min(end === -1 ? found.length : end, commitsAtOnce(wantedBytes, commitBytes)));
}

/** Of commits that fill more than one request, whole requests. How large they are is not known before the first. */
function commitsAtOnce(bytes: number, commitBytes: number | undefined): number {
  const fitting = commitBytes === undefined ? BATCH_GET_ITEMS_MAX : Math.ceil(bytes / commitBytes);
  const whole = fitting < BATCH_GET_ITEMS_MAX ? fitting : fitting - (fitting % BATCH_GET_ITEMS_MAX);
  return Math.min(whole, COMMITS_AT_ONCE);
}

/**
 * Reads commits in the order of their references. Eventually consistent, at half price: one that is not visible yet is read again
 * consistently, for it is there, or it would not be in the log.
 */
async function readCommits({ context, read }: ReaderState, wave: readonly CommitReference[]): Promise<Commit[]> {
  const known = new Map<string, Commit>();
  const remember = (commit: Commit) => known.set(nameOf(commit), commit);
  read.forEach(remember);
  for (const consistency of ['eventual', 'strong'] as const) {
    const unread = wave.filter((reference) => !known.has(nameOf(reference)));
    const keys = unread.map(({ streamId, version }) => commitKey(streamId, version));
    for (const item of await getAll(context, 'events', distinct(keys), consistency)) {
      remember(decodeCommit(item));
    }
  }
  return wave.map((reference) => {
    const commit = known.get(nameOf(reference));
    if (commit === undefined) {
      throw new MissingCommit(reference.streamId, reference.version);
    }
    return commit;
  });
}

/** A log in which a commit stands twice is damaged, which is for `verify` to say; it can be read all the same. */
function distinct(keys: readonly ItemKey[]): ItemKey[] {
  return [...new Map(keys.map((key) => [`${key.SK} ${key.PK}`, key])).values()];
}

function nameOf({ streamId, version }: CommitReference): string {
  return `${version} ${streamId}`;
}

/** Adds the wanted events of commits to those of the page, until it is full. Returns the bytes of the commits it has taken. */
function takeEvents(
  state: ReaderState,
  wave: readonly PlacedCommit[],
  commits: readonly Commit[],
  events: LoggedEvent[],
  full: { readonly limit: number; readonly bytes: number },
): number {
  let bytes = 0;
  let done = 0;
  for (const [index, reference] of wave.entries()) {
    const commit = commits[index];
    if (commit === undefined || events.length >= full.limit || bytes >= full.bytes) {
      break;
    }
    bytes += Buffer.byteLength(commit.eventsJson);
    const wanted = wantedEvents(state, reference, commit);
    const left = full.limit - events.length;
    events.push(...wanted.slice(0, left));
    if (wanted.length > left) {
      state.position = events.at(-1)?.position ?? state.position;
      break;
    }
    state.position = reference.position + reference.count - 1;
    done += 1;
  }
  state.found = state.found.slice(done);
  state.read = [...commits, ...state.read.slice(commits.length)].slice(done);
  state.commitBytes = Math.ceil(
    commits.reduce((sum, { eventsJson }) => sum + Buffer.byteLength(eventsJson), 0) / commits.length,
  );
  if (state.found.length === 0) {
    state.position = state.place.position;
  }
  return bytes;
}

function wantedEvents({ filter, position }: ReaderState, reference: PlacedCommit, commit: Commit): LoggedEvent[] {
  if (commit.count !== reference.count) {
    const place = `${reference.streamId} at version ${reference.version}`;
    throw new DamagedLog(
      reference.position,
      `it says ${reference.count} events of ${place}, which has ${commit.count}`,
    );
  }
  const { types } = filter;
  return recordedEvents(commit)
    .map((event, index) => ({ ...event, position: reference.position + index }))
    .filter((event) => event.position > position && (types === undefined || types.includes(event.type)));
}
