import { NotSequenceable, SequencerContention, type TidemarkError } from '../events/errors.ts';
import type { CommitHead } from '../events/stored-commit.ts';
import { backoffMs } from '../tables/backoff.ts';
import type { ReadContext } from '../tables/read-all.ts';
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN, SEQUENCER_ATTEMPTS_MAX } from './bounds.ts';
import { cutEntries } from './cut-entries.ts';
import { decodeEntry, EMPTY_LOG, encodeEntry, endAfter, entryAfter, type LogEnd, type LogEntry } from './log-entry.ts';
import { MarkMemory } from './mark-memory.ts';
import { planWanted } from './pending.ts';
import type { Plan, Unit } from './plan.ts';
import { marksOf } from './sequenced-mark.ts';
import { markStreams, readTail } from './tail.ts';
import { Wanted } from './wanted.ts';

/** How far a call of `sequence` goes. */
export interface SequenceOptions {
  /** Is asked before each entry but the first one; `false` leaves the rest to a later call. Default: goes on to the end. */
  readonly mayGoOn?: () => boolean;
  /** Entries after which the rest is left to a later call. Default: none. */
  readonly entriesMax?: number;
}

/** What a call of `sequence` has come to. */
export interface SequenceResult {
  /** What was put into the log; also by another sequencer, where that has put the very same entry there. */
  readonly entries: number;
  readonly commits: number;
  /** The hints whose commits may not be in the log yet. */
  readonly left: readonly CommitHead[];
  /** Streams that cannot be sequenced, because what is stored of them is damaged, and what is wrong. They are not in `left`. */
  readonly damaged: ReadonlyMap<string, TidemarkError>;
}

/** Gives commits their positions. It remembers the end of the log and the marks of streams: keep one, rather than make one for each batch. */
export interface Sequencer {
  /**
   * Puts commits into the log, in the order of their streams, with all that those still lack before them and all that was
   * appended together with them. Commits that are there already are left out: a hint may come late, twice or in any order.
   *
   * Any number of sequencers may run at once. Calls of one follow one another.
   *
   * Where nobody else writes, and streams are remembered: for each entry, one write of ⌈size / 1 KB⌉ units, and one of one
   * unit for each stream, without reads. A stream that is not remembered is one consistent read of its mark, and one Query
   * where the hints do not follow on.
   *
   * @throws {SequencerContention | Throttled | Unavailable} some of it may be in the log; the same call goes on from there
   */
  sequence(hints: readonly CommitHead[], options?: SequenceOptions): Promise<SequenceResult>;
}

/** The one writer of the log; see docs/architecture.md for why nothing is lost, doubled or out of order. */
export function createSequencer(context: ReadContext): Sequencer {
  const memory: Memory = { end: undefined, winner: undefined, marks: new MarkMemory() };
  let last: Promise<unknown> = Promise.resolve();
  return {
    sequence: (hints, options = {}) => {
      const run = last.then(() => sequence(context, memory, hints, options));
      last = run.catch(() => undefined);
      return run;
    },
  };
}

/**
 * What a sequencer remembers from one entry to the next. It is true as long as nobody else writes; where somebody does, the next
 * write fails on its condition, and the memory is thrown away. So what is planned by it needs no reads.
 */
interface Memory {
  /** Undefined: not known. All entries up to it are marked. */
  end: LogEnd | undefined;
  /** The entry that stood where ours should have. */
  winner: LogEntry | undefined;
  readonly marks: MarkMemory;
}

function forget(memory: Memory, winner?: LogEntry): void {
  memory.end = undefined;
  memory.winner = winner;
  memory.marks.forget();
}

async function sequence(
  context: ReadContext,
  memory: Memory,
  hints: readonly CommitHead[],
  { mayGoOn = () => true, entriesMax = Number.POSITIVE_INFINITY }: SequenceOptions,
): Promise<SequenceResult> {
  const written = { entries: 0, commits: 0 };
  const isOver = () => written.entries >= entriesMax || !mayGoOn();
  const run: Run = { context, memory, wanted: new Wanted(hints), damaged: new Map(), written, isOver };
  let losses = 0;
  let tornAt: number | undefined;
  // Ends: a turn that puts nothing into the log and leaves all streams wanted is a loss.
  for (let turns = 0; run.wanted.size > 0 && (turns === 0 || !isOver()); turns++) {
    const before = written.entries + run.damaged.size;
    const turn = await oneTurn(run, losses, tornAt).catch((error: unknown) => {
      forget(memory);
      throw error;
    });
    // What was put into the log, or given up, is progress.
    const isLost = turn.isLost && written.entries + run.damaged.size === before;
    losses = isLost ? losses + 1 : 0;
    tornAt = turn.tornAt;
    await afterLoss(context, losses);
  }
  return { ...written, left: hints.filter(({ streamId }) => run.wanted.has(streamId)), damaged: run.damaged };
}

interface Run {
  readonly context: ReadContext;
  readonly memory: Memory;
  readonly wanted: Wanted;
  readonly damaged: Map<string, TidemarkError>;
  readonly written: { entries: number; commits: number };
  /** Whether no further entry may be begun. */
  readonly isOver: () => boolean;
}

interface Turn {
  /** Another sequencer was faster. */
  readonly isLost: boolean;
  /** The end of the log when a group was found half in it. */
  readonly tornAt?: number;
}

/** The first loss goes on at once; from the second on there is a crowd. */
async function afterLoss({ delay, random }: ReadContext, losses: number): Promise<void> {
  if (losses >= SEQUENCER_ATTEMPTS_MAX) {
    throw new SequencerContention(losses);
  }
  if (losses > 1) {
    await delay(backoffMs(random, losses, BACKOFF_MS_MIN, BACKOFF_MS_MAX));
  }
}

/**
 * In this order: the end of the log, marked; the marks of streams, read consistently where they are not remembered; the entry,
 * on condition that the log still ends there; its marks.
 */
async function oneTurn(run: Run, losses: number, tornAt: number | undefined): Promise<Turn> {
  const { context, memory, wanted } = run;
  const end = memory.end ?? (await findEnd(context, memory, losses, tornAt !== undefined));
  memory.end = end;
  const { plan, streams } = await planWanted(context, memory.marks, wanted, run.damaged);
  for (const { streamId, sequencedThrough } of streams.values()) {
    wanted.sequenced(streamId, sequencedThrough);
  }
  for (const streamId of run.damaged.keys()) {
    wanted.giveUp(streamId);
  }
  if (plan.kind === 'moved') {
    return moved(run, plan.commit, end, tornAt);
  }
  giveUpStuck(run, plan);
  return appendEntries(run, end, plan.units);
}

/**
 * Where the log ends. An older answer does no harm: the write finds it out; but not where a group was half in the log, since then
 * it would look as if nobody had moved on. After two losses, following one winner after the other would only find out one entry at a
 * time.
 */
async function findEnd(
  context: ReadContext,
  { winner }: Memory,
  losses: number,
  isAfterTornGroup: boolean,
): Promise<LogEnd> {
  const isNear = winner !== undefined && losses < 2;
  const mayBeOlder = losses === 0 && !isAfterTornGroup;
  const tail = isNear ? winner : await readTail(context.tables, mayBeOlder ? 'eventual' : 'strong');
  if (tail === undefined) {
    return EMPTY_LOG;
  }
  await markStreams(context, tail, 'stand');
  return endAfter(tail);
}

/**
 * A group that is half in the log means that another sequencer has just moved on: start again, from a consistent read of the
 * tail. Unless that shows the log to end where it ended the last time: then nobody had, and the marks contradict each other.
 */
function moved(run: Run, commit: CommitHead, end: LogEnd, tornAt: number | undefined): Turn {
  forget(run.memory);
  if (end.position === tornAt) {
    const reason = 'its mark does not cover a commit, but another mark covers one that was appended together with it';
    giveUp(run, commit.streamId, new NotSequenceable(commit.streamId, commit.version, reason));
  }
  return { isLost: true, tornAt: end.position };
}

/** Where nothing can be put into the log and nothing more can be read, what is left waits for streams that are damaged. */
function giveUpStuck(run: Run, { units, waiting }: Extract<Plan, { kind: 'planned' }>): void {
  for (const { streamId, version } of units.length === 0 ? waiting : []) {
    const reason = 'it waits for a stream that it was appended together with, which is damaged';
    giveUp(run, streamId, new NotSequenceable(streamId, version, reason));
  }
}

function giveUp({ wanted, damaged }: Run, streamId: string, error: TidemarkError): void {
  wanted.giveUp(streamId);
  damaged.set(streamId, error);
}

/** As long as the condition holds, nobody else has written, and the plan stays true. */
async function appendEntries(run: Run, first: LogEnd, units: readonly Unit[]): Promise<Turn> {
  const { context, memory, wanted, written } = run;
  let end = first;
  for (const references of cutEntries(units)) {
    if (written.entries > 0 && run.isOver()) {
      break;
    }
    const entry = entryAfter(end, references);
    const result = await context.tables.put({ table: 'log', item: encodeEntry(entry) });
    const winner = result.outcome === 'occupied' ? decodeEntry(result.found) : undefined;
    // The same hash is the same entry: of ours, an earlier try has taken effect, and its answer was lost.
    if (result.outcome !== 'written' && winner?.hash !== entry.hash) {
      forget(memory, winner);
      return { isLost: true };
    }
    // Until it is marked, nothing may follow it.
    memory.end = undefined;
    await markStreams(context, entry, 'missing');
    end = endAfter(entry);
    memory.end = end;
    written.entries += 1;
    written.commits += references.length;
    for (const { streamId, version } of marksOf(entry).values()) {
      memory.marks.set(streamId, version);
      wanted.sequenced(streamId, version);
    }
  }
  return { isLost: false };
}
