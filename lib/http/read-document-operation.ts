import * as z from 'zod';
import { ProjectionBehind, UnknownProjection } from '../events/errors.ts';
import { nameIssue } from '../events/names.ts';
import { KEY_LENGTH_MAX } from '../projections/bounds.ts';
import { PROJECTION_NAME_LENGTH_MAX, WAIT_SECONDS_MAX } from './bounds.ts';
import { defineOperation, NO_BODY } from './operation.ts';
import { BUSY, InvalidRequestProblem, Problem, ProblemError } from './problem.ts';
import { checkedName, wholeNumber } from './schemas.ts';

const BehindProblem = Problem.extend({
  position: z.int().min(0).optional().meta({ description: 'Where the projection stands, if that is why' }),
  minPosition: z.int().min(0).optional(),
});

export const readDocumentOperation = defineOperation({
  method: 'GET',
  path: '/read-models/{projection}/{key}',
  id: 'readDocument',
  summary: 'Read a document of a projection; and wait until it includes what one has appended',
  request: z.object({
    path: z.strictObject({
      projection: z.string().meta({ description: 'Its name', example: 'orders' }),
      key: checkedName((key) => nameIssue(key, KEY_LENGTH_MAX), 'must be a string').meta({
        maxLength: KEY_LENGTH_MAX,
        description: 'The key of the document, URL-encoded. API Gateway cuts it at a "?"',
        example: 'Order-1',
      }),
    }),
    query: z.strictObject({
      minPosition: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional().meta({
        description: 'The position of the log up to which the projection must have come. Default: any will do',
      }),
      wait: wholeNumber(0, WAIT_SECONDS_MAX)
        .default(0)
        .meta({ description: 'Seconds for which the answer is held until the projection is at `minPosition`' }),
    }),
    headers: z.object({}),
    body: NO_BODY,
  }),
  answers: {
    200: {
      description: 'The document, as it is',
      schema: z.unknown().meta({ description: 'Any JSON value' }),
      // Not for If-None-Match: a rebuild, or an event that was set aside, changes documents without the position.
      headers: {
        ETag: 'The position that the projection stands at: `"42"`. The document includes all events up to it',
      },
    },
    400: { description: 'The key or a parameter does not fit', schema: InvalidRequestProblem },
    404: {
      description:
        'There is no such projection (`urn:tidemark:no-projection`) or document (`urn:tidemark:no-document`)',
      schema: Problem,
    },
    500: { description: 'The server failed', schema: Problem },
    503: {
      ...BUSY,
      description:
        'The projection has not come to `minPosition` in time (`urn:tidemark:projection-behind`), or the store is busy',
      schema: BehindProblem,
    },
  },
  handle: async (
    { readModels, held, closing },
    { path: { projection, key }, query: { minPosition, wait } },
    { signal },
  ) => {
    // Its name is looked up as a part of a key, which DynamoDB refuses where it is too long.
    if (projection.length > PROJECTION_NAME_LENGTH_MAX) {
      throw new UnknownProjection(projection);
    }
    if (minPosition !== undefined) {
      // In Lambda the first of them never aborts: nobody tells a function that its client has gone away.
      const ended = AbortSignal.any([signal, closing]);
      const options = { timeoutMs: wait * 1_000, signal: ended };
      const reach = () => readModels.waitFor(projection, minPosition, options);
      await (wait === 0 ? reach() : held.hold(reach));
    }
    const found = await readModels.document(projection, key);
    if (found === undefined) {
      const detail = `Projection "${projection}" has no document "${key}"`;
      throw new ProblemError(404, 'no-document', 'There is no such document', detail);
    }
    if (minPosition !== undefined && found.position < minPosition) {
      // It was reset in between.
      throw new ProjectionBehind(projection, found.position, minPosition);
    }
    return { status: 200, body: found.document, headers: { ETag: `"${found.position}"` } };
  },
});
