/** Lambda function: puts what was appended into the log. Triggered by the stream of the Events table. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { ENTRY_TIME_MS } from '../lib/log/bounds.ts';
import { type RecordFailures, sequenceRecords } from '../lib/log/sequence-records.ts';
import { createSequencer } from '../lib/log/sequencer.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { tableNamesFromEnvironment } from './environment.ts';

/** Lives as long as the process does, and so does what it remembers. */
const sequencer = createSequencer({
  tables: dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env)),
  delay: (ms) => delay(ms),
  random: Math.random,
});

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<RecordFailures> {
  return sequenceRecords(sequencer, event.Records, {
    mayGoOn: () => context.getRemainingTimeInMillis() > ENTRY_TIME_MS,
    reportError: console.error,
  });
}
