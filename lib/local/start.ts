import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createHttpApp } from '../http/app.ts';
import { createEventStore } from '../store/event-store.ts';
import { type TableNames, tableNames } from '../tables/definitions.ts';
import { dynamoDbTables } from '../tables/dynamodb-tables.ts';
import { createTables, deleteTables } from './create-tables.ts';
import { dataFolderHolder } from './data-folder.ts';
import { startDynamoDb } from './find-dynamodb.ts';
import { checkHttpPort } from './http-port.ts';
import { localDynamoDbClient } from './local-client.ts';
import { type LocalSequencer, startLocalSequencer } from './local-sequencer.ts';
import type { RunningDynamoDb, Say } from './running-dynamodb.ts';
import { type HttpServer, serveHttp } from './serve-http.ts';

export interface LocalSystemOptions {
  /** Of the HTTP API; 0 for any that is free. */
  readonly port: number;
  /** Start empty, and forget everything at the end. */
  readonly inMemory: boolean;
  /** Where DynamoDB Local keeps its data, if not in memory; made where it is not there. */
  readonly dataFolder: string;
  /** Of a DynamoDB that already runs. Then `dataFolder` is not used, and `inMemory` means tables of its own. */
  readonly dynamoDbEndpoint?: string | undefined;
  readonly say: Say;
}

export interface LocalSystem {
  /** Of the HTTP API, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly dynamoDbEndpoint: string;
  /** Takes no more requests, finishes those under way within 3 s, then stops DynamoDB. */
  stop(): Promise<void>;
  /** Resolves with the reason if DynamoDB ends by itself; then nothing works any more. Never rejects. */
  readonly ended: Promise<string>;
}

/**
 * Tidemark on one machine: DynamoDB, its tables and the HTTP API. Resolves when requests can be sent.
 * Throws `CannotStart` for all that its user can change; then nothing is left running.
 */
export async function startLocalSystem(options: LocalSystemOptions): Promise<LocalSystem> {
  const { port, inMemory, dataFolder, dynamoDbEndpoint, say } = options;
  const usesFolder = !inMemory && dynamoDbEndpoint === undefined;
  await checkHttpPort(port, usesFolder ? dataFolderHolder(dataFolder) : undefined);
  const dynamoDb = await startDynamoDb({ inMemory, dataFolder, endpoint: dynamoDbEndpoint, say });
  const client = localDynamoDbClient(dynamoDb.endpoint);
  // What forgets must not do so with the tables of somebody who shares the DynamoDB.
  const isShared = inMemory && dynamoDb.source === 'endpoint';
  const names = tableNames(isShared ? `tidemark-${randomUUID().slice(0, 8)}` : 'tidemark');
  const parts: Parts = {
    dynamoDb,
    client,
    closing: new AbortController(),
    ...(isShared ? { forget: names } : {}),
  };
  try {
    say('Creating tables …');
    await createTables(client, names);
    const tables = dynamoDbTables(client, names);
    const sequencer = await startLocalSequencer({
      endpoint: dynamoDb.endpoint,
      names,
      tables,
      reportError: console.error,
    });
    parts.sequencer = sequencer;
    const app = createHttpApp(createEventStore({ tables }), { closing: parts.closing.signal });
    const http = await serveHttp(app, port);
    return {
      url: http.url,
      dynamoDbEndpoint: dynamoDb.endpoint,
      stop: () => stop({ ...parts, http }),
      ended: dynamoDb.ended,
    };
  } catch (error) {
    await stop(parts);
    throw error;
  }
}

interface Parts {
  readonly http?: HttpServer;
  sequencer?: LocalSequencer;
  /** Ends requests that wait for something. */
  readonly closing: AbortController;
  readonly forget?: TableNames;
  readonly client: DynamoDBClient;
  readonly dynamoDb: RunningDynamoDb;
}

/** In the order of who needs whom. */
async function stop({ closing, http, sequencer, forget, client, dynamoDb }: Parts): Promise<void> {
  try {
    closing.abort();
    await http?.stop();
    await sequencer?.stop();
    if (forget !== undefined) {
      await deleteTables(client, forget);
    }
  } finally {
    client.destroy();
    await dynamoDb.stop();
  }
}
