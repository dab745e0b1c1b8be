/** The Lambda functions with any event: each answers or fails by itself, and tells nothing of what it was given, in lines that are whole. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { tableNames } from '../../lib/tables/definitions.ts';
import { type CapturedOutput, captureOutput } from '../lambdas/captured-output.ts';
import { stubFunctionEnvironment } from '../lambdas/function-environment.ts';
import { appendEvent } from '../lambdas/http-api-event.ts';
import { lambdaContext } from '../lambdas/lambda-context.ts';
import { polluted } from './arbitrary-items.ts';
import { attackSeed, logAttackSeed } from './attack-seed.ts';

logAttackSeed();

const RUNS = Number(process.env['TIDEMARK_RUNS'] ?? 100);

/** Stands in whatever events hold. */
const SECRET = 'do-not-tell';

/** What would begin a line of its own, or colour a terminal, where it were written as it is. */
const FORGED = `x\n{"level":"ERROR","message":"forged"}\r\u001b[31m\u2028${SECRET}`;

let server: Server;
let output: CapturedOutput;

/** A DynamoDB without items, which takes all that is written. */
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  stubFunctionEnvironment({ names: tableNames('shop'), endpoint: `http://127.0.0.1:${port}` });
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const anyLeaf = fc.oneof(
  fc.constantFrom(
    SECRET,
    FORGED,
    '',
    null,
    undefined,
    0,
    -1,
    1e308,
    Number.NaN,
    true,
    'GET',
    'POST',
    '/streams/Order-1',
  ),
  fc.string({ unit: 'binary' }),
  fc.anything({ maxDepth: 2 }),
);

/** An event with values exchanged anywhere in it, or anything at all. */
function anyEventLike(good: object): fc.Arbitrary<unknown> {
  const places = placesIn(good);
  const anyChanges = fc.array(fc.tuple(fc.constantFrom(...places), anyLeaf), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    {
      weight: 9,
      arbitrary: anyChanges.map((changes) =>
        changes.reduce<unknown>((event, [place, value]) => changed(event, place, value), good),
      ),
    },
    { weight: 1, arbitrary: anyLeaf },
  );
}

/** All but keys and formats: errors name the items that they are about. */
function placesIn(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const inner = entries.filter(([name]) => !['PK', 'SK', 'format', 'from'].includes(name));
  return [
    ...(place.length === 0 ? [] : [place]),
    ...inner.flatMap(([name, child]) => placesIn(child, [...place, name])),
  ];
}

/** A copy with another value in one place, as far as the way to it is there. */
function changed(value: unknown, [name, ...rest]: readonly string[], to: unknown): unknown {
  if (name === undefined) {
    return to;
  }
  if (Array.isArray(value)) {
    return value.map((element, index) => (String(index) === name ? changed(element, rest, to) : element));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, child]) => [key, key === name ? changed(child, rest, to) : child]),
      )
    : value;
}

const POST = appendEvent(
  `/streams/Order-1`,
  {
    events: [
      { type: 'Told', data: { [FORGED]: FORGED }, metadata: { correlationId: 'c-7', note: FORGED, ['__proto__']: 1 } },
    ],
  },
  { 'If-None-Match': '*', 'Idempotency-Key': SECRET, Authorization: SECRET, ['__proto__']: SECRET },
);
const GET = {
  ...POST,
  rawPath: '/read-models/order-summary/1',
  rawQueryString: `minPosition=1&__proto__=${SECRET}`,
  requestContext: { ...POST.requestContext, http: { ...POST.requestContext.http, method: 'GET' } },
};

/** What API Gateway says of a request itself is told: no client chooses it. */
const API_CHOSEN = { routeKey: 'POST /streams/{streamId+}', requestId: 'UnbaSjQ4FiAEJFA=' };

const RECORD = {
  eventID: '1',
  eventName: 'INSERT',
  dynamodb: {
    SequenceNumber: '100',
    Keys: { PK: { S: 'STREAM#Order-1' }, SK: { S: 'VERSION#00000000000000000001' } },
    NewImage: {
      PK: { S: 'STREAM#Order-1' },
      SK: { S: 'VERSION#00000000000000000001' },
      format: { N: '1' },
      count: { N: '1' },
      previous: { N: '0' },
      commitId: { S: 'c-1' },
      timestamp: { S: '2026-11-25T12:00:00.000Z' },
      types: { L: [{ S: 'Told' }] },
      hash: { B: Buffer.alloc(32).toString('base64') },
      events: { S: `[{"type":"Told","data":"${SECRET}"}]` },
    },
  },
};
const STREAM = { Records: [RECORD, RECORD] };
const QUEUE = { Records: [{ messageId: 'm', body: FORGED, attributes: {}, eventSource: 'aws:sqs' }] };
const SCHEDULE = { version: '0', id: 'i', 'detail-type': 'Scheduled Event', detail: { note: SECRET }, from: 1 };

type Handler = (event: never, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

const API: Record<string, () => Promise<{ handler: Handler }>> = {
  append: () => import('../../lambdas/append.ts'),
  read: () => import('../../lambdas/read.ts'),
  orders: () => import('../../examples/orders/lambda-orders.ts'),
};
/** A projection reads nothing of an event but the number of its last record, and takes a second on a DynamoDB that forgets. */
const PROJECTION_RUNS = 5;

const WORKERS: Record<string, () => Promise<{ handler: Handler }>> = {
  sequencer: () => import('../../lambdas/sequencer.ts'),
  scan: () => import('../../lambdas/scan.ts'),
  verify: () => import('../../lambdas/verify.ts'),
  'order-summary': () => import('../../examples/orders/lambda-order-summary.ts'),
  'order-reviews': () => import('../../examples/orders/lambda-order-reviews.ts'),
};

/** Invokes as Lambda does, which takes whatever JSON says. */
function invoke(handler: Handler, event: unknown): Promise<unknown> {
  // With time for one part only: to a projection, this DynamoDB forgets what it has written.
  return Reflect.apply(handler, undefined, [event, lambdaContext(5_000)]);
}

function expectNothingTold(): void {
  // Each line is JSON, or this throws.
  for (const line of output.lines()) {
    expect(line).not.toMatchObject({ message: 'forged' });
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  expect(output.text().replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
  expect(output.text()).not.toContain(SECRET);
  output.clear();
  expect(polluted()).toEqual([]);
}

describe.each(Object.keys(API))('%s', (name) => {
  test('answers any request, with no fault of its own', { timeout: 120_000 }, async () => {
    const { handler } = (await API[name]?.()) ?? expect.unreachable();
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyEventLike(POST), anyEventLike(GET)), async (event) => {
        const context = Object(Object(event).requestContext);
        const given =
          Object.keys(context).length === 0
            ? event
            : { ...Object(event), requestContext: { ...context, ...API_CHOSEN } };
        const { statusCode } = z.object({ statusCode: z.number() }).parse(await invoke(handler, given));
        expect(statusCode).toBeLessThan(500);
        expectNothingTold();
      }),
      { seed: attackSeed, numRuns: RUNS },
    );
  });
});

describe.each(Object.keys(WORKERS))('%s', (name) => {
  test('does its work on any event, or fails with an error that says nothing of it', { timeout: 120_000 }, async () => {
    const { handler } = (await WORKERS[name]?.()) ?? expect.unreachable();
    await fc.assert(
      fc.asyncProperty(fc.oneof(...[STREAM, QUEUE, SCHEDULE].map(anyEventLike)), async (event) => {
        await invoke(handler, event).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error);
          expect({ ...Object(error) }).toEqual({ name: expect.any(String) });
          expect(String(Object(error).stack)).not.toContain(SECRET);
        });
        expectNothingTold();
      }),
      { seed: attackSeed, numRuns: name.startsWith('order-') ? PROJECTION_RUNS : RUNS },
    );
  });
});
