import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHttpApp } from '../../lib/http/app.ts';
import { lambdaHandler } from '../../lib/http/lambda-handler.ts';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { clockOfItsOwn } from '../http/api.ts';
import { anyBody, anyHeaders, anyMethod, anyPath, anyQuery } from '../http/arbitrary-requests.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';

logSeed();

const RUNS = { seed, numRuns: 1_000 };
const reported: unknown[] = [];
const store = createEventStore({ tables: memoryTables() });
const handler = lambdaHandler(
  createHttpApp(store, { ...clockOfItsOwn(), reportError: (error) => reported.push(error) }),
);

async function expectAnswer(answer: ReturnType<typeof handler>): Promise<void> {
  const result = await answer;
  expect(result.statusCode).toBeGreaterThanOrEqual(200);
  expect(result.statusCode).toBeLessThan(500);
  expect(result.isBase64Encoded).toBe(false);
  if (result.statusCode >= 400) {
    expect(result.headers['content-type']).toBe('application/problem+json');
    expect(result.body === '' || bodyOf(result) !== undefined).toBe(true);
  }
  expect(reported).toEqual([]);
}

test('any request that API Gateway hands on is answered, and never with the fault of the server', {
  timeout: 60_000,
}, async () => {
  const anyRawPath = anyPath.map((path) => {
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  });
  await fc.assert(
    fc.asyncProperty(
      anyMethod,
      anyRawPath,
      anyQuery,
      anyHeaders,
      anyBody,
      async (method, path, query, headers, body) => {
        const event = httpApiEvent(method, '/', {
          headers,
          body: Buffer.from(body).toString('base64'),
          isBase64Encoded: true,
        });
        await expectAnswer(handler({ ...event, rawPath: path, rawQueryString: query.slice(1) }));
        const text = { body: Buffer.from(body).toString(), isBase64Encoded: false };
        await expectAnswer(handler({ ...event, ...text, rawPath: path, rawQueryString: query.slice(1) }));
      },
    ),
    RUNS,
  );
});

test('an event with any value in any place is answered', { timeout: 60_000 }, async () => {
  const good = appendEvent('/streams/Order-1?from=1', { events: numbered(1) }, { 'If-Match': '"0"' });
  const places = [
    ...Object.keys(good).map((name) => [name]),
    ...Object.keys(good.headers).map((name) => ['headers', name]),
    ...Object.keys(good.requestContext).map((name) => ['requestContext', name]),
    ...Object.keys(good.requestContext.http).map((name) => ['requestContext', 'http', name]),
  ];
  const anyValue = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('GET', 'HEAD', 'get', '/health'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...places), anyValue), { minLength: 1, maxLength: 3 }),
      async (changes) => {
        const event = structuredClone(good);
        for (const [place, value] of changes) {
          put(event, place, value);
        }
        await expectAnswer(handler(event));
      },
    ),
    RUNS,
  );
});

/** Sets a value, or takes it away where it is undefined, as far as the way to it is still there. */
function put(target: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  const inner: unknown = Reflect.get(target, name);
  if (rest.length > 0) {
    if (typeof inner === 'object' && inner !== null) {
      put(inner, rest, value);
    }
  } else if (value === undefined) {
    Reflect.deleteProperty(target, name);
  } else {
    Reflect.set(target, name, value);
  }
}
