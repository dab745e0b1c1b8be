import * as z from 'zod';
import type { EventStore } from '../store/event-store.ts';
import { PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from './bounds.ts';
import { defineOperation, NO_BODY } from './operation.ts';
import { countOnPage } from './page-size.ts';
import { BUSY, InvalidRequestProblem, Problem, ProblemError } from './problem.ts';
import { oneOf, RecordedEventBody, StreamPath, wholeNumber } from './schemas.ts';

const StreamPage = z.strictObject({
  streamId: z.string(),
  version: z.int().min(1).meta({ description: 'Of the last event of the stream' }),
  events: z.array(RecordedEventBody),
  next: z.string().optional().meta({ description: 'The path of the next page' }),
  sequencedPosition: z
    .int()
    .min(1)
    .optional()
    .meta({
      description:
        'Where the last commit of the stream ends in the log: who has handled the log up to it has handled this version. ' +
        'Not there where it was not asked for, and for the moment until the commit is in the log',
    }),
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
      sequenced: oneOf(['false', 'true'])
        .default('false')
        .meta({ description: 'Whether to say the `sequencedPosition`; `next` does not ask for it again' }),
    }),
    headers: z.object({
      'If-None-Match': z
        .string()
        .optional()
        .meta({
          description:
            'An ETag: 304 where the stream is still at its version. Ignored with `sequenced=true`, whose answer changes ' +
            'without the version',
        }),
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
    const isSequencedAsked = query.sequenced === 'true';
    // A commit comes into the log after it came into the stream, so such an answer may change while its ETag does not.
    const known = isSequencedAsked ? undefined : headers['If-None-Match'];
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
    const sequenced = isSequencedAsked ? await sequencedPosition(store, streamId, state.version) : {};
    return {
      status: 200,
      body: { streamId, version: state.version, events: events.slice(0, count), ...nextPage, ...sequenced },
      headers: { ETag: `"${state.version}"` },
    };
  },
});

/** Whether an If-None-Match names the version; for a read, weak tags match as strong ones do (RFC 9110, section 13.1.2). */
function matches(ifNoneMatch: string, version: number): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return version > 0 && (tags.includes(`"${version}"`) || ifNoneMatch.trim() === '*');
}

/**
 * Where the stream ends in the log, if that is not before a version. It may end behind it by now: what was appended meanwhile
 * is not in the answer, but its position is as good to wait for.
 */
async function sequencedPosition(
  store: EventStore,
  streamId: string,
  version: number,
): Promise<{ sequencedPosition?: number }> {
  const mark = await store.sequenced(streamId);
  return mark === undefined || mark.version < version ? {} : { sequencedPosition: mark.position };
}

function pagePath(streamId: string, from: number, limit: number, direction: string): string {
  return `/streams/${encodeURIComponent(streamId)}?from=${from}&limit=${limit}&direction=${direction}`;
}
