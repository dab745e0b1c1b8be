/** The functions as they are deployed: bundled, minified, and run by Node in a process of their own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bundleFunctions } from '../support/bundle-functions.ts';
import { numbered } from '../support/events.ts';
import { appendEvent, httpApiEvent } from './http-api-event.ts';

const ENTRIES = [
  'lambdas/append.ts',
  'lambdas/read.ts',
  'lambdas/sequencer.ts',
  'lambdas/scan.ts',
  'lambdas/verify.ts',
  'examples/orders/lambda-orders.ts',
  'examples/orders/lambda-order-reviews.ts',
  'examples/orders/lambda-order-summary.ts',
];

/** API Gateway waits for these; half a megabyte takes Lambda some tens of milliseconds more to start. */
const API_BUNDLE_BYTES_MAX = {
  append: 450_000,
  read: 450_000,
  /** The same app, with the commands and the schemas of a domain. */
  'lambda-orders': 460_000,
};

const TABLES = { EVENTS_TABLE: 'events', LOG_TABLE: 'log', STATE_TABLE: 'state', READ_MODELS_TABLE: 'read-models' };

/** What Lambda sets. */
const LAMBDA = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIAOFTHEROLE',
  AWS_SECRET_ACCESS_KEY: 'a-secret-key',
  AWS_SESSION_TOKEN: 'a-session-token',
  POWERTOOLS_SERVICE_NAME: 'shop',
  POWERTOOLS_METRICS_NAMESPACE: 'Tidemark',
};

let folder: string;
let bundles: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-bundles-'));
  bundles = await bundleFunctions(ENTRIES, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

function bundleOf(name: string): string {
  const bundle = bundles[name];
  if (bundle === undefined) {
    throw new Error(`there is no bundle ${name}`);
  }
  return bundle;
}

/** Runs a script with nothing in its environment but what is given. */
async function node(script: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}

test.each(Object.entries(API_BUNDLE_BYTES_MAX))('the bundle of %s has at most %i bytes', (name, bytesMax) => {
  expect(statSync(bundleOf(name)).size).toBeLessThanOrEqual(bytesMax);
});

test('bundles have source maps, without the text of the sources', () => {
  const map: unknown = JSON.parse(readFileSync(`${bundleOf('append')}.map`, 'utf8'));
  expect(map).toMatchObject({ sources: expect.arrayContaining([expect.stringContaining('lambdas/append.ts')]) });
  expect(map).not.toHaveProperty('sourcesContent');
});

describe.each(ENTRIES.map((entry) => entry.replace(/^.*\/(.*)\.ts$/, '$1')))('the bundle of %s', (name) => {
  // `require` takes a module only where nothing in it is awaited at the top: Lambda would wait for that before the first invocation.
  const load = () => `import { createRequire } from 'node:module';
    const { handler } = createRequire('/')(${JSON.stringify(bundleOf(name))});
    console.log(process.version, typeof handler);`;

  test('starts on Node 24, and awaits nothing on the way', async () => {
    expect(await node(load(), { ...LAMBDA, ...TABLES })).toEqual([expect.stringMatching(/^v24\.\S+ function$/)]);
  });

  test('does not start without a table, and says which', async () => {
    await expect(node(load(), LAMBDA)).rejects.toThrow('EVENTS_TABLE');
  });
});

/** A server in DynamoDB's place that counts who comes. */
async function fakeDynamoDb(answer: { readonly status: number; readonly body: object }) {
  const seen = { connections: 0, requests: 0, authorization: new Set<unknown>() };
  const server = createServer((request, response) => {
    seen.requests += 1;
    seen.authorization.add(request.headers.authorization?.replace(/\/.*/, ''));
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer.body));
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  return { seen, endpoint: `http://127.0.0.1:${address.port}`, stop: () => server.close() };
}

/** Invokes a function with each of some events, one after the other, as a warm process does; the last line is the answers. */
function invoking(name: string, events: readonly unknown[]): string {
  return `import { handler } from ${JSON.stringify(bundleOf(name))};
    const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 60_000 };
    const answers = [];
    for (const event of ${JSON.stringify(events)}) {
      answers.push(await handler(event, context));
    }
    console.log(JSON.stringify(answers.map(({ statusCode }) => statusCode)));`;
}

test('invocations share a connection, and are signed with the credentials of the role', async () => {
  const { seen, endpoint, stop } = await fakeDynamoDb({ status: 200, body: { Items: [], Count: 0, ScannedCount: 0 } });
  const events = [1, 2, 3].map((number) => httpApiEvent('GET', `/streams/Order-${number}`));
  const lines = await node(invoking('read', events), { ...LAMBDA, ...TABLES, AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  stop();
  expect(lines).toEqual(['[404,404,404]']);
  expect(seen.requests).toBeGreaterThanOrEqual(3);
  expect(seen.connections).toBe(1);
  expect([...seen.authorization]).toEqual(['AWS4-HMAC-SHA256 Credential=AKIAOFTHEROLE']);
});

test('errors have their names in the log, though classes are minified', async () => {
  const { endpoint, stop } = await fakeDynamoDb({ status: 500, body: { __type: 'InternalServerError' } });
  const event = appendEvent('/streams/Order-1', { events: numbered(1) }, { 'If-None-Match': '*' });
  const lines = await node(invoking('append', [event]), { ...LAMBDA, ...TABLES, AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  stop();
  expect(lines).toContain('[503]');
  const failed = lines.find((line) => line.includes('A request has failed'));
  expect(JSON.parse(failed ?? '')).toMatchObject({
    level: 'ERROR',
    service: 'shop',
    correlation_id: 'UnbaSjQ4FiAEJFA=',
    failure: { name: 'Unavailable', code: 'unavailable', cause: { name: 'InternalServerError' } },
  });
});
