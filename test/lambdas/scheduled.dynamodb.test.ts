/** The functions that a schedule triggers, on real tables. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commitKey } from '../../lib/events/stored-commit.ts';
import { createEventStore, dynamoDbTables, type EventStore, type Tables } from '../../lib/index.ts';
import { SCANNED_AGE_MS } from '../../lib/log/bounds.ts';
import { markKey } from '../../lib/log/sequenced-mark.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { sequenceAll } from '../support/logged.ts';
import { expectAllSequenced } from '../support/stored-log.ts';
import { type CapturedOutput, captureOutput } from './captured-output.ts';
import { stubFunctionEnvironment } from './function-environment.ts';
import { lambdaContext } from './lambda-context.ts';

const SCHEDULE = { version: '0', id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
const DIMENSIONS = { service: 'shop' };

let dynamoDb: TestDynamoDb;
let tables: Tables;
let store: EventStore;
let output: CapturedOutput;
beforeEach(async () => {
  dynamoDb = await dynamoDbForTest();
  stubFunctionEnvironment(dynamoDb);
  // Nothing that a schedule triggers has a name for these.
  vi.stubEnv('READ_MODELS_TABLE', undefined);
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  store = createEventStore({ tables, now: () => new Date(Date.now() - 2 * SCANNED_AGE_MS) });
  output = captureOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await dynamoDb.stop();
});

test('the scan puts into the log what no record has told of, and says how much that was', async () => {
  const { handler } = await import('../../lambdas/scan.ts');
  await store.append('Order-1', numbered(2));
  await store.append('Order-2', numbered(1));
  const found = { outcome: 'done', seen: 2, sequenced: 2, damaged: 0 };
  expect(await handler(SCHEDULE, lambdaContext())).toEqual(found);
  await expectAllSequenced(tables);
  expect(output.lines()).toMatchObject([{ level: 'INFO', ...found, function_request_id: expect.any(String) }]);
  expect(output.metrics()).toEqual([
    { namespace: 'Tidemark', dimensions: DIMENSIONS, values: { ScanFoundCommits: 2 } },
  ]);
  output.clear();
  expect(await handler(SCHEDULE, lambdaContext(1))).toEqual({ ...found, sequenced: 0 });
  expect(output.metrics()).toMatchObject([{ values: { ScanFoundCommits: 0 } }]);
});

test('the scan names streams that are damaged, and counts them', async () => {
  const { handler } = await import('../../lambdas/scan.ts');
  await store.append('Order-1', numbered(1));
  await tables.put({ table: 'state', item: { ...markKey('Order-1'), format: 99 } });
  expect(await handler(SCHEDULE, lambdaContext())).toMatchObject({ damaged: 1, sequenced: 0 });
  expect(output.lines()).toMatchObject([
    { level: 'ERROR', failure: { name: 'UnreadableItem', message: expect.stringContaining('SEQUENCED#Order-1') } },
    { level: 'INFO' },
  ]);
  expect(output.metrics()).toMatchObject([{ values: { ScanFoundCommits: 0, SequencerDamagedStreams: 1 } }]);
});

test('verify goes on from where it was, and tells of damage until it is told to begin anew', async () => {
  const { handler } = await import('../../lambdas/verify.ts');
  await store.append('Order-1', numbered(2));
  await sequenceAll(tables);
  expect(await handler(SCHEDULE, lambdaContext())).toMatchObject({ outcome: 'caught-up', position: 2, events: 2 });
  expect(output.metrics()).toEqual([{ namespace: 'Tidemark', dimensions: DIMENSIONS, values: { VerifyDamage: 0 } }]);
  await store.append('Order-2', numbered(1));
  await sequenceAll(tables);
  await tables.put({
    table: 'state',
    over: 'any',
    item: { ...markKey('Order-2'), format: 1, version: 9, position: 3 },
  });
  output.clear();
  expect(await handler(SCHEDULE, lambdaContext())).toMatchObject({ position: 3, events: 1, found: 1, damages: 1 });
  expect(output.lines()).toMatchObject([
    { level: 'ERROR', kind: 'mark-ahead', table: 'state', key: markKey('Order-2'), streamId: 'Order-2' },
    { level: 'INFO', found: 1 },
  ]);
  output.clear();
  expect(await handler(SCHEDULE, lambdaContext())).toMatchObject({ events: 0, found: 0, damages: 1 });
  expect(output.metrics()).toMatchObject([{ values: { VerifyDamage: 1 } }]);
  const mended = { ...markKey('Order-2'), format: 1, version: 1, position: 3 };
  await tables.put({ table: 'state', over: 'any', item: mended });
  expect(await handler({ from: 1 }, lambdaContext())).toMatchObject({ events: 3, found: 0, damages: 0 });
  await expect(handler({ from: 5 }, lambdaContext())).rejects.toThrow('from must be a whole number from 1 to 4');
});

test('verify names so many damages, and counts the rest', { timeout: 120_000 }, async () => {
  const { handler } = await import('../../lambdas/verify.ts');
  for (let stream = 0; stream < 105; stream++) {
    await store.append(`Order-${stream}`, numbered(1));
  }
  await sequenceAll(tables);
  const { items } = await tables.scan('events', { consistency: 'strong' });
  for (const item of items) {
    const Key = { PK: { S: item.PK }, SK: { S: item.SK } };
    await dynamoDb.client.send(new DeleteItemCommand({ TableName: dynamoDb.names.events, Key }));
  }
  expect(await handler(undefined, lambdaContext())).toMatchObject({ found: 105, damages: 105 });
  const named = output.lines().filter(({ kind }) => kind === 'missing-commit');
  expect(named).toHaveLength(100);
  expect(named[0]).toMatchObject({ key: commitKey(String(named[0]?.['streamId']), 1) });
  expect(output.lines()).toContainEqual(expect.objectContaining({ level: 'ERROR', found: 105 }));
  expect(output.metrics()).toMatchObject([{ values: { VerifyDamage: 105 } }]);
});
