/** Lambda function: puts into the log what no record has told the sequencer of. Triggered by a schedule. */
import { setTimeout as delay } from 'node:timers/promises';
import { METRICS } from '../lib/infrastructure/metric-names.ts';
import { SCAN_PAGE_TIME_MS } from '../lib/log/bounds.ts';
import { type ScannedPart, scanOn } from '../lib/log/scan-on.ts';
import { createSequencer } from '../lib/log/sequencer.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { DAMAGE_LINES_MAX } from './bounds.ts';
import { tableNamesFromEnvironment } from './environment.ts';
import { logFailure, logger, tellMetrics, toldHandler } from './telemetry.ts';

const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env, ['events', 'log', 'state']));
const scanContext = { tables, delay: (ms: number) => delay(ms), random: Math.random };

/** How far it has got in this invocation. */
interface ScanAnswer extends Omit<ScannedPart, 'damaged'> {
  /** How many streams cannot be sequenced. */
  readonly damaged: number;
}

export const handler = toldHandler(async (_: unknown, context): Promise<ScanAnswer> => {
  const { damaged, ...part } = await scanOn(scanContext, createSequencer(scanContext), {
    mayGoOn: () => context.getRemainingTimeInMillis() > SCAN_PAGE_TIME_MS,
    now: () => new Date(),
  });
  for (const error of [...damaged.values()].slice(0, DAMAGE_LINES_MAX)) {
    logFailure('A stream is damaged, and passed over', error);
  }
  const answer = { ...part, damaged: damaged.size };
  logger.info('Looked for commits that are not in the log', { ...answer });
  tellMetrics({
    [METRICS.scanFoundCommits]: part.sequenced,
    ...(damaged.size === 0 ? {} : { [METRICS.sequencerDamagedStreams]: damaged.size }),
  });
  return answer;
});
