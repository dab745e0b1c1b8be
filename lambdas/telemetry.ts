/** What the functions tell: log lines as JSON, and metrics in CloudWatch's embedded metric format. Traces are Lambda's own. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type DescribedError, describeError, type MayTell } from '../lib/events/describe-error.ts';
import type { METRICS } from '../lib/infrastructure/metric-names.ts';

export const logger = new Logger();

const metrics = new Metrics();

type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** Tells the values of metrics at this time, each a number of things. The dimension `service` is always there. */
export function tellMetrics(
  values: Readonly<Partial<Record<MetricName, number>>>,
  dimensions: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(dimensions)) {
    metrics.addDimension(name, value);
  }
  for (const [name, value] of Object.entries(values)) {
    metrics.addMetric(name, MetricUnit.Count, value);
  }
  metrics.publishStoredMetrics();
}

/** Says that something has failed, without what the error holds. */
export function logFailure(message: string, error: unknown, more: Readonly<Record<string, unknown>> = {}): void {
  logger.error(message, { ...more, failure: describeError(error) });
}

/**
 * A handler whose log lines have the ids of its invocation, and whose errors are told without what they hold: Lambda logs every
 * member of an error that a handler throws, and errors of DynamoDB may have items among them.
 *
 * @param mayTell which errors' messages are told. Default: those that quote no event
 */
export function toldHandler<Event, Answer>(
  handle: (event: Event, context: Context) => Promise<Answer>,
  mayTell?: MayTell,
): (event: Event, context: Context) => Promise<Answer> {
  return async (event, context) => {
    logger.resetKeys();
    logger.addContext(context);
    try {
      return await handle(event, context);
    } catch (error) {
      const failure = describeError(error, mayTell);
      logger.error('The invocation has failed', { failure });
      throw bareError(failure);
    }
  };
}

function bareError({ name, message, stack }: DescribedError): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}\n${stack}`;
  return error;
}
