import type { Hono } from 'hono';
import { invalidRequest, ProblemError, problemResponse } from './problem.ts';

/** What is used of an event of an API Gateway HTTP API, payload format 2.0. */
export interface HttpApiEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

/** What such a function answers. */
export interface HttpApiResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** Only the path and the query of a request's URL are looked at, so the host need not be one that a client has sent. */
const ORIGIN = 'https://api.invalid';

/**
 * An app as the handler of a Lambda function behind an API Gateway HTTP API (payload format 2.0).
 *
 * What cannot be made into a request is answered with 400: a Lambda function that throws is a 500 to the client.
 *
 * Not Hono's own adapter: it leaves out headers that are empty, so that an append with an empty `If-Match` would expect
 * nothing, and answers what it cannot read with plain text.
 */
export function lambdaHandler(app: Hono): (event: HttpApiEvent) => Promise<HttpApiResult> {
  return async (event) => {
    const request = requestOf(event);
    return resultOf(request instanceof ProblemError ? problemResponse(request) : await app.fetch(request));
  };
}

function requestOf(event: HttpApiEvent): Request | ProblemError {
  try {
    const { rawPath, rawQueryString, requestContext } = event;
    const { method } = requestContext.http;
    const query = rawQueryString === '' ? '' : `?${rawQueryString.replaceAll('#', '%23')}`;
    return new Request(`${ORIGIN}${encodedPath(rawPath)}${query}`, {
      method,
      headers: headersOf(event),
      body: bodyOf(event),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return invalidRequest([{ path: '', message: `The request cannot be read: ${reason}` }]);
  }
}

/**
 * `rawPath` is not raw: an HTTP API decodes it. Encoded again, it is decoded once by the app, like everywhere else.
 *
 * A slash beside a `.` or `..` was encoded when it was sent, or the client would have taken the dots for steps between
 * folders, as a URL does here; it is encoded again, or `Order-1%2F..%2FOrder-2` would be taken for another stream.
 */
function encodedPath(rawPath: string): string {
  return rawPath
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/(?<=\/\.{1,2})\//g, '%2F')
    .replace(/(?<=.)\/(?=\.{1,2}$)/, '%2F');
}

function headersOf({ headers }: HttpApiEvent): Headers {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) {
      // As Node's HTTP server hands on what is not ASCII, so that a key is the same key wherever the API runs.
      given.set(name, Buffer.from(value).toString('latin1'));
    }
  }
  return given;
}

/** API Gateway hands on a body with any method; a `Request` takes none with these two. */
function bodyOf({ body, isBase64Encoded, requestContext }: HttpApiEvent): Uint8Array<ArrayBuffer> | null {
  const { method } = requestContext.http;
  return method === 'GET' || method === 'HEAD' || typeof body !== 'string'
    ? null
    : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

async function resultOf(response: Response): Promise<HttpApiResult> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
