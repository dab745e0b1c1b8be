import * as z from 'zod';
import { WrongExpectedVersion } from '../events/errors.ts';
import type { Expectation } from '../store/expectation.ts';
import { defineOperation, type HttpContext } from './operation.ts';
import {
  BUSY,
  InvalidRequestProblem,
  invalidRequest,
  Problem,
  TooLargeProblem,
  WrongVersionProblem,
} from './problem.ts';
import { IdempotencyKey, NewEventBodies, StreamPath } from './schemas.ts';

const ENTITY_TAG = /^"(?:0|[1-9]\d{0,15})"$/;

const AppendHeaders = z.object({
  'If-Match': z.string().optional().meta({
    pattern: String.raw`^(?:\*|"(?:0|[1-9][0-9]{0,15})")$`,
    description: '`"7"`: the stream must be at version 7. `*`: it must exist. Default: any version',
  }),
  'If-None-Match': z
    .string()
    .optional()
    .meta({ pattern: String.raw`^\*$`, description: '`*`: the stream must not exist' }),
  'Idempotency-Key': IdempotencyKey.optional().meta({
    description:
      'The same key on the same stream appends once, whatever the repeat expects, for 7 days. Without it, where the ' +
      'first event has an id, a repeat with the same id and the same expectation appends once',
  }),
});

const Appended = z.strictObject({
  streamId: z.string(),
  firstVersion: z.int().min(1),
  version: z.int().min(1),
  events: z.array(z.strictObject({ id: z.string(), version: z.int().min(1) })),
});

const ETAG = { ETag: 'The version of the stream after it: `"9"`' };

export const appendOperation = defineOperation({
  method: 'POST',
  path: '/streams/{streamId}',
  id: 'append',
  summary: 'Append events to a stream: all of them, once, and only where the stream is as expected',
  request: z.object({
    path: StreamPath,
    query: z.strictObject({}),
    headers: AppendHeaders,
    body: z.strictObject({ events: NewEventBodies }, 'must be an object with events'),
  }),
  answers: {
    200: { description: 'A repeat: what the first request answered', schema: Appended, headers: ETAG },
    201: { description: 'Appended', schema: Appended, headers: ETAG },
    400: { description: 'Body or headers do not fit', schema: InvalidRequestProblem },
    412: { description: 'The stream is not at the expected version', schema: WrongVersionProblem },
    413: { description: 'The commit is over the limit', schema: TooLargeProblem },
    415: { description: 'The body is not JSON', schema: Problem },
    422: { description: 'The key was used on this stream with other events', schema: Problem },
    500: { description: 'The server failed', schema: Problem },
    503: BUSY,
  },
  handle: async (context, { path, headers, body }) => {
    const key = headers['Idempotency-Key'];
    const { streamId, firstVersion, version, events, duplicate } = await context.store
      .append(path.streamId, body.events, {
        expect: expectationOf(headers['If-Match'], headers['If-None-Match']),
        ...(key === undefined ? {} : { idempotencyKey: key }),
      })
      .catch((error: unknown) => refused(context, error));
    return {
      status: duplicate ? 200 : 201,
      body: { streamId, firstVersion, version, events },
      headers: { ETag: `"${version}"` },
    };
  },
});

/** What the headers expect of the stream. */
function expectationOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Expectation {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw invalidRequest([{ path: 'If-Match', message: 'must not stand beside If-None-Match' }]);
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') {
      throw invalidRequest([{ path: 'If-None-Match', message: 'must be * on an append' }]);
    }
    return 'no-stream';
  }
  if (ifMatch === undefined || ifMatch === '*') {
    return ifMatch === undefined ? 'any' : 'exists';
  }
  const version = Number(ifMatch.slice(1, -1));
  if (!(ENTITY_TAG.test(ifMatch) && Number.isSafeInteger(version))) {
    throw invalidRequest([{ path: 'If-Match', message: 'must be a version in quotes, such as "7", or *' }]);
  }
  return version;
}

/**
 * A refused append names the commit that stood in the way, which need not be the last one. A client of the API has no other
 * way to learn where the stream is, so its head is read for him.
 */
async function refused({ store }: HttpContext, error: unknown): Promise<never> {
  if (error instanceof WrongExpectedVersion) {
    const { streamId, expectedVersion, actualVersion } = error;
    const isPassed = actualVersion > (typeof expectedVersion === 'number' ? expectedVersion : 0);
    const version = isPassed ? (await store.head(streamId)).version : actualVersion;
    throw new WrongExpectedVersion(streamId, expectedVersion, version);
  }
  throw error;
}
