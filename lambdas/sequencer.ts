/** Lambda function: puts what was appended into the log. Triggered by the stream of the Events table. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { METRICS } from '../lib/infrastructure/metric-names.ts';
import { ENTRY_TIME_MS } from '../lib/log/bounds.ts';
import { type RecordFailures, sequenceRecords } from '../lib/log/sequence-records.ts';
import { createSequencer } from '../lib/log/sequencer.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { tableNamesFromEnvironment } from './environment.ts';
import { logFailure, tellMetrics, toldHandler } from './telemetry.ts';

/** Lives as long as the process does, and so does what it remembers. */
const sequencer = createSequencer({
  tables: dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env, ['events', 'log', 'state'])),
  delay: (ms) => delay(ms),
  random: Math.random,
});

export const handler = toldHandler(async (event: DynamoDBStreamEvent, context): Promise<RecordFailures> => {
  let damaged = 0;
  const failures = await sequenceRecords(sequencer, event.Records, {
    mayGoOn: () => context.getRemainingTimeInMillis() > ENTRY_TIME_MS,
    reportError: (error) => {
      damaged += 1;
      logFailure('A stream is damaged, and passed over', error);
    },
  });
  // Only where there are some: this function may run many times a second.
  if (damaged > 0) {
    tellMetrics({ [METRICS.sequencerDamagedStreams]: damaged });
  }
  return failures;
});
