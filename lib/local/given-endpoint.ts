import { Unavailable } from '../events/errors.ts';
import { translateSdkError } from '../tables/translate-sdk-error.ts';
import { ENDPOINT_POLL_MS, ENDPOINT_WAIT_MS } from './bounds.ts';
import { CannotStart, reasonOf } from './cannot-start.ts';
import { dynamoDbTrouble } from './local-client.ts';
import type { RunningDynamoDb } from './running-dynamodb.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Uses a DynamoDB that somebody else runs. Throws `CannotStart` where it is no URL, or nothing answers there within 3
 * s.
 */
export async function useEndpoint(endpoint: string): Promise<RunningDynamoDb> {
  checkUrl(endpoint);
  let trouble: unknown;
  const settled = await waitUntil(
    async () => {
      trouble = await dynamoDbTrouble(endpoint);
      return !isOutOfReach(trouble);
    },
    { limitMs: ENDPOINT_WAIT_MS, pollMs: ENDPOINT_POLL_MS },
  );
  if (trouble !== undefined) {
    throw new CannotStart(
      settled
        ? `DYNAMODB_ENDPOINT ${endpoint} answers, but not as a local DynamoDB: ${oneLine(trouble)}`
        : `DYNAMODB_ENDPOINT ${endpoint} cannot be reached: ${oneLine(trouble)}`,
    );
  }
  return {
    endpoint,
    source: 'endpoint',
    stop: async () => {},
    ended: new Promise(() => {}),
  };
}

function checkUrl(endpoint: string): void {
  const protocol = URL.parse(endpoint)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new CannotStart(`DYNAMODB_ENDPOINT must be a URL such as http://127.0.0.1:8000, but it is "${endpoint}"`);
  }
}

function isOutOfReach(trouble: unknown): boolean {
  return (
    translateSdkError(trouble) instanceof Unavailable || (trouble instanceof Error && trouble.name === 'AbortError')
  );
}

function oneLine(error: unknown): string {
  return reasonOf(error).split('\n', 1)[0] ?? '';
}
