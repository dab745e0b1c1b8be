/** What the Lambda function of a projection is made of. Each projection has a function of its own, so that none holds up another. */
import type { Context } from 'aws-lambda';
import { describeError } from '../lib/events/describe-error.ts';
import { METRICS } from '../lib/infrastructure/metric-names.ts';
import { createProjectionContext } from '../lib/projections/context.ts';
import type { Projection } from '../lib/projections/definition.ts';
import type { FailedEvent } from '../lib/projections/fold.ts';
import { createReadModels, type ReadModels } from '../lib/projections/read-model.ts';
import { createProjectionRunner, type RunResult } from '../lib/projections/runner.ts';
import type { Failure } from '../lib/projections/stored-checkpoint.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import type { Tables } from '../lib/tables/tables.ts';
import { TRANSACTION_TIME_MS } from './bounds.ts';
import { correlationIdsAmong } from './correlation-ids.ts';
import { tableNamesFromEnvironment } from './environment.ts';
import { memberOf } from './member-of.ts';
import { logger, tellMetrics, toldHandler } from './telemetry.ts';

/** A projection follows the log with the commits that it names, and keeps documents and its checkpoint. */
const USED_TABLES = ['events', 'log', 'state', 'readModels'] as const;

/** How a run has ended; `more`: there is more to do, and there was no time for it. */
export interface ProjectionAnswer extends RunResult {
  /** Of a stream: the last record where there is more, so that it comes again. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * A function that works on a projection until it has caught up, or its time is nearly over. What triggers it is only a wake-up, whose
 * content does not count: the log says what there is to do. So any trigger does, and any number of them:
 *
 * - the stream of the Log table, with `ReportBatchItemFailures`, and without limits of retries and age: the one that makes it prompt;
 * - a schedule of a minute or so beside it: it goes on with what nothing else would, such as after `redrive`;
 * - a queue, or somebody by hand, who invokes it again while the answer is `more`.
 *
 * Where there is more, the answer to a stream names the last record as failed. Lambda then invokes it again with that record, as often
 * as it takes, which may be thousands of times while a new version is built. It is not an error that is thrown: that would count
 * among the function's errors, which alarms watch, and bring back the whole batch. To a queue nothing is named, because a message that
 * comes back a few times ends in the dead-letter queue: there it is the schedule that goes on.
 *
 * An error that is thrown (DynamoDB is away, what is stored is damaged) lets Lambda try again as it does for each trigger. An event
 * that the projection cannot handle is none: it is set aside, or halts the projection, and `GET /projections` says so.
 *
 * @param defined the projection, or what makes it of the tables: a process manager needs them for its commands
 */
export function projectionHandler(
  defined: Projection | ((tables: Tables) => Projection),
): (event: unknown, context: Context) => Promise<ProjectionAnswer> {
  const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env, USED_TABLES));
  const projection = typeof defined === 'function' ? defined(tables) : defined;
  const projectionContext = createProjectionContext(tables);
  const readModels = createReadModels(projectionContext);
  /** Lives as long as the process does, and so does what it remembers. */
  const runner = createProjectionRunner(projectionContext, projection);
  return toldHandler(async (event, context) => {
    logger.appendKeys({ projection: projection.name });
    const result = await runner.run({
      mayGoOn: () => context.getRemainingTimeInMillis() > TRANSACTION_TIME_MS,
      onFailure: logFailedEvent,
    });
    log(projection, result);
    await tell(readModels, projection, result);
    const last = result.outcome === 'more' ? lastSequenceNumber(event) : undefined;
    return { ...result, batchItemFailures: last === undefined ? [] : [{ itemIdentifier: last }] };
  });
}

/**
 * Without the error's message, which the projection's own code has made, maybe of the event's data. `GET /projections` has it, for those
 * who may read.
 */
function logFailedEvent({ event, error }: FailedEvent, { attempts, isHalted }: Failure): void {
  const { id, type, streamId, version, position, metadata } = event;
  const [correlationId] = correlationIdsAmong([metadata.correlationId]);
  const { name, stack } = describeError(error);
  const line = { eventId: id, type, streamId, version, position, correlationId, attempts, failure: { name, stack } };
  if (isHalted) {
    logger.error('An event has failed too often: the projection halts', line);
  } else {
    logger.warn('An event has failed, and is tried again', line);
  }
}

/** What nobody who waits would be told. */
function log({ version }: Projection, { outcome, failure }: RunResult): void {
  if (outcome === 'halted') {
    const { position, eventId, type, since } = failure ?? {};
    logger.error('The projection stands until redrive', { position, eventId, type, since });
  }
  if (outcome === 'outdated') {
    logger.error('There is a newer version of the projection than that of this function, which does nothing', {
      version,
    });
  }
}

/**
 * Tells how the projection is, also where there was nothing to do: the schedule wakes the function every minute, and an alarm needs
 * something to look at. Where it has not caught up with the log, its status is read: of the build that readers get, and one beside it.
 */
async function tell(readModels: ReadModels, { name }: Projection, { outcome, parked }: RunResult): Promise<void> {
  const isCaughtUp = outcome === 'caught-up';
  const statuses = isCaughtUp ? [] : await readModels.statuses(name);
  const isHalted = statuses.some(({ state }) => state === 'halted');
  tellMetrics(
    {
      [METRICS.projectionLag]: statuses[0]?.lag ?? 0,
      [METRICS.projectionHalted]: isHalted ? 1 : 0,
      [METRICS.projectionParked]: isCaughtUp ? parked : statuses.reduce((sum, status) => sum + status.parked, 0),
    },
    { projection: name },
  );
}

/** Of the last record of a stream; undefined for any other event. */
function lastSequenceNumber(event: unknown): string | undefined {
  const records = memberOf(event, 'Records');
  const number = Array.isArray(records) ? memberOf(memberOf(records.at(-1), 'dynamodb'), 'SequenceNumber') : undefined;
  return typeof number === 'string' ? number : undefined;
}
