import { createHttpApp } from '../lib/http/app.ts';
import { lambdaHandler } from '../lib/http/lambda-handler.ts';
import type { Operation } from '../lib/http/operation.ts';
import { createProjectionContext } from '../lib/projections/context.ts';
import { createReadModels } from '../lib/projections/read-model.ts';
import { createEventStore } from '../lib/store/event-store.ts';
import { dynamoDbClient, dynamoDbTables } from '../lib/tables/dynamodb-tables.ts';
import { tableNamesFromEnvironment } from './environment.ts';

/** A function that serves some operations of the API on the tables that the environment names. */
export function apiHandler(operations: readonly Operation[]): ReturnType<typeof lambdaHandler> {
  const tables = dynamoDbTables(dynamoDbClient(), tableNamesFromEnvironment(process.env));
  const readModels = createReadModels(createProjectionContext(tables));
  return lambdaHandler(createHttpApp(createEventStore({ tables }), { operations, readModels }));
}
