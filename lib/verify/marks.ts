import { Throttled } from '../events/errors.ts';
import { REQUESTS_AT_ONCE } from '../log/bounds.ts';
import { endAfter, type LogEntry, placedCommits } from '../log/log-entry.ts';
import { decodeMark, encodeMark, isMarkKey, type SequencedMark, streamOfMark } from '../log/sequenced-mark.ts';
import { inParallel } from '../tables/in-parallel.ts';
import { scanAll } from '../tables/read-all.ts';
import { VERIFIED_MARKS_AT_ONCE } from './bounds.ts';
import { inChunks } from './chunks.ts';
import { type MarkVerdict, markDamage, verdictOf } from './mark.ts';
import { type FoundEntry, type FoundMark, findEntry, findMarks } from './reads.ts';
import type { VerifyRun } from './run.ts';
import type { StreamPlace } from './streams.ts';

const SCAN = { consistency: 'eventual', attributes: ['format', 'version', 'position'] } as const;

/**
 * Compares the marks of the streams of this pass with where the log has them, after it was walked. Yields after each MB.
 *
 * Costs half a read unit for each 4 KB of the State table, and a whole one for each mark that does not agree at first: because it
 * has moved on since, or because it is damaged.
 */
export async function* verifyMarks(run: VerifyRun): AsyncGenerator<void, void, undefined> {
  for await (const { items } of scanAll(run.context.tables, 'state', SCAN)) {
    const doubtful: string[] = [];
    for (const item of items.filter(isMarkKey)) {
      const streamId = streamOfMark(item);
      if (!run.streams.includes(streamId)) {
        continue;
      }
      const mark = run.findings.decoded('state', item, decodeMark) ?? 'unreadable';
      if (isBelieved(run, streamId, mark)) {
        compared(run, streamId);
      } else {
        doubtful.push(streamId);
      }
    }
    for (const chunk of inChunks(doubtful, VERIFIED_MARKS_AT_ONCE)) {
      await judge(run, chunk);
    }
    yield;
  }
  // What an eventually consistent scan has not shown may be there, or not.
  yield* verifyOtherMarks(run);
}

/** As `verifyMarks`, of those streams of the pass whose marks were not compared yet; one read unit for each. */
export async function* verifyOtherMarks(run: VerifyRun): AsyncGenerator<void, void, undefined> {
  const unseen = [...run.streams.entries()].filter(([, { isMarked }]) => !isMarked).map(([streamId]) => streamId);
  for (const chunk of inChunks(unseen, VERIFIED_MARKS_AT_ONCE)) {
    await judge(run, chunk);
    yield;
  }
}

/** What needs no second look. */
function isBelieved(run: VerifyRun, streamId: string, mark: FoundMark): boolean {
  return (
    mark !== 'unreadable' && verdictOf(run, run.streams.get(streamId), mark, Number.POSITIVE_INFINITY) === 'agrees'
  );
}

function compared(run: VerifyRun, streamId: string): void {
  const place = run.streams.get(streamId);
  run.marks += 1;
  if (place !== undefined) {
    place.isMarked = true;
  }
}

/**
 * First the tail, then the marks, both consistently: all entries before the tail were marked when it was written, so a mark that
 * is read afterwards and does not know of one of them is damaged. A mark that has moved on names an entry, which was there
 * before the mark was, so it is read last.
 */
async function judge(run: VerifyRun, streamIds: readonly string[]): Promise<void> {
  const tail = await findEntry(run);
  const marks = await findMarks(run, streamIds, 'strong');
  const verdicts = streamIds.map((streamId) => {
    const place = run.streams.get(streamId);
    const mark = marks.get(streamId);
    return { streamId, place, mark, verdict: verdictOf(run, place, mark, tail.position) };
  });
  const wrong = await contradicted(
    run,
    verdicts.flatMap(({ verdict, mark }) => (verdict === 'moved' && isRead(mark) ? [mark] : [])),
  );
  const damaged: Judged[] = [];
  for (const one of verdicts) {
    const verdict = wrong.has(one.streamId) ? 'mark-ahead' : one.verdict;
    compared(run, one.streamId);
    if (verdict !== 'agrees' && verdict !== 'moved') {
      damaged.push({ ...one, verdict });
    }
  }
  for (const { streamId, place, mark, verdict } of damaged) {
    run.damagedMarks.set(streamId, isRead(mark) ? mark.version : undefined, place?.version ?? 0);
    // Those that cannot be read were reported when they were read; those of what cannot be read in the log follow from that.
    if (verdict !== 'unreadable' && verdict !== 'unknown') {
      run.findings.add(markDamage(streamId, place, mark, verdict));
    }
  }
  await repair(run, damaged);
}

interface Judged {
  readonly streamId: string;
  readonly place: StreamPlace | undefined;
  readonly mark: FoundMark | undefined;
  readonly verdict: Exclude<MarkVerdict, 'agrees' | 'moved'>;
}

/** The streams of marks that are not what the entry says which they name. One that cannot be read says nothing against them. */
async function contradicted(run: VerifyRun, marks: readonly SequencedMark[]): Promise<ReadonlySet<string>> {
  const wrong = new Set<string>();
  let found: FoundEntry | undefined;
  // In the order of their positions, so that an entry is read once for all of its marks.
  for (const mark of marks.toSorted((one, other) => one.position - other.position)) {
    const isSame = found?.entry !== undefined && mark.position <= endAfter(found.entry).position;
    found = isSame && found !== undefined ? found : await findEntry(run, mark.position);
    const isUnreadable = found.position > 0 && found.entry === undefined;
    const isRight = isUnreadable || (found.entry !== undefined && isIn(found.entry, mark));
    if (!isRight) {
      wrong.add(mark.streamId);
    }
  }
  return wrong;
}

function isIn(entry: LogEntry, { streamId, version, position }: SequencedMark): boolean {
  return placedCommits(entry).some(
    (commit) =>
      commit.streamId === streamId &&
      commit.version + commit.count - 1 === version &&
      commit.position + commit.count - 1 === position,
  );
}

/**
 * Makes marks again from the log, each over exactly the one that was found: one that has moved meanwhile is left alone. Not while
 * anything is wrong with the log: what cannot be read there (or was written in a later format) would be put into it again.
 */
async function repair(run: VerifyRun, damaged: readonly Judged[]): Promise<void> {
  if (!run.repair || run.findings.isLogDamaged) {
    return;
  }
  await inParallel(damaged, REQUESTS_AT_ONCE, async ({ streamId, place, mark }) => {
    if (place === undefined || mark === 'unreadable') {
      return;
    }
    const item = encodeMark({ streamId, version: place.version, position: place.position });
    const over = mark === undefined ? {} : { over: { attribute: 'version', is: mark.version } };
    const { outcome } = await run.context.tables.put({ table: 'state', item, ...over });
    if (outcome === 'contended') {
      throw new Throttled(new Error(`the sequenced mark of ${streamId} could not be written`));
    }
    run.repaired += outcome === 'written' ? 1 : 0;
  });
}

function isRead(mark: FoundMark | undefined): mark is SequencedMark {
  return mark !== undefined && mark !== 'unreadable';
}
