import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createHttpApp } from '../../lib/http/app.ts';
import { lambdaHandler } from '../../lib/http/lambda-handler.ts';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';

logSeed();

const BODY = { events: numbered(1) };
const Page = z.object({ events: z.array(z.object({ version: z.number() })), next: z.string().optional() });

function apiInMemory() {
  const store = createEventStore({ tables: memoryTables() });
  const app = createHttpApp(store);
  return { store, app, handler: lambdaHandler(app) };
}

test.each([
  'Order-1',
  'Order-a/b',
  'Order-a/',
  '/Order-1',
  'Order//-1',
  'Order-ä€😀',
  'Order-100%',
  'Order-%2F',
  'Order-%252F',
  'Order-%2e%2e',
  'Order-a+b c',
  'Order-#&=;:@$,',
  'Order-\\..\\x',
  'Order-\u2028',
  'Order-1/../Order-2',
  'Order-1/./x',
  'Order-1/..',
  'Order-1/.',
  'Order-1/../..',
  '../Order-1',
  '../../Order-1',
  './../Order-1',
  'Order-1/../../health',
])('the path of stream %s, decoded by API Gateway, reaches that stream', async (streamId) => {
  const { handler } = apiInMemory();
  const path = `/streams/${encodeURIComponent(streamId)}`;
  const appended = await handler(appendEvent(path, BODY));
  expect(bodyOf(appended)).toMatchObject({ streamId, version: 1 });
  expect(bodyOf(await handler(httpApiEvent('GET', path)))).toMatchObject({ streamId, version: 1 });
});

test('any stream is reached through Lambda as it is without', { timeout: 60_000 }, async () => {
  const id = fc.string({
    unit: fc.oneof(fc.constantFrom('/', '.', '..', '%', '-', '2'), fc.string({ unit: 'grapheme' })),
  });
  await fc.assert(
    fc.asyncProperty(id, id, async (before, after) => {
      // API Gateway cuts a path at what it has decoded to a question mark, so the store refuses it.
      const path = `/streams/${encodeURIComponent(`${before}-${after}`.replaceAll('?', ''))}`;
      const { app, handler } = apiInMemory();
      const direct = await app.request(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(BODY),
      });
      const repeated = await handler(appendEvent(path, BODY, { 'If-Match': '"1"' }));
      expect(repeated.statusCode).toBe(direct.status);
    }),
    { seed, numRuns: 500 },
  );
});

test('next is a path that a client sends as it is', async () => {
  const { store, handler } = apiInMemory();
  const streamId = 'Order-ä/../%2F +';
  await store.append(streamId, numbered(5));
  const versions: number[] = [];
  let next: string | undefined = `/streams/${encodeURIComponent(streamId)}?limit=2`;
  while (next !== undefined) {
    const page: z.infer<typeof Page> = Page.parse(bodyOf(await handler(httpApiEvent('GET', next))));
    versions.push(...page.events.map(({ version }) => version));
    next = page.next;
  }
  expect(versions).toEqual([1, 2, 3, 4, 5]);
});

test.each([
  '',
  '/',
  '//',
  '/..',
  '/.',
  '/streams',
  '/streams/',
  '/streams/..',
  '/streams/.',
  'streams',
  '/../health/x',
])('the path "%s" is 404', async (rawPath) => {
  const { handler } = apiInMemory();
  expect((await handler({ ...httpApiEvent('GET', '/'), rawPath })).statusCode).toBe(404);
});
