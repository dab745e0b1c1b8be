/** What the Lambda function of a projection is made of. Each projection has a function of its own, so that none holds up another. */
import type { Context } from 'aws-lambda';
import { createProjectionContext } from '../lib/projections/context.ts';
import type { Projection } from '../lib/projections/definition.ts';
import { createProjectionRunner, type RunResult } from '../lib/projections/runner.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { TRANSACTION_TIME_MS } from './bounds.ts';
import { tableNamesFromEnvironment } from './environment.ts';

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
 */
export function projectionHandler(
  projection: Projection,
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<ProjectionAnswer> {
  const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env));
  /** Lives as long as the process does, and so does what it remembers. */
  const runner = createProjectionRunner(createProjectionContext(tables), projection);
  return async (event, context) => {
    const result = await runner.run({ mayGoOn: () => context.getRemainingTimeInMillis() > TRANSACTION_TIME_MS });
    report(projection, result);
    const last = result.outcome === 'more' ? lastSequenceNumber(event) : undefined;
    return { ...result, batchItemFailures: last === undefined ? [] : [{ itemIdentifier: last }] };
  };
}

/** What nobody who waits would be told. */
function report({ name, version }: Projection, { outcome, failure }: RunResult): void {
  if (outcome === 'halted') {
    console.error(`Projection ${name} has halted`, failure);
  }
  if (outcome === 'outdated') {
    console.error(`Projection ${name} has a newer version than ${version}, which this function has; it does nothing`);
  }
}

/** Of the last record of a stream; undefined for any other event. */
function lastSequenceNumber(event: unknown): string | undefined {
  const records = memberOf(event, 'Records');
  const number = Array.isArray(records) ? memberOf(memberOf(records.at(-1), 'dynamodb'), 'SequenceNumber') : undefined;
  return typeof number === 'string' ? number : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
