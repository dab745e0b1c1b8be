import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createHttpApp } from '../http/app.ts';
import type { Operation } from '../http/operation.ts';
import { createProjectionContext } from '../projections/context.ts';
import type { Projection } from '../projections/definition.ts';
import { createReadModels } from '../projections/read-model.ts';
import { createEventStore } from '../store/event-store.ts';
import { type TableNames, tableNames } from '../tables/definitions.ts';
import { dynamoDbTables } from '../tables/dynamodb-tables.ts';
import type { Tables } from '../tables/tables.ts';
import { createTables, deleteTables } from './create-tables.ts';
import { dataFolderHolder } from './data-folder.ts';
import { startDynamoDb } from './find-dynamodb.ts';
import { checkHttpPort } from './http-port.ts';
import { localDynamoDbClient } from './local-client.ts';
import { type LocalProjections, startLocalProjections } from './local-projections.ts';
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
  /** To run beside the API. */
  readonly projections: (tables: Tables) => readonly Projection[];
  /** What to serve beside the API. */
  readonly operations: (tables: Tables) => readonly Operation[];
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
 * Tidemark on one machine: DynamoDB, its tables, the sequencer, projections and the HTTP API. Resolves when requests can be sent.
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
    const endpoint = dynamoDb.endpoint;
    parts.sequencer = await startLocalSequencer({ endpoint, names, tables, reportError: console.error });
    const context = createProjectionContext(tables);
    const projections = options.projections(tables);
    parts.projections = await startLocalProjections({
      endpoint,
      names,
      context,
      projections,
      reportError: console.error,
    });
    const readModels = createReadModels(context);
    const app = createHttpApp(createEventStore({ tables }), {
      readModels,
      more: options.operations(tables),
      closing: parts.closing.signal,
    });
    const http = await serveHttp(app, port);
    return {
      url: http.url,
      dynamoDbEndpoint: endpoint,
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
  projections?: LocalProjections;
  /** Ends requests that wait for something. */
  readonly closing: AbortController;
  readonly forget?: TableNames;
  readonly client: DynamoDBClient;
  readonly dynamoDb: RunningDynamoDb;
}

/** In the order of who needs whom. */
async function stop({ closing, http, sequencer, projections, forget, client, dynamoDb }: Parts): Promise<void> {
  try {
    closing.abort();
    await http?.stop();
    await sequencer?.stop();
    await projections?.stop();
    if (forget !== undefined) {
      await deleteTables(client, forget);
    }
  } finally {
    client.destroy();
    await dynamoDb.stop();
  }
}
