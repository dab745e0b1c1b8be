import { setTimeout as delayFor } from 'node:timers/promises';
import { Hono } from 'hono';
import type { ReadModels } from '../projections/read-model.ts';
import type { EventStore } from '../store/event-store.ts';
import { appendOperation } from './append-operation.ts';
import { healthOperation } from './health-operation.ts';
import { HeldRequests } from './held-requests.ts';
import { listProjectionsOperation } from './list-projections-operation.ts';
import { NO_READ_MODELS } from './no-read-models.ts';
import { openApiOperation } from './openapi.ts';
import type { Answer, HttpContext, Operation, RawRequest } from './operation.ts';
import { invalidRequest, ProblemError, problemOf, problemResponse } from './problem.ts';
import { readDocumentOperation } from './read-document-operation.ts';
import { readLogOperation } from './read-log-operation.ts';
import { readStreamOperation } from './read-stream-operation.ts';

/** What the append function serves, and what the read function serves: each gets the rights for its part only. */
export const APPEND_OPERATIONS: readonly Operation[] = [appendOperation];
export const READ_OPERATIONS: readonly Operation[] = [
  readStreamOperation,
  readLogOperation,
  readDocumentOperation,
  listProjectionsOperation,
  healthOperation,
  openApiOperation(() => ALL_OPERATIONS),
];

const ALL_OPERATIONS = [...APPEND_OPERATIONS, ...READ_OPERATIONS];

/** What an app serves, and what it works with. */
export interface HttpAppOptions {
  /** Which part of the API to serve. Default: all of it. */
  readonly operations?: readonly Operation[];
  /** What to serve beside it. Default: nothing. */
  readonly more?: readonly Operation[];
  /** What projections have made, and how they are. Default: there are no projections. */
  readonly readModels?: ReadModels;
  /** Is told of errors that are the server's fault, which the client is told nothing about. Default: `console.error`. */
  readonly reportError?: (error: unknown) => void;
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number;
  /** Waits so many milliseconds between two looks for new events, or until the signal aborts. Default: a timer. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Abort it before the server stops: requests that wait for something are then answered at once. Default: never. */
  readonly closing?: AbortSignal;
}

/** The HTTP API as one app, for Lambda and for a local server alike. */
export function createHttpApp(store: EventStore, options: HttpAppOptions = {}): Hono {
  const { operations = ALL_OPERATIONS, more = [], reportError = console.error } = options;
  const context: HttpContext = {
    store,
    readModels: options.readModels ?? NO_READ_MODELS,
    now: options.now ?? (() => performance.now()),
    delay: options.delay ?? ((ms, signal) => delayFor(ms, undefined, { signal })),
    held: new HeldRequests(),
    closing: options.closing ?? new AbortController().signal,
  };
  const failed = (error: unknown): Response => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      reportError(error);
    }
    return problemResponse(problem);
  };
  // Routes are found by the path as it was sent. Hono would decode some of it, and a line feed in it would match no route.
  const app = new Hono({ getPath: ({ url }) => new URL(url).pathname });
  for (const operation of [...operations, ...more]) {
    // Caught here because Hono hands on to `onError` only what is an Error.
    app.on(operation.method, routeOf(operation.path), ({ req }) => run(operation, context, req.raw).catch(failed));
  }
  app.notFound(({ req }) =>
    problemResponse(unknownRoute([...ALL_OPERATIONS, ...more], req.method, new URL(req.url).pathname)),
  );
  app.onError(failed);
  return app;
}

async function run(operation: Operation, context: HttpContext, request: Request): Promise<Response> {
  return answerResponse(await operation.run(context, rawRequest(operation.path, request)));
}

function answerResponse({ status, body, headers = {} }: Answer): Response {
  return body === undefined
    ? new Response(null, { status, headers })
    : new Response(JSON.stringify(body), {
        status,
        headers: { 'Content-Type': 'application/json', ...headers },
      });
}

/** `/streams/{streamId}` as Hono says it. The last parameter takes slashes, because API Gateway decodes them. */
function routeOf(template: string): string {
  return template.replace(/\{(\w+)\}$/, ':$1{.+}').replace(/\{(\w+)\}/g, ':$1');
}

function rawRequest(template: string, request: Request): RawRequest {
  const { pathname, searchParams } = new URL(request.url);
  const names = [...new Set(searchParams.keys())];
  // From entries: assigned as a property, a parameter called `__proto__` would not be there to be refused.
  const query = Object.fromEntries(
    names.map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
  return { path: pathParameters(template, pathname), query, request };
}

/** Decodes each parameter of a path, once. */
function pathParameters(template: string, pathname: string): Record<string, string> {
  const found = matchTemplate(template, pathname)?.groups ?? {};
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, decoded(name, value)]));
}

function matchTemplate(template: string, pathname: string): RegExpExecArray | null {
  const pattern = template
    .replaceAll('.', String.raw`\.`)
    .replace(/\{(\w+)\}$/, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${pattern}$`).exec(pathname);
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalidRequest([{ path: name, message: 'must be UTF-8, percent-encoded' }]);
  }
}

function unknownRoute(operations: readonly Operation[], method: string, pathname: string): ProblemError {
  const known = operations.filter(({ path }) => matchTemplate(path, pathname) !== null);
  if (known.length === 0) {
    return new ProblemError(404, 'no-route', 'There is no such resource', `There is no ${pathname}`);
  }
  // Where GET is served, Hono serves HEAD.
  const methods = known.flatMap((operation) => (operation.method === 'GET' ? ['GET', 'HEAD'] : [operation.method]));
  const allow = methods.join(', ');
  const detail = `${method} is not served here; ${pathname} takes ${allow}`;
  return new ProblemError(405, 'method-not-allowed', 'The method is not allowed', detail, {}, { Allow: allow });
}
