import type { ItemKey } from '../events/item.ts';
import { type Commit, commitHash, commitKey, decodeCommit, stateAfter, storedEvents } from '../events/stored-commit.ts';
import type { LogEntry, PlacedCommit } from '../log/log-entry.ts';
import { getAll } from '../tables/read-all.ts';
import { type Order, orderOf } from './order.ts';
import { verifyReference } from './reference.ts';
import type { VerifyRun } from './run.ts';
import type { StreamPlace } from './streams.ts';

/** A commit that an entry names. */
export interface EntryReference {
  readonly reference: PlacedCommit;
  readonly entry: LogEntry;
  /** Its place among the commits of the entry. */
  readonly index: number;
}

/** Commits that were read, and those that could not be. */
type ReadCommits = ReadonlyMap<string, Commit | 'unreadable'>;

/** Checks commits in the order of the log: reads them together, and what their hashes go on from. */
export async function verifyReferences(run: VerifyRun, wave: readonly EntryReference[]): Promise<void> {
  const unread = wave.filter(({ reference }) => isUnread(run, reference));
  const named = unread.map(({ reference }) => commitKey(reference.streamId, reference.version));
  const commits = new Map<string, Commit | 'unreadable'>();
  await readCommits(run, named, commits);
  await readCommits(run, predecessorKeys(run, named, commits), commits);
  for (const one of wave) {
    verifyOne(run, one, commits);
  }
}

/** Not checked in an earlier pass. */
function isUnread({ streams }: VerifyRun, { position, count }: PlacedCommit): boolean {
  return position + count - 1 > streams.checkedThrough;
}

function verifyOne(run: VerifyRun, one: EntryReference, commits: ReadCommits): void {
  const { reference } = one;
  const { streamId, version, count, position } = reference;
  const place = run.streams.placeOf(streamId, position);
  if (place === undefined) {
    return;
  }
  const isChecked = !isUnread(run, reference);
  const order = orderOf(run, reference, one.entry, place, isChecked);
  if (order === 'again') {
    return;
  }
  const { end, hashes } = isChecked ? endOf(reference) : verifyContent(run, one, place, order, commits);
  if (order !== 'late') {
    Object.assign(place, { version: end, position: position + count - 1, lastCommit: version, hashes });
  }
}

/** What a commit makes of the place of its stream. */
type Content = { readonly end: number; readonly hashes: readonly string[] | undefined };

/** By its reference alone. */
function endOf({ version, count }: PlacedCommit): Content {
  return { end: version + count - 1, hashes: undefined };
}

function verifyContent(
  run: VerifyRun,
  one: EntryReference,
  place: StreamPlace,
  order: Order,
  commits: ReadCommits,
): Content {
  const { end } = endOf(one.reference);
  run.commits += 1;
  run.events += one.reference.count;
  const commit = commitAt(run, one, commits);
  if (commit === undefined) {
    return { end, hashes: [] };
  }
  const previous = previousHashes(run, place, commit, order === 'next', commits);
  const computed = previous.map((hash) => commitHash(hash, commit));
  return verifyCommit(run, one, commit, computed)
    ? { end: stateAfter(commit).version, hashes: [commit.hash] }
    : { end, hashes: [commit.hash, ...computed.slice(0, 1)] };
}

function commitAt({ findings }: VerifyRun, { reference }: EntryReference, commits: ReadCommits): Commit | undefined {
  const { streamId, version, position } = reference;
  const key = commitKey(streamId, version);
  const commit = commits.get(nameOf(key));
  if (commit === undefined) {
    findings.add({
      kind: 'missing-commit',
      table: 'events',
      key,
      message: `The log names version ${version} of stream "${streamId}" at position ${position}, but there is no such commit`,
      position,
      streamId,
      version,
    });
  }
  return commit === 'unreadable' ? undefined : commit;
}

/**
 * Whether a commit is what its hash says; then also whether it is what its entry says.
 *
 * @param computed what its hash may be; none where that cannot be known
 */
function verifyCommit(run: VerifyRun, one: EntryReference, commit: Commit, computed: readonly string[]): boolean {
  const { streamId, version, position } = one.reference;
  const key = commitKey(streamId, version);
  if (computed.length > 0 && !computed.includes(commit.hash)) {
    run.findings.add({
      kind: 'changed-commit',
      table: 'events',
      key,
      message: `The hash of the commit of stream "${streamId}" at version ${version} is not that of what it says and of the commit before it: it was changed`,
      position,
      streamId,
      version,
    });
    return false;
  }
  run.findings.decoded('events', key, () => storedEvents(commit));
  verifyReference(run, one.reference, one.entry, one.index, commit);
  return true;
}

/** The hashes of which one is that of the commit before; none where it is not known, because that is damaged or not there. */
function previousHashes(
  run: VerifyRun,
  place: StreamPlace,
  commit: Commit,
  isNext: boolean,
  commits: ReadCommits,
): readonly string[] {
  if (isNext && place.hashes !== undefined && isFollowed(place, commit)) {
    return place.hashes;
  }
  if (commit.previous === 0) {
    return [''];
  }
  const key = commitKey(commit.streamId, commit.previous);
  const predecessor = commits.get(nameOf(key));
  const isUnknown =
    predecessor === undefined || predecessor === 'unreadable' || run.findings.has('changed-commit', key);
  return isUnknown ? [] : [predecessor.hash];
}

/** A place that is empty although the commit is not the first says nothing: the log was not read from its beginning. */
function isFollowed(place: StreamPlace, commit: Commit): boolean {
  return place.version > 0 || commit.version === 1;
}

/** The commits before those that were read, where neither they nor their hashes are at hand. */
function predecessorKeys({ streams }: VerifyRun, named: readonly ItemKey[], commits: ReadCommits): ItemKey[] {
  return named.flatMap((key) => {
    const commit = commits.get(nameOf(key));
    if (commit === undefined || commit === 'unreadable' || commit.previous === 0) {
      return [];
    }
    const place = streams.get(commit.streamId);
    const isAtHand = place?.lastCommit === commit.previous && place.hashes !== undefined;
    return isAtHand ? [] : [commitKey(commit.streamId, commit.previous)];
  });
}

/**
 * Adds commits to those that were read. Eventually consistent, at half price: what is not visible yet is read again consistently,
 * for it is there, or it would not be in the log.
 */
async function readCommits(
  { context, findings }: VerifyRun,
  keys: readonly ItemKey[],
  commits: Map<string, Commit | 'unreadable'>,
): Promise<void> {
  const wanted = new Map(keys.map((key) => [nameOf(key), key]));
  for (const consistency of ['eventual', 'strong'] as const) {
    const unread = [...wanted].filter(([name]) => !commits.has(name)).map(([, key]) => key);
    for (const item of await getAll(context, 'events', unread, consistency)) {
      commits.set(nameOf(item), findings.decoded('events', item, decodeCommit) ?? 'unreadable');
    }
  }
}

function nameOf({ PK, SK }: ItemKey): string {
  return `${SK} ${PK}`;
}
