import * as z from 'zod';
import type { RecordedEvent } from '../events/event.ts';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from './bounds.ts';
import { defineOperation, NO_BODY } from './operation.ts';
import { BUSY, InvalidRequestProblem, Problem, ProblemError } from './problem.ts';
import { oneOf, RecordedEventBody, StreamPath, wholeNumber } from './schemas.ts';

const StreamPage = z.strictObject({
  streamId: z.string(),
  version: z.int().min(1).meta({ description: 'Of the last event of the stream' }),
  events: z.array(RecordedEventBody),
  next: z.string().optional().meta({ description: 'The path of the next page' }),
});

export const readStreamOperation = defineOperation({
  method: 'GET',
  path: '/streams/{streamId}',
  id: 'readStream',
  summary: 'Read a stream, page by page, forward or backward',
  request: z.object({
    path: StreamPath,
    query: z.strictObject({
      from: wholeNumber(1, Number.MAX_SAFE_INTEGER)
        .optional()
        .meta({ description: 'The version to start with. Default: 1; backward, the head' }),
      limit: wholeNumber(1, PAGE_EVENTS_MAX)
        .default(PAGE_EVENTS_DEFAULT)
        .meta({ description: 'Events at most; a page of large events has fewer' }),
      direction: oneOf(['forward', 'backward']).default('forward'),
    }),
    headers: z.object({
      'If-None-Match': z
        .string()
        .optional()
        .meta({ description: 'An ETag: 304 where the stream is still at its version' }),
    }),
    body: NO_BODY,
  }),
  answers: {
    200: {
      description: 'A page',
      schema: StreamPage,
      headers: { ETag: 'The version of the stream: `"9"`' },
    },
    304: { description: 'The stream is still at the version of If-None-Match' },
    400: { description: 'A parameter does not fit', schema: InvalidRequestProblem },
    404: { description: 'There is no such stream', schema: Problem },
    500: { description: 'The server failed', schema: Problem },
    503: BUSY,
  },
  handle: async ({ store }, { path: { streamId }, query, headers }) => {
    const { from, limit, direction } = query;
    const known = headers['If-None-Match'];
    // One small read tells a client that has everything already, before the page is read.
    if (known !== undefined) {
      const { version } = await store.head(streamId);
      if (matches(known, version)) {
        return { status: 304, headers: { ETag: `"${version}"` } };
      }
    }
    const options = { limit, direction, ...(from === undefined ? {} : { from }) };
    const { events, state, next } = await store.read(streamId, options);
    if (state.version === 0) {
      throw new ProblemError(404, 'no-stream', 'There is no such stream', `Stream "${streamId}" has no events`);
    }
    const count = countOnPage(events);
    const following = events[count]?.version ?? next;
    const nextPage = following === undefined ? {} : { next: pagePath(streamId, following, limit, direction) };
    return {
      status: 200,
      body: { streamId, version: state.version, events: events.slice(0, count), ...nextPage },
      headers: { ETag: `"${state.version}"` },
    };
  },
});

/** Whether an If-None-Match names the version; for a read, weak tags match as strong ones do (RFC 9110, section 13.1.2). */
function matches(ifNoneMatch: string, version: number): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return version > 0 && (tags.includes(`"${version}"`) || ifNoneMatch.trim() === '*');
}

/** How many of the events fit on a page; at least one. */
function countOnPage(events: readonly RecordedEvent[]): number {
  // Inside another string JSON is at most twice as long: most pages are far too small to be counted event by event.
  if (2 * Buffer.byteLength(JSON.stringify(events)) <= PAGE_BYTES_MAX) {
    return events.length;
  }
  let bytes = 0;
  const over = events.findIndex((event) => {
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(event)));
    return bytes > PAGE_BYTES_MAX;
  });
  return over === -1 ? events.length : Math.max(1, over);
}

function pagePath(streamId: string, from: number, limit: number, direction: string): string {
  return `/streams/${encodeURIComponent(streamId)}?from=${from}&limit=${limit}&direction=${direction}`;
}
