import type { Context } from 'aws-lambda';
import { createHttpApp } from '../lib/http/app.ts';
import { type HttpApiEvent, type HttpApiResult, lambdaHandler } from '../lib/http/lambda-handler.ts';
import type { Operation } from '../lib/http/operation.ts';
import { createProjectionContext } from '../lib/projections/context.ts';
import { createReadModels } from '../lib/projections/read-model.ts';
import { createEventStore } from '../lib/store/event-store.ts';
import type { Table } from '../lib/tables/definitions.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import type { Tables } from '../lib/tables/tables.ts';
import { correlationIdsOf } from './correlation-ids.ts';
import { tableNamesFromEnvironment } from './environment.ts';
import { logFailure, logger, toldHandler } from './telemetry.ts';

/**
 * A function that serves some operations of the API on the tables that they use, which the environment names.
 *
 * @param more what it serves besides, of a domain
 */
export function apiHandler(
  operations: readonly Operation[],
  used: readonly Table[],
  more: (tables: Tables) => readonly Operation[] = () => [],
): (event: HttpApiEvent & Identified, context: Context) => Promise<HttpApiResult> {
  const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env, used));
  const readModels = createReadModels(createProjectionContext(tables));
  const reportError = (error: unknown) => logFailure('A request has failed', error);
  const options = { operations, more: more(tables), readModels, reportError };
  const handle = lambdaHandler(createHttpApp(createEventStore({ tables }), options));
  return toldHandler(async (event) => {
    const requestId = event?.requestContext?.requestId;
    if (typeof requestId === 'string') {
      logger.setCorrelationId(requestId);
    }
    const result = await handle(event);
    log(event, result);
    return result;
  });
}

/** What API Gateway says of a request besides. */
export interface Identified {
  readonly requestContext: { readonly requestId?: string; readonly routeKey?: string };
}

/**
 * A line for each request costs more than the request: only those that have failed, unless the level is DEBUG. The route and not the
 * path, in which keys of documents stand.
 */
function log(event: HttpApiEvent & Identified, { statusCode: status }: HttpApiResult): void {
  const route = event?.requestContext?.routeKey;
  if (status >= 500) {
    const correlationIds = correlationIdsOf(event);
    logger.error('A request was answered with a fault of the server', { route, status, correlationIds });
  } else {
    logger.debug('A request was answered', { route, status });
  }
}
