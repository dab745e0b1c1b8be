import { type Issue, quote } from '../events/errors.ts';
import { endAfter } from '../log/log-entry.ts';
import { requireValid } from '../log/log-filter.ts';
import type { ReadContext } from '../tables/read-all.ts';
import { VERIFIED_STREAMS_MAX } from './bounds.ts';
import type { Damage } from './damage.ts';
import { verifyEvents } from './events.ts';
import { verifyLog } from './log.ts';
import { verifyMarks } from './marks.ts';
import { findEntry } from './reads.ts';
import { beginRun, type VerifyRun } from './run.ts';

export type { Damage, DamageKind } from './damage.ts';

export interface VerifyOptions {
  /**
   * The position of the log to begin with, from 1; it may lie inside of an entry. What the log holds before it is not read
   * again, and marks that point there are believed: only a verification from 1 compares all of them. All commits are looked at
   * in any case. Default: 1, everything.
   */
  readonly from?: number;
  /**
   * Makes damaged marks again from the log, and touches nothing else: each over exactly what was found, so that a mark that a
   * sequencer moves meanwhile is left alone. Only where nothing is wrong with the log itself, and only with `from` 1. A mark that
   * cannot be read, and one of a stream of which nothing is in the log, stays: nothing here deletes. Default: false, which
   * writes nothing.
   */
  readonly repair?: boolean;
  /** Streams that are held in memory at once; more of them take more passes over the log. Default: 200,000, some 100 MB. */
  readonly streamsMax?: number;
}

/** How far a verification has got. Numbers are since it began. */
export interface VerifyProgress {
  /** What was read last. A store with more streams than are held at once goes through `log` and `marks` several times. */
  readonly phase: 'log' | 'marks' | 'events';
  /** Of the log: all up to it was checked against its commits. A later verification may go on `from` the next one. */
  readonly position: number;
  /** The position of the last event of the log, as far as is known. */
  readonly head: number;
  /** Events and commits of the log that were checked. */
  readonly events: number;
  readonly commits: number;
  /** Marks that were compared with the log. */
  readonly marks: number;
  /** Items of the Events table that were looked at, in phase `events`. */
  readonly scanned: number;
  /** Which pass over the log this is, from 1, and how many there will be, as far as is known. */
  readonly pass: number;
  readonly passes: number;
  /** Streams that are held in memory. */
  readonly streams: number;
  /** What was found since the last progress. */
  readonly found: readonly Damage[];
  /** Marks that were made again. */
  readonly repaired: number;
}

/**
 * Proves that a store is what it promises, or says where it is not. Every commit is in the log once, in the order of its stream;
 * positions have no gap; all hashes hold; what the log says of commits is so; groups stand side by side; marks agree with the log.
 *
 * Three walks: through the log with the commits that it names (`verifyLog`), through the marks (`verifyMarks`), and through all
 * commits (`verifyEvents`); each says what it costs. Writers and sequencers may run meanwhile: what is under way is no damage.
 * It may be stopped at any time, by `break`; memory does not grow with the store.
 *
 * What no read can tell: entries or commits that are missing at the very end, together with all that follows them and with their
 * marks; and a forgery that has made all later hashes again.
 *
 * @throws {InvalidArgument} at once, not in the loop
 * @throws {Throttled | Unavailable} in the loop
 */
export function verify(
  context: ReadContext,
  options: VerifyOptions = {},
): AsyncGenerator<VerifyProgress, void, undefined> {
  const { from = 1, repair = false, streamsMax = VERIFIED_STREAMS_MAX } = options;
  requireValid([...fromIssues(from, repair), ...streamsIssues(streamsMax)]);
  return walks(beginRun(context, from, repair, streamsMax));
}

async function* walks(run: VerifyRun): AsyncGenerator<VerifyProgress, void, undefined> {
  const { entry } = await findEntry(run);
  run.head = entry === undefined ? 0 : endAfter(entry).position;
  do {
    run.pass += 1;
    yield* progressOf(run, 'log', verifyLog(run));
    yield* progressOf(run, 'marks', verifyMarks(run));
  } while (run.streams.next());
  yield* progressOf(run, 'events', verifyEvents(run));
}

async function* progressOf(
  run: VerifyRun,
  phase: VerifyProgress['phase'],
  walk: AsyncGenerator<void, void, undefined>,
): AsyncGenerator<VerifyProgress, void, undefined> {
  for await (const _ of walk) {
    const { findings, streams, head, events, commits, marks, scanned, pass, repaired } = run;
    yield {
      phase,
      position: streams.allCheckedThrough(run.position),
      head,
      events,
      commits,
      marks,
      scanned,
      pass,
      passes: pass + streams.waiting,
      streams: streams.size,
      found: findings.take(),
      repaired,
    };
  }
}

function fromIssues(from: unknown, repair: boolean): Issue[] {
  if (!Number.isSafeInteger(from) || Number(from) < 1) {
    return [{ path: 'from', message: `must be a whole number from 1, not ${quote(from)}` }];
  }
  const isPart = repair && from !== 1;
  return isPart ? [{ path: 'from', message: `must be 1 where marks are repaired, not ${quote(from)}` }] : [];
}

function streamsIssues(streamsMax: unknown): Issue[] {
  const isRight = Number.isSafeInteger(streamsMax) && Number(streamsMax) >= 1;
  return isRight ? [] : [{ path: 'streamsMax', message: `must be a whole number from 1, not ${quote(streamsMax)}` }];
}
