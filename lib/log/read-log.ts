import { type Issue, quote } from '../events/errors.ts';
import type { Current } from '../events/upcast-event.ts';
import type { ReadContext } from '../tables/read-all.ts';
import type { Consistency } from '../tables/tables.ts';
import { LOG_PAGE_EVENTS_DEFAULT } from './bounds.ts';
import { endAfter } from './log-entry.ts';
import { filterIssues, type LogFilter, limitIssues, requireValid } from './log-filter.ts';
import { createLogReader, type LogPage, type LogReader } from './log-reader.ts';
import { readTail } from './tail.ts';

/** Which part of the log a page has, and of which events. */
export interface LogOptions extends LogFilter {
  /** The position behind which to begin. Default: 0, the beginning. */
  readonly after?: number;
  /** Events at most, from 1. Default: 1,000. A page of large events has fewer (see `LogReader`). */
  readonly limit?: number;
}

/**
 * Reads the log behind a position: all events of the store in one order that never changes, or those of a category or of some
 * types. Follow it by passing each page's `position` as the next `after`: each event comes once.
 *
 * Costs one Query for each MB of the references that hold the page, one more where no entry begins right behind `after`, one more where
 * the page comes to the end of the log, and one BatchGetItem for each hundred commits; half a read unit for each 4 KB. The filter reads no
 * commit that it does not return; how far it must look is found out by Queries that look further and further, the second or third of them at 1 MB. A page
 * that ends past 16 MB may have read more, for how large commits are is seen when they are read: a `logReader` keeps them.
 * It is eventually consistent: it may end a moment earlier than the log does, and has no gaps.
 *
 * @throws {InvalidArgument}
 * @throws {DamagedLog | MissingCommit | UnreadableItem} what is stored is damaged
 * @throws {Throttled | Unavailable}
 */
export async function readLog(context: ReadContext, options: LogOptions = {}, current?: Current): Promise<LogPage> {
  const { after = 0, limit = LOG_PAGE_EVENTS_DEFAULT } = options;
  requireValid([...positionIssues(after), ...limitIssues(limit), ...filterIssues(options)]);
  return createLogReader(context, after, options, current).next(limit);
}

/** @throws {InvalidArgument} */
export function logReader(context: ReadContext, options: Omit<LogOptions, 'limit'> = {}, current?: Current): LogReader {
  const { after = 0 } = options;
  requireValid([...positionIssues(after), ...filterIssues(options)]);
  return createLogReader(context, after, options, current);
}

/** The position of the last event of the log; 0 where there is none. One Query of one entry. */
export async function readLogHead({ tables }: ReadContext, consistency: Consistency): Promise<number> {
  const tail = await readTail(tables, consistency);
  return tail === undefined ? 0 : endAfter(tail).position;
}

export function positionIssues(after: unknown): Issue[] {
  const isPosition = Number.isSafeInteger(after) && Number(after) >= 0;
  return isPosition ? [] : [{ path: 'after', message: `must be a whole number from 0, not ${quote(after)}` }];
}
