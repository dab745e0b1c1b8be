/** What the functions write: never what events hold, nor credentials, whatever fails and however. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { METRIC_NAMESPACE } from '../../lib/infrastructure/metric-names.ts';
import { type CapturedOutput, captureOutput } from './captured-output.ts';
import { appendEvent, httpApiEvent } from './http-api-event.ts';
import { lambdaContext } from './lambda-context.ts';

const SECRET = 'do-not-tell';

/** What DynamoDB answers: an object is JSON. */
let answer: { readonly status: number; readonly body: object | string };
let server: Server;
let output: CapturedOutput;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const environment = {
    EVENTS_TABLE: 'events',
    LOG_TABLE: 'log',
    STATE_TABLE: 'state',
    READ_MODELS_TABLE: 'read-models',
    POWERTOOLS_SERVICE_NAME: 'shop',
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: SECRET,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: SECRET,
  };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  vi.resetModules();
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const BODY = { events: [{ type: 'Told', data: SECRET, metadata: { correlationId: 'checkout-7', note: SECRET } }] };
const HEADERS = { authorization: `Bearer ${SECRET}`, 'idempotency-key': 'once' };

/** An item in the way, as DynamoDB hands it back with a refusal. */
const ITEM = { PK: { S: 'STREAM#Order-1' }, SK: { S: 'VERSION#1' }, events: { S: SECRET } };

const CORRELATED = {
  service: 'shop',
  correlation_id: 'UnbaSjQ4FiAEJFA=',
  function_request_id: lambdaContext().awsRequestId,
};

test.each([
  ['is away', { status: 500, body: { __type: 'InternalServerError', message: 'odd' } }, 'Unavailable'],
  [
    'refuses for a reason that is not known, and hands items back',
    {
      status: 400,
      body: {
        __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
        CancellationReasons: [{ Code: 'NeverHeardOf', Item: ITEM }, { Code: 'None' }],
      },
    },
    'TransactionCanceledException',
  ],
  ['answers what is no JSON', { status: 200, body: `{"Item": ${SECRET}` }, 'SyntaxError'],
])('an append while DynamoDB %s', async (_, given, name) => {
  answer = given;
  const { handler } = await import('../../lambdas/append.ts');
  const result = await handler(
    appendEvent('/streams/Order-1', BODY, { ...HEADERS, 'if-none-match': '*' }),
    lambdaContext(),
  );
  expect(result.statusCode).toBeGreaterThanOrEqual(500);
  expect(output.lines()).toMatchObject([
    { ...CORRELATED, level: 'ERROR', message: 'A request has failed', failure: { name } },
    { ...CORRELATED, level: 'ERROR', status: result.statusCode, correlationIds: ['checkout-7'] },
  ]);
  expect(output.text()).not.toContain(SECRET);
});

test('a read of a commit that is damaged', async () => {
  const commit = {
    ...ITEM,
    SK: { S: 'VERSION#00000000000000000001' },
    format: { N: '1' },
    count: { N: '1' },
    previous: { N: '0' },
    commitId: { S: 'c-1' },
    timestamp: { S: '2026-11-25T12:00:00.000Z' },
    types: { L: [{ S: 'Told' }] },
    hash: { B: Buffer.alloc(32).toString('base64') },
    events: { S: `[{"type":"Told","data":"${SECRET}"` },
  };
  answer = { status: 200, body: { Items: [commit], Count: 1, ScannedCount: 1 } };
  const { handler } = await import('../../lambdas/read.ts');
  expect((await handler(httpApiEvent('GET', '/streams/Order-1'), lambdaContext())).statusCode).toBe(500);
  expect(output.lines()).toMatchObject([
    { level: 'ERROR', failure: { code: 'unreadable-item', cause: { name: 'SyntaxError' } } },
    { level: 'ERROR', status: 500, correlationIds: [] },
  ]);
  expect(output.text()).not.toContain(SECRET);
});

/** What a decider of users may do that is not foreseen, with data in its hands. */
test.each<[string, Partial<Record<'decide' | 'evolve', () => never>>, object]>([
  [
    'decide throws what it has not meant to',
    {
      decide: () => {
        throw new Error(`no such customer: ${SECRET}\n    at ${SECRET}`, { cause: new TypeError(SECRET) });
      },
    },
    { name: 'Error', cause: { name: 'TypeError' } },
  ],
  [
    'evolve fails',
    {
      evolve: () => {
        throw new Error(SECRET);
      },
    },
    { name: 'UnreadableEvent', message: expect.stringContaining('at version 1 of stream "Note-1"') },
  ],
])('a command whose %s', async (_, functions, failure) => {
  answer = { status: 200, body: {} };
  const { apiHandler } = await import('../../lambdas/api-handler.ts');
  const { commandHandler, defineDecider } = await import('../../lib/index.ts');
  const { defineOperation } = await import('../../lib/http/index.ts');
  const decider = defineDecider<string, { Write: string }, { Written: string }>({
    category: 'Note',
    initialState: '',
    decide: { Write: (_state, { data }) => functions.decide?.() ?? [{ type: 'Written', data }] },
    evolve: { Written: (_state, { data }) => functions.evolve?.() ?? data },
  });
  const operation = (notes: ReturnType<typeof commandHandler<string, { Write: string }, { Written: string }>>) =>
    defineOperation({
      method: 'POST',
      path: '/notes',
      id: 'writeNote',
      summary: 'Write a note',
      request: z.object({ path: z.object({}), query: z.object({}), headers: z.object({}), body: z.string() }),
      answers: { 201: { description: 'Written' } },
      handle: async (_context, { body }) => {
        await notes.handle('Note-1', { type: 'Write', data: body });
        return { status: 201 };
      },
    });
  const handler = apiHandler([], ['events', 'state', 'readModels'], (tables) => [
    operation(commandHandler({ tables, decider })),
  ]);
  const result = await handler(appendEvent('/notes', SECRET), lambdaContext());
  expect(result.statusCode).toBe(500);
  const [first] = output.lines();
  expect(first).toMatchObject({ level: 'ERROR', message: 'A request has failed', failure });
  expect(JSON.stringify(first), 'where it came from').toContain('no-event-data.test.ts');
  expect(output.text()).not.toContain(SECRET);
});

test('an append that is answered, with all that is told of it', async () => {
  answer = { status: 200, body: {} };
  const { handler } = await import('../../lambdas/append.ts');
  const event = appendEvent('/streams/Order-1', BODY, { ...HEADERS, 'if-none-match': '*' });
  expect((await handler(event, lambdaContext())).statusCode).toBe(201);
  expect(output.lines().filter(({ level }) => level !== 'DEBUG')).toEqual([]);
  expect(output.text()).toContain('"status":201');
  expect(output.text()).not.toContain(SECRET);
});

/** A record of the Events table's stream. */
function recordOf(image: NonNullable<NonNullable<DynamoDBStreamEvent['Records'][0]['dynamodb']>['NewImage']>) {
  return { Records: [{ eventName: 'INSERT', dynamodb: { NewImage: image, SequenceNumber: '1' } }] } as const;
}

test('a record that cannot be read', async () => {
  const { handler } = await import('../../lambdas/sequencer.ts');
  const { Records } = recordOf({ ...ITEM, note: { S: SECRET } });
  expect(await handler({ Records: [...Records] }, lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(output.lines()).toMatchObject([{ level: 'ERROR', failure: { name: 'UnreadableItem' } }]);
  expect(output.metrics()).toEqual([
    { namespace: 'Tidemark', dimensions: { service: 'shop' }, values: { SequencerDamagedStreams: 1 } },
  ]);
  expect(output.text()).not.toContain(SECRET);
});

test.each(['scan', 'verify'] as const)('what %s throws, all of whose members Lambda logs', async (name) => {
  answer = {
    status: 400,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no', Item: ITEM },
  };
  const { handler } = name === 'scan' ? await import('../../lambdas/scan.ts') : await import('../../lambdas/verify.ts');
  const thrown: unknown = await handler({}, lambdaContext()).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ name: 'ConditionalCheckFailedException', message: 'no' });
  // As Lambda's runtime does it.
  const told = thrown instanceof Error ? { ...thrown, stack: thrown.stack, cause: thrown.cause } : thrown;
  expect(JSON.stringify(told)).not.toContain(SECRET);
  expect(JSON.stringify(told)).toContain('at ');
  expect(output.lines()).toMatchObject([{ level: 'ERROR', message: 'The invocation has failed' }]);
  expect(output.text()).not.toContain(SECRET);
});
