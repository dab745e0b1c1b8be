/** Errors as `application/problem+json` (RFC 9457). */
import * as z from 'zod';
import {
  CommandRejected,
  CommitTooLarge,
  InvalidArgument,
  InvalidEvent,
  InvalidStreamId,
  type Issue,
  NoEvents,
  ProjectionBehind,
  TidemarkError,
  WrongExpectedVersion,
} from '../events/errors.ts';
import { ERROR_LENGTH_MAX, ERRORS_MAX, RETRY_AFTER_SECONDS } from './bounds.ts';

/** The members that every problem has. */
export const Problem = z.object({
  type: z.string().meta({ description: 'Which problem it is: `urn:tidemark:` and its code' }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});

/** The answer 400: each thing that does not fit, by its path. */
export const InvalidRequestProblem = Problem.extend({
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
});

export const WrongVersionProblem = Problem.extend({
  expectedVersion: z.union([z.int().min(0), z.enum(['exists', 'no-stream'])]),
  actualVersion: z.int().min(0).meta({ description: '0 for no stream' }),
});

export const TooLargeProblem = Problem.extend({
  size: z.int().meta({ description: 'In bytes' }),
  limit: z.int().meta({ description: 'In bytes' }),
});

/** The answer 503, wherever DynamoDB is asked. */
export const BUSY = {
  description: 'The store is busy',
  schema: Problem,
  headers: { 'Retry-After': 'Seconds to wait before the next try' },
};

/** A header of an answer to what may be tried again. */
export const RETRY_LATER = { 'Retry-After': String(RETRY_AFTER_SECONDS) };

/** A request that is answered with a problem. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** Members besides those that every problem has. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.members = members;
    this.headers = headers;
  }
}

export function problemResponse({ status, code, title, message, members, headers }: ProblemError): Response {
  const body = {
    type: `urn:tidemark:${code}`,
    title,
    status,
    detail: message,
    ...members,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

/** Names the first `ERRORS_MAX` issues. */
export function invalidRequest(issues: readonly Issue[]): ProblemError {
  const errors = issues
    .slice(0, ERRORS_MAX)
    .map(({ path, message }) => ({ path: shortened(path), message: shortened(message) }));
  const named = errors.map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  const detail = [...named, ...(issues.length > ERRORS_MAX ? ['and more'] : [])].join('; ');
  return new ProblemError(400, 'invalid-request', 'The request does not fit', detail, { errors });
}

function shortened(text: string): string {
  return text.length > ERROR_LENGTH_MAX ? `${text.slice(0, ERROR_LENGTH_MAX)}…` : text;
}

export function tooLarge(size: number, limit: number): ProblemError {
  const detail = `It has ${size} bytes; the limit is ${limit}`;
  return new ProblemError(413, 'commit-too-large', 'The commit is too large', detail, { size, limit });
}

/** The problem that an error of the store is to a client. What a client can do nothing about tells him nothing. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) {
    return error;
  }
  if (error instanceof InvalidEvent || error instanceof InvalidArgument) {
    return invalidRequest(error.issues);
  }
  if (error instanceof InvalidStreamId) {
    return invalidRequest([{ path: 'streamId', message: error.rule }]);
  }
  if (error instanceof NoEvents) {
    return invalidRequest([{ path: 'events', message: 'must have at least one event' }]);
  }
  if (error instanceof CommitTooLarge) {
    return tooLarge(error.sizeBytes, error.limitBytes);
  }
  if (error instanceof WrongExpectedVersion) {
    const { code, message, expectedVersion, actualVersion } = error;
    const members = { expectedVersion, actualVersion };
    return new ProblemError(412, code, 'The stream is not at the expected version', message, members);
  }
  if (error instanceof ProjectionBehind) {
    const { code, message, position, minPosition } = error;
    return new ProblemError(503, code, 'The projection is behind', message, { position, minPosition }, RETRY_LATER);
  }
  if (error instanceof CommandRejected) {
    const { code, message, reason } = error;
    return new ProblemError(409, code, 'The command was rejected', message, { reason });
  }
  return error instanceof TidemarkError ? statusProblem(error) : internalError();
}

function statusProblem({ code, message }: TidemarkError): ProblemError {
  switch (code) {
    case 'idempotency-conflict':
      return new ProblemError(422, code, 'The key was used for something else', message);
    case 'unknown-projection':
      return new ProblemError(404, 'no-projection', 'There is no such projection', message);
    case 'append-contention':
    case 'command-contention':
    case 'throttled':
    case 'unavailable': {
      const detail = `The store is busy; try again in ${RETRY_AFTER_SECONDS} s`;
      return new ProblemError(503, code, 'The store is busy', detail, {}, RETRY_LATER);
    }
    default:
      return internalError();
  }
}

function internalError(): ProblemError {
  const detail = 'The request failed inside the server, which has logged the reason';
  return new ProblemError(500, 'internal-error', 'The server failed', detail);
}
