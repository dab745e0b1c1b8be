import * as z from 'zod';
import { nameIssue, STREAM_ID_LENGTH_MAX } from '../events/names.ts';
import { categoryIssue } from '../log/log-filter.ts';
import type { LogPage } from '../log/log-reader.ts';
import { FILTER_TYPES_MAX, PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX, WAIT_SECONDS_MAX } from './bounds.ts';
import { pageInTime } from './long-poll.ts';
import { defineOperation, type HttpContext, NO_BODY } from './operation.ts';
import { countOnPage } from './page-size.ts';
import { BUSY, InvalidRequestProblem, Problem } from './problem.ts';
import { CATEGORY_PATTERN, checkedName, LoggedEventBody, severalOf, wholeNumber } from './schemas.ts';

const LogPageBody = z.strictObject({
  events: z.array(LoggedEventBody),
  position: z.int().min(0).meta({ description: 'How far this answer looked: the next `after`' }),
  head: z.int().min(0).meta({ description: 'The position of the last event of the log; 0 where there is none' }),
});

export const readLogOperation = defineOperation({
  method: 'GET',
  path: '/events',
  id: 'readLog',
  summary: 'Read the log: the events of all streams, or of some, in one order that never changes; and wait for more',
  request: z.object({
    path: z.strictObject({}),
    query: z.strictObject({
      after: wholeNumber(0, Number.MAX_SAFE_INTEGER)
        .default(0)
        .meta({ description: 'The position behind which to begin: the `position` of the answer before' }),
      limit: wholeNumber(1, PAGE_EVENTS_MAX)
        .default(PAGE_EVENTS_DEFAULT)
        .meta({ description: 'Events at most; a page of large events has fewer' }),
      category: checkedName(categoryIssue, 'must be a category, once').optional().meta({
        maxLength: STREAM_ID_LENGTH_MAX,
        pattern: CATEGORY_PATTERN,
        description: 'Only streams of it: what stands before the first `-` of their ids. Default: any',
      }),
      type: severalOf(checkedName(nameIssue, 'must be a string'), FILTER_TYPES_MAX)
        .optional()
        .meta({ description: 'Only events of this type, or of one of these. Default: any' }),
      wait: wholeNumber(0, WAIT_SECONDS_MAX)
        .default(0)
        .meta({ description: 'Seconds for which an answer without events is held until there is one' }),
    }),
    headers: z.object({}),
    body: NO_BODY,
  }),
  answers: {
    200: {
      description:
        'A page. It may have no events although `position` is below `head`: a filter then has passed over all that one ' +
        'answer looks at',
      schema: LogPageBody,
    },
    400: { description: 'A parameter does not fit', schema: InvalidRequestProblem },
    500: { description: 'The server failed', schema: Problem },
    503: BUSY,
  },
  handle: async (context, { query }, request) => {
    const { after, limit, category, type: types, wait } = query;
    const filter = { ...(category === undefined ? {} : { category }), ...(types === undefined ? {} : { types }) };
    const reader = context.store.logReader({ ...filter, after });
    const look = () => reader.next(limit, PAGE_BYTES_MAX);
    const page = await pageInTime(context, { request, seconds: wait, look });
    const head = await headOf(context, page, request);
    const count = countOnPage(page.events);
    const events = page.events.slice(0, count);
    const position = count < page.events.length ? (events.at(-1)?.position ?? after) : page.position;
    return { status: 200, body: { events, position, head } };
  },
});

/** A page that has not reached the head does not know it, so it is read; but not for a client that has gone away. */
async function headOf({ store }: HttpContext, { head, position }: LogPage, { signal }: Request): Promise<number> {
  if (head !== undefined) {
    return head;
  }
  // Eventually consistent, so it may be behind what the page has just shown.
  return signal.aborted ? position : Math.max(position, await store.logHead());
}
