import { vi } from 'vitest';
import { METRIC_NAMESPACE } from '../../lib/infrastructure/metric-names.ts';
import type { TestDynamoDb } from '../support/dynamodb.ts';

/** Sets what a deployment and Lambda set, for a DynamoDB of the test. Functions read it when they are imported afterwards. */
export function stubFunctionEnvironment({ names, endpoint }: Pick<TestDynamoDb, 'names' | 'endpoint'>): void {
  const environment = {
    EVENTS_TABLE: names.events,
    LOG_TABLE: names.log,
    STATE_TABLE: names.state,
    READ_MODELS_TABLE: names.readModels,
    POWERTOOLS_SERVICE_NAME: 'shop',
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  vi.resetModules();
}
