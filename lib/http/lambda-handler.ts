import type { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { invalidRequest, problemResponse } from './problem.ts';

/** An event of an API Gateway HTTP API, payload format 2.0. */
type HttpApiEvent = Extract<Parameters<ReturnType<typeof handle>>[0], { rawPath: string }>;

type HttpApiResult = Awaited<ReturnType<ReturnType<typeof handle>>>;

/**
 * An app as the handler of a Lambda function behind an API Gateway HTTP API (payload format 2.0).
 *
 * API Gateway hands the path on decoded, and a body with any method; both are put right before the app sees them. What
 * cannot be made into a request is answered with 400: a Lambda function that throws is a 500 to the client.
 */
export function lambdaHandler(app: Hono): (event: HttpApiEvent) => Promise<HttpApiResult> {
  const handler = handle(app);
  return async (event) => {
    const { body, rawPath, ...rest } = event;
    const { method } = event.requestContext.http;
    const takesBody = method !== 'GET' && method !== 'HEAD';
    const request = {
      ...rest,
      rawPath: encodedPath(rawPath),
      body: takesBody ? (body ?? null) : null,
    };
    try {
      return await handler(request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const response = problemResponse(
        invalidRequest([{ path: '', message: `The request cannot be read: ${reason}` }]),
      );
      return {
        statusCode: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
        isBase64Encoded: false,
      };
    }
  };
}

/** `rawPath` is not raw: an HTTP API decodes it. Encoded again, it is decoded once by the app, like everywhere else. */
function encodedPath(rawPath: string): string {
  return rawPath.split('/').map(encodeURIComponent).join('/');
}
