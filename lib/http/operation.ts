/** One definition of each request and its answers: it checks requests, types the handler and makes the OpenAPI document. */
import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import type { Issue } from '../events/errors.ts';
import type { ReadModels } from '../projections/read-model.ts';
import type { EventStore } from '../store/event-store.ts';
import type { HeldRequests } from './held-requests.ts';
import { readJsonBody } from './json-body.ts';
import { invalidRequest } from './problem.ts';

/** What operations work with. Time is a parameter, so that a test need not wait. */
export interface HttpContext {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after so many milliseconds; rejects, or resolves at once, when the signal aborts. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Those that wait. */
  readonly held: HeldRequests;
  /** Aborts when the server is about to end: what waits is answered at once. */
  readonly closing: AbortSignal;
}

/** What a status means, and the shape of its body. */
export interface AnswerDefinition {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Names and descriptions. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler answers; `body` is written as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of a request. Headers that are not named are ignored; all else that is not named is refused. */
type RequestSchema = z.ZodObject<{
  readonly path: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers: z.ZodObject;
  readonly body: z.ZodType;
}>;

/** The parts of a request before they are checked. */
export interface RawRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly request: Request;
}

interface OperationDefinition<Schema extends RequestSchema> {
  readonly method: 'GET' | 'POST';
  /** As in OpenAPI: `/streams/{streamId}`. The last parameter takes the rest of the path, slashes included. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly request: Schema;
  readonly answers: Readonly<Record<number, AnswerDefinition>>;
  /** The request as it came is for its signal only, which aborts when the client goes away. */
  readonly handle: (context: HttpContext, asked: z.output<Schema>, request: Request) => Promise<Answer>;
}

/** An operation, its handler bound to its schemas. */
export interface Operation extends Omit<OperationDefinition<RequestSchema>, 'handle'> {
  /** Checks a request and answers it. */
  readonly run: (context: HttpContext, raw: RawRequest) => Promise<Answer>;
}

/** The body of a request that has none. */
export const NO_BODY = z.undefined();

/** A request of which only the method and the path count. */
export const BARE_REQUEST = z.object({
  path: z.strictObject({}),
  query: z.object({}),
  headers: z.object({}),
  body: NO_BODY,
});

/**
 * Defines an operation: its schemas check the requests, type `handle`, and make its part of the OpenAPI document.
 *
 * What the schemas refuse is answered with 400 before `handle` is called; what `handle` throws, by the kind of the error (`ProblemError`,
 * `TidemarkError`), and otherwise with 500.
 */
export function defineOperation<Schema extends RequestSchema>(definition: OperationDefinition<Schema>): Operation {
  const { handle, ...rest } = definition;
  const { shape } = rest.request;
  return {
    ...rest,
    run: async (context, { path, query, request }) => {
      const headers = Object.fromEntries(
        Object.keys(shape.headers.shape).map((name) => [name, request.headers.get(name) ?? undefined]),
      );
      const body = shape.body === NO_BODY ? undefined : await readJsonBody(request);
      const checked = definition.request.safeParse({ path, query, headers, body });
      if (!checked.success) {
        throw invalidRequest(checked.error.issues.flatMap(issuesOf));
      }
      return handle(context, checked.data, request);
    },
  };
}

/** A zod issue as a client sees it: its path without the part of the request that it is in. */
function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  const [part, ...path] = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const what = part === 'query' ? 'a parameter of this request' : 'a member of this object';
    return issue.keys.map((key) => ({
      path: toDotPath([...path, key]),
      message: `is not ${what}`,
    }));
  }
  return [{ path: part === 'headers' ? path.join() : toDotPath(path), message: issue.message }];
}
