import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { HttpApiEvent, HttpApiResult } from '../../lib/http/lambda-handler.ts';
import { dynamoDbTables } from '../../lib/index.ts';
import { sequenceAll } from '../http/sequence-all.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { stubFunctionEnvironment } from './function-environment.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';
import { lambdaContext } from './lambda-context.ts';

const LogBody = z.object({
  events: z.array(z.looseObject({ position: z.number() })),
  position: z.number(),
  head: z.number(),
});

type Handler = (event: HttpApiEvent) => Promise<HttpApiResult>;

let dynamoDb: TestDynamoDb;
let append: Handler;
let read: Handler;

beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
  stubFunctionEnvironment(dynamoDb);
  const functions = { append: await import('../../lambdas/append.ts'), read: await import('../../lambdas/read.ts') };
  append = (event) => functions.append.handler(event, lambdaContext());
  read = (event) => functions.read.handler(event, lambdaContext());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamoDb.stop();
});

test('what the append function appends, the read function reads', async () => {
  const path = `/streams/${encodeURIComponent('Order-ä/1')}`;
  const placed = await append(appendEvent(path, { events: numbered(2) }, { 'If-None-Match': '*' }));
  expect(placed).toMatchObject({ statusCode: 201, headers: { etag: '"2"' } });
  const keyed = { 'Idempotency-Key': 'ship-1', 'If-Match': '"2"' };
  const shipped = await append(appendEvent(path, { events: numbered(1, 'shipped') }, keyed));
  expect(shipped).toMatchObject({ statusCode: 201, headers: { etag: '"3"' } });
  const repeated = await append(appendEvent(path, { events: numbered(1, 'shipped') }, keyed));
  expect(repeated).toEqual({ ...shipped, statusCode: 200 });
  expect(await append(appendEvent(path, { events: numbered(2, 'other') }, keyed))).toMatchObject({ statusCode: 422 });
  const late = await append(appendEvent(path, { events: numbered(1) }, { 'If-Match': '"1"' }));
  expect(late.statusCode).toBe(412);
  expect(bodyOf(late)).toMatchObject({ expectedVersion: 1, actualVersion: 3 });

  const page = await read(httpApiEvent('GET', `${path}?direction=backward&limit=2`));
  expect(page).toMatchObject({ statusCode: 200, headers: { etag: '"3"' } });
  expect(bodyOf(page)).toEqual({
    streamId: 'Order-ä/1',
    version: 3,
    events: [
      expect.objectContaining({ version: 3, data: { label: 'shipped', index: 0 } }),
      expect.objectContaining({ version: 2, data: { label: 'event', index: 1 } }),
    ],
    next: `${path}?from=1&limit=2&direction=backward`,
  });
  expect((await read(httpApiEvent('GET', path, { headers: { 'If-None-Match': '"3"' } }))).statusCode).toBe(304);
});

test('what the sequencer has put into the log, the read function reads from it, by types and category', async () => {
  const streamId = 'Parcel-1';
  for (const type of ['Packed', 'Sent', 'Delivered']) {
    await append(appendEvent(`/streams/${streamId}`, { events: [{ type, data: null }] }));
  }
  const asked = httpApiEvent('GET', `/streams/${streamId}?sequenced=true`);
  expect(bodyOf(await read(asked))).not.toHaveProperty('sequencedPosition');
  await sequenceAll(dynamoDbTables(dynamoDb.client, dynamoDb.names));
  const result = await read(httpApiEvent('GET', '/events?category=Parcel&type=Sent&type=Delivered&wait=20'));
  const { events, position, head } = LogBody.parse(bodyOf(result));
  expect(events).toMatchObject([
    { streamId, version: 2, type: 'Sent' },
    { streamId, version: 3, type: 'Delivered' },
  ]);
  expect(bodyOf(await read(asked))).toMatchObject({ version: 3, sequencedPosition: events[1]?.position });
  expect(position).toBe(head);
  for (const after of [head, head + 1]) {
    const end = await read(httpApiEvent('GET', `/events?after=${after}&wait=1`));
    expect(bodyOf(end)).toEqual({ events: [], position: after, head });
  }
});

test('a stream that is not there is 404, and an append that expects it is 412', async () => {
  expect((await read(httpApiEvent('GET', '/streams/Order-404'))).statusCode).toBe(404);
  const refused = await append(appendEvent('/streams/Order-404', { events: numbered(1) }, { 'If-Match': '*' }));
  expect(bodyOf(refused)).toMatchObject({ status: 412, expectedVersion: 'exists', actualVersion: 0 });
});

test('what is too large for a commit is 413, from any size on', async () => {
  for (const characters of [409_600, 2_000_000]) {
    const events = [{ type: 'A', data: 'x'.repeat(characters) }];
    expect((await append(appendEvent('/streams/Order-1', { events }))).statusCode).toBe(413);
  }
});
