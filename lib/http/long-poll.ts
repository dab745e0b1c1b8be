import { delayUnlessEnded } from '../log/delay.ts';
import type { LogPage } from '../log/log-reader.ts';
import { LOG_POLL_MS } from './bounds.ts';
import type { HttpContext } from './operation.ts';

/** How long to look for events, and where. */
interface LongPoll {
  /** Whose client it is that waits. */
  readonly request: Request;
  /** 0: look once. */
  readonly seconds: number;
  /** Reads on from where the look before has stopped. */
  readonly look: () => Promise<LogPage>;
}

/**
 * The first page that has events, or the last one that was looked at in time. Each look goes on where the one before has
 * stopped, so its `position` says how far was looked, also where a filter has passed everything over.
 *
 * It ends with the page that is there, and reads no more, as soon as the client has gone away or the server is closing.
 *
 * @throws {ProblemError} it would have to wait, and so many do already
 */
export async function pageInTime(context: HttpContext, { request, seconds, look }: LongPoll): Promise<LogPage> {
  const deadline = context.now() + seconds * 1_000;
  const page = await look();
  if (seconds === 0 || page.events.length > 0) {
    return page;
  }
  return context.held.hold(() => goOnLooking(context, { request, look, page, deadline }));
}

interface Held extends Omit<LongPoll, 'seconds'> {
  /** The last one, without events. */
  readonly page: LogPage;
  readonly deadline: number;
}

async function goOnLooking(context: HttpContext, { request, look, page: first, deadline }: Held): Promise<LogPage> {
  const { now, closing } = context;
  let page = first;
  // In Lambda the first of them never aborts: nobody tells a function that its client has gone away.
  const ended = AbortSignal.any([request.signal, closing]);
  const isHeld = () => page.events.length === 0 && !ended.aborted;
  for (let left = deadline - now(); left > 0 && isHeld(); left = deadline - now()) {
    // A page that has not reached the head has stopped because it has read enough; there is nothing to wait for.
    if (page.head !== undefined) {
      await delayUnlessEnded(context, Math.min(left, LOG_POLL_MS), ended);
    }
    if (!ended.aborted) {
      page = await look();
    }
  }
  return page;
}
