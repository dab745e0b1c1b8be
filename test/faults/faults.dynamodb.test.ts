/** The short form of `npm run faults`: CONTRIBUTING.md says how to run a longer one. */
import { expect, onTestFinished, test } from 'vitest';
import { startDynamoDb } from '../../lib/local/find-dynamodb.ts';
import { logSeed, seed } from '../seed.ts';
import { READY_MS_MAX, REPEATS_MS_MAX, SETTLE_MS_MAX } from './bounds.ts';
import { runUnderFaults } from './run.ts';

const SECONDS = 15;

logSeed();

// Where a DynamoDB is given, others may use it, and the systems of the run would share their tables with them.
test.skipIf(process.env['DYNAMODB_ENDPOINT'])(
  'whatever DynamoDB, the network and kill -9 do, everything is there once, in order, and projected once',
  async () => {
    const dynamoDb = await startDynamoDb({ inMemory: true, say: console.log });
    onTestFinished(() => dynamoDb.stop());
    const { violations, summary } = await runUnderFaults({
      seed,
      seconds: SECONDS,
      dynamoDb: { endpoint: () => dynamoDb.endpoint },
      rate: 60,
      isSoak: false,
      say: () => undefined,
    });
    expect(violations, summary.join('\n')).toEqual([]);
  },
  READY_MS_MAX + SECONDS * 1_000 + REPEATS_MS_MAX + 2 * SETTLE_MS_MAX,
);
