import { type TidemarkError, UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import {
  COMMIT_HEAD_ATTRIBUTES,
  type CommitHead,
  decodeCommitHead,
  streamOfPartition,
} from '../events/stored-commit.ts';
import { type ReadContext, scanAll } from '../tables/read-all.ts';
import type { Sequencer } from './sequencer.ts';
import { readMarks, versionOf } from './tail.ts';

/** How far a scan has got; what it says of commits is since the scan began. */
export interface ScanProgress {
  /** Commits that were looked at. */
  readonly seen: number;
  /** Commits that were put into the log. */
  readonly sequenced: number;
  /** Streams that cannot be sequenced, and why. */
  readonly damaged: ReadonlyMap<string, TidemarkError>;
  /** Where a later scan goes on; undefined at the end. */
  readonly resumeAfter: ItemKey | undefined;
}

export interface ScanEventsOptions {
  /** Goes on behind the commit with this key. Default: begins with the first. */
  readonly after?: ItemKey | undefined;
  /** Leaves alone what was appended at this time or later, by the clock of who appended it. Default: nothing. */
  readonly appendedBefore?: Date;
}

/**
 * Reads all commits of the Events table and puts into the log what is not there: what the stream of the table delivers no
 * more, for it keeps records for 24 hours. May run while sequencers do, may be stopped at any time, and gone on with.
 *
 * Costs one read unit for each 4 KB of the Events table, and a half for each stream and MB; and what sequencing costs.
 *
 * @throws as `Sequencer.sequence` does
 */
export async function* sequenceScan(
  context: ReadContext,
  sequencer: Sequencer,
  { after, appendedBefore }: ScanEventsOptions = {},
): AsyncGenerator<ScanProgress, void, undefined> {
  let seen = 0;
  let sequenced = 0;
  const damaged = new Map<string, TidemarkError>();
  // Consistent: an eventually consistent page may lack an item, and nobody would look at it again.
  const options = { consistency: 'strong', attributes: COMMIT_HEAD_ATTRIBUTES, ...(after && { after }) } as const;
  for await (const { items, resumeAfter } of scanAll(context.tables, 'events', options)) {
    const commits = items.flatMap((item) => readable(item, damaged));
    const marks = await readMarks(context, [...new Set(commits.map(({ streamId }) => streamId))], 'eventual');
    const hints = commits.filter(
      (commit) => isDue(commit, appendedBefore) && commit.version > versionOf(marks.get(commit.streamId)),
    );
    const result = await sequencer.sequence(hints);
    seen += items.length;
    sequenced += result.commits;
    for (const [streamId, error] of result.damaged) {
      damaged.set(streamId, error);
    }
    yield { seen, sequenced, damaged, resumeAfter };
  }
}

/** A time that is none is no reason to leave a commit out. */
function isDue({ timestamp }: CommitHead, appendedBefore: Date | undefined): boolean {
  return appendedBefore === undefined || !(Date.parse(timestamp) >= appendedBefore.getTime());
}

/** One commit that cannot be read must not end the scan: what lies behind it would never be found. */
function readable(item: Item, damaged: Map<string, TidemarkError>): CommitHead[] {
  try {
    return [decodeCommitHead(item)];
  } catch (error) {
    if (!(error instanceof UnreadableItem)) {
      throw error;
    }
    damaged.set(streamOfPartition(item.PK), error);
    return [];
  }
}
