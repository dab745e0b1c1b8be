/**
 * Lambda function: verifies what is new in the log, and goes on where it has ended the last time. Triggered by a schedule; whoever invokes
 * it with `{"from": 1}` has the whole log verified again, by as many invocations as that takes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { quotesNoEvent } from '../lib/events/describe-error.ts';
import { InvalidArgument } from '../lib/events/errors.ts';
import { METRICS } from '../lib/infrastructure/metric-names.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { PART_TIME_MS } from '../lib/verify/bounds.ts';
import type { Damage } from '../lib/verify/damage.ts';
import { type VerifiedOn, verifyOn } from '../lib/verify/verify-on.ts';
import { DAMAGE_LINES_MAX } from './bounds.ts';
import { tableNamesFromEnvironment } from './environment.ts';
import { memberOf } from './member-of.ts';
import { logger, tellMetrics, toldHandler } from './telemetry.ts';

const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env, ['events', 'log', 'state']));
const readContext = { tables, delay: (ms: number) => delay(ms), random: Math.random };

/** What is wrong with an argument is for whoever has invoked it: no event is among them. */
const mayTell = (error: Error) => error instanceof InvalidArgument || quotesNoEvent(error);

export const handler = toldHandler(async (event: unknown, context): Promise<VerifiedOn> => {
  let named = 0;
  const result = await verifyOn(readContext, {
    // A schedule's event has none.
    from: memberOf(event, 'from'),
    mayGoOn: () => context.getRemainingTimeInMillis() > PART_TIME_MS,
    now: () => new Date(),
    onDamage: (damage) => {
      named += 1;
      if (named <= DAMAGE_LINES_MAX) {
        logDamage(damage);
      }
    },
  });
  if (result.found > DAMAGE_LINES_MAX) {
    logger.error('There is more damage than is named here: run "tidemark verify"', { found: result.found });
  }
  logger.info('Verified the log', { ...result });
  tellMetrics({ [METRICS.verifyDamage]: result.damages });
  return result;
}, mayTell);

function logDamage({ message, ...damage }: Damage): void {
  logger.error(message, { ...damage });
}
