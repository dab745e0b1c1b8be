import { Throttled, Unavailable } from '../events/errors.ts';
import type { Current } from '../events/upcast-event.ts';
import { backoffMs } from '../tables/backoff.ts';
import type { ReadContext } from '../tables/read-all.ts';
import {
  FAULT_BACKOFF_MS_MAX,
  FAULT_BACKOFF_MS_MIN,
  LOG_PAGE_EVENTS_DEFAULT,
  POLL_MS,
  SUBSCRIPTION_FAULTS_MAX,
} from './bounds.ts';
import { delayUnlessEnded } from './delay.ts';
import type { LogFilter } from './log-filter.ts';
import type { LoggedEvent, LogPage, LogReader } from './log-reader.ts';
import { logReader } from './read-log.ts';

/** Which events of the log a subscription yields, from where on, and how it is ended. */
export interface SubscribeOptions extends LogFilter {
  /** The position behind which to begin. Default: 0, the beginning. */
  readonly after?: number;
  /** Ends the subscription, as `break` does. */
  readonly signal?: AbortSignal;
}

/**
 * The events of the log behind a position, and on and on as they come: `for await (const event of …)`. Where it has ended, go on
 * after the position of the last event that was handled.
 *
 * It reads no further than one page ahead of its consumer. Where there is nothing new it looks again every 250 ms, for half a
 * read unit. Throttling and lost connections are waited out for about half a minute, then thrown.
 *
 * @throws {InvalidArgument} at once, not in the loop
 * @throws as `readLog` does, in the loop
 */
export function subscribe(
  context: ReadContext,
  options: SubscribeOptions = {},
  current?: Current,
): AsyncGenerator<LoggedEvent, void, undefined> {
  return events(context, logReader(context, options), options.signal, current);
}

async function* events(
  context: ReadContext,
  reader: LogReader,
  signal: AbortSignal | undefined,
  current: Current | undefined,
): AsyncGenerator<LoggedEvent, void, undefined> {
  const left = new AbortController();
  const ended = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  try {
    let next = pageWithEvents(context, reader, ended);
    for (let page = await next; page !== undefined; page = await next) {
      // Read while the consumer is busy with this page. Its failure is thrown when the consumer asks for it.
      next = pageWithEvents(context, reader, ended);
      next.catch(() => undefined);
      for (const event of page.events) {
        if (ended.aborted) {
          return;
        }
        // One by one: whatever stands before an event that cannot be read is given to the consumer.
        yield current === undefined ? event : current(event);
      }
    }
  } finally {
    left.abort();
  }
}

/** The next page that has events, or undefined once the subscription has ended. */
async function pageWithEvents(
  context: ReadContext,
  reader: LogReader,
  ended: AbortSignal,
): Promise<LogPage | undefined> {
  while (!ended.aborted) {
    const page = await patiently(context, ended, () => reader.next(LOG_PAGE_EVENTS_DEFAULT));
    if (page === undefined || page.events.length > 0) {
      return page;
    }
    if (page.head !== undefined) {
      await delayUnlessEnded(context, POLL_MS, ended);
    }
  }
  return undefined;
}

/** Waits out faults that pass. A page that failed is read again from where it began: it has returned nothing. */
async function patiently<Result>(
  context: ReadContext,
  ended: AbortSignal,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let faults = 1; !ended.aborted; faults++) {
    try {
      return await read();
    } catch (error) {
      const mayPass = ended.aborted || error instanceof Throttled || error instanceof Unavailable;
      if (!mayPass || faults >= SUBSCRIPTION_FAULTS_MAX) {
        throw error;
      }
    }
    const ms = backoffMs(context.random, faults, FAULT_BACKOFF_MS_MIN, FAULT_BACKOFF_MS_MAX);
    await delayUnlessEnded(context, ms, ended);
  }
  return undefined;
}
