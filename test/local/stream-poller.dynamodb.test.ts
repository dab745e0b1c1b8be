import { setTimeout as delay } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { type StreamPollerOptions, startStreamPoller } from '../../lib/local/stream-poller.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { soon } from './stream-reading.ts';

const STREAM_ARN = /^arn:aws:dynamodb:[^:]+:\d{12}:table\/test-[0-9a-f-]+-events\/stream\/[0-9T:.-]+$/;

test('what is put arrives as Lambda has it, in order, soon', async () => {
  const dynamoDb = await testDynamoDb();
  const { events, reported } = await poll(dynamoDb);
  const before = Math.floor(Date.now() / 60_000) * 60;
  await put(dynamoDb, 1);
  await soon(() => keysOf(events).length === 1);
  expect(events).toStrictEqual([
    {
      Records: [
        {
          eventID: expect.any(String),
          eventName: 'INSERT',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: expect.any(String),
          dynamodb: {
            ApproximateCreationDateTime: expect.any(Number),
            Keys: { PK: { S: 'a' }, SK: { S: '0001' } },
            NewImage: {
              PK: { S: 'a' },
              SK: { S: '0001' },
              count: { N: '1' },
              body: { B: 'H4v/' },
              parts: { L: [{ M: { one: { BS: ['AQ=='] } } }, { NULL: true }] },
            },
            SequenceNumber: expect.stringMatching(/^\d{21,}$/),
            SizeBytes: expect.any(Number),
            StreamViewType: 'NEW_IMAGE',
          },
          eventSourceARN: expect.stringMatching(STREAM_ARN),
        },
      ],
    },
  ]);
  // DynamoDB Local tells no more than the minute.
  expect(events[0]?.Records[0]?.dynamodb?.ApproximateCreationDateTime).toBeGreaterThanOrEqual(before);
  for (const number of [2, 3, 4, 5]) {
    await put(dynamoDb, number);
  }
  await soon(() => keysOf(events).length === 5);
  expect(keysOf(events)).toEqual(['0001', '0002', '0003', '0004', '0005']);
  expect(reported).toEqual([]);
});

test('what was put before arrives first, in batches', async () => {
  const dynamoDb = await testDynamoDb();
  for (const number of [1, 2, 3, 4, 5, 6, 7]) {
    await put(dynamoDb, number);
  }
  const { events } = await poll(dynamoDb, { batchSize: 3 });
  await put(dynamoDb, 8);
  await soon(() => keysOf(events).length === 8);
  expect(keysOf(events)).toEqual(['0001', '0002', '0003', '0004', '0005', '0006', '0007', '0008']);
  expect(events.map(({ Records }) => Records.length).slice(0, 2)).toEqual([3, 3]);
});

test('a handler that throws gets the same event again, and only then what came later', async () => {
  const dynamoDb = await testDynamoDb();
  await put(dynamoDb, 1);
  let failures = 0;
  const { events, reported } = await poll(dynamoDb, {
    handler: async () => {
      if (failures < 2) {
        failures += 1;
        await put(dynamoDb, 1 + failures);
        throw new Error('not yet');
      }
    },
  });
  await soon(() => keysOf(events).length === 5);
  expect(keysOf(events)).toEqual(['0001', '0001', '0001', '0002', '0003']);
  expect(events[1]).toEqual(events[0]);
  expect(reported).toMatchObject([{ cause: { message: 'not yet' } }, { cause: { message: 'not yet' } }]);
});

test('a handler goes on with the first record that it says has failed', async () => {
  const dynamoDb = await testDynamoDb();
  for (const number of [1, 2, 3]) {
    await put(dynamoDb, number);
  }
  let isFirst = true;
  const { events } = await poll(dynamoDb, {
    handler: async ({ Records }) => {
      const failed = isFirst ? Records.slice(1).toReversed() : [];
      isFirst = false;
      return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
    },
  });
  await soon(() => keysOf(events).length === 5);
  expect(keysOf(events)).toEqual(['0001', '0002', '0003', '0002', '0003']);
});

test('stopping takes no time while nothing happens, nothing arrives after it, and no timer or socket is left', async () => {
  const dynamoDb = await testDynamoDb();
  const resources = () => process.getActiveResourcesInfo().filter((name) => /Timeout|TCPSocketWrap/.test(name)).length;
  await put(dynamoDb, 0);
  const before = resources();
  const { events, reported, stop } = await poll(dynamoDb, { pollMs: 60_000 });
  await put(dynamoDb, 1);
  await soon(() => keysOf(events).length > 0);
  const asked = performance.now();
  await stop();
  expect(performance.now() - asked).toBeLessThan(1_000);
  await soon(() => resources() <= before);
  const arrived = keysOf(events).length;
  await put(dynamoDb, 2);
  const again = await poll(dynamoDb);
  await soon(() => keysOf(again.events).length === 3);
  expect(keysOf(events)).toHaveLength(arrived);
  expect(reported).toEqual([]);
});

test('stopping waits for the handler', async () => {
  const dynamoDb = await testDynamoDb();
  await put(dynamoDb, 1);
  const open = Promise.withResolvers<void>();
  const { events, stop } = await poll(dynamoDb, { handler: () => open.promise });
  await soon(() => events.length === 1);
  const stopped = stop();
  expect(await Promise.race([stopped.then(() => 'stopped'), delay(0, 'waiting')])).toBe('waiting');
  open.resolve();
  await stopped;
});

test('what cannot be polled', async () => {
  const dynamoDb = await testDynamoDb();
  await expect(poll(dynamoDb, { tableName: dynamoDb.names.state })).rejects.toThrow('has no stream');
  await expect(poll(dynamoDb, { tableName: 'not-there' })).rejects.toThrow('non-existent table');
  await expect(poll(dynamoDb, { batchSize: 0 })).rejects.toThrow(RangeError);
  await expect(poll(dynamoDb, { batchSize: 1_001 })).rejects.toThrow(RangeError);
});

async function testDynamoDb(): Promise<TestDynamoDb> {
  const dynamoDb = await dynamoDbForTest();
  onTestFinished(() => dynamoDb.stop());
  return dynamoDb;
}

/** Polls the events table until the end of the test; `events` are those that the handler gets. */
async function poll({ endpoint, names }: TestDynamoDb, options: Partial<StreamPollerOptions> = {}) {
  const { handler = async () => undefined } = options;
  const events: DynamoDBStreamEvent[] = [];
  const reported: unknown[] = [];
  const poller = await startStreamPoller({
    endpoint,
    tableName: names.events,
    reportError: (error) => reported.push(error),
    ...options,
    handler: (event) => {
      events.push(event);
      return handler(event);
    },
  });
  onTestFinished(() => poller.stop());
  return { events, reported, stop: () => poller.stop() };
}

function put({ client, names }: TestDynamoDb, number: number) {
  return client.send(
    new PutItemCommand({
      TableName: names.events,
      Item: {
        PK: { S: 'a' },
        SK: { S: String(number).padStart(4, '0') },
        count: { N: String(number) },
        body: { B: new Uint8Array([0x1f, 0x8b, 0xff]) },
        parts: { L: [{ M: { one: { BS: [new Uint8Array([1])] } } }, { NULL: true }] },
      },
    }),
  );
}

function keysOf(events: readonly DynamoDBStreamEvent[]): (string | undefined)[] {
  return events.flatMap(({ Records }) => Records.map(({ dynamodb }) => dynamodb?.Keys?.['SK']?.S));
}
