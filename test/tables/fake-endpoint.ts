import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { TableNames } from '../../lib/tables/definitions.ts';
import { dynamoDbClient, dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import type { Tables } from '../../lib/tables/tables.ts';

/** Answers one request; `attempt` counts from 1. */
export type Answer = (
  request: { readonly message: IncomingMessage; readonly body: Buffer; readonly attempt: number },
  response: ServerResponse,
) => void | Promise<void>;

export interface FakeEndpoint {
  /** Tables on the real SDK, whose requests the fake answers. */
  readonly tables: Tables;
  /** What each request asked for: `PutItem`, `Query` …. */
  readonly requests: readonly string[];
}

interface FakeOptions {
  readonly config?: DynamoDBClientConfig;
  readonly names?: Partial<TableNames>;
}

const NAMES: TableNames = { events: 'events', log: 'log', state: 'state', readModels: 'read-models' };

/** Runs a test against a server that answers in DynamoDB's place, with a client of its own, so that each has all its retries. */
export async function withFakeEndpoint(
  answer: Answer,
  run: (fake: FakeEndpoint) => Promise<void>,
  { config = {}, names = NAMES }: FakeOptions = {},
): Promise<void> {
  const requests: string[] = [];
  const server = createServer((message, response) => {
    const received = async () => {
      const body = Buffer.concat(await message.toArray());
      requests.push(String(message.headers['x-amz-target']).replace(/^.*\./, ''));
      await answer({ message, body, attempt: requests.length }, response);
    };
    // A request that was cut off has nobody who waits for its answer.
    received().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The server has no port');
  }
  const client = clientFor(`http://127.0.0.1:${address.port}`, config);
  try {
    await run({ tables: dynamoDbTables(client, names), requests });
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

/** Tidemark's own client, but for where it sends its requests. */
export function clientFor(endpoint: string, config: DynamoDBClientConfig = {}) {
  return dynamoDbClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...config,
  });
}

/** An answer as DynamoDB gives it: an error where the status says so. */
export function answering(status: number, body: object): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  };
}

export function failing(status: number, type: string, rest: object = {}): Answer {
  return answering(status, {
    __type: `com.amazonaws.dynamodb.v20120810#${type}`,
    message: `${type} of the fake`,
    ...rest,
  });
}

/** The first answers one after another, then the last for ever. */
export function inTurn(...answers: readonly [...Answer[], Answer]): Answer {
  return (request, response) => answers[Math.min(request.attempt, answers.length) - 1]?.(request, response);
}
