import { resolve } from 'node:path';
import { startBundledDynamoDb } from './bundled-dynamodb.ts';
import { CannotStart, reasonOf } from './cannot-start.ts';
import { findDocker, startDockerDynamoDb } from './docker-dynamodb.ts';
import { firstCommand } from './first-command.ts';
import { useEndpoint } from './given-endpoint.ts';
import { JAVA_VERSION_MIN, javaVersion } from './java.ts';
import type { RunningDynamoDb, Say, Storage } from './running-dynamodb.ts';

export type StartDynamoDbOptions = Storage & {
  /** Of a DynamoDB that already runs; then nothing is started. */
  readonly endpoint?: string | undefined;
  readonly say: Say;
};

/**
 * Finds a DynamoDB: the one at `endpoint`, otherwise DynamoDB Local in Docker, otherwise DynamoDB Local on Java, of the
 * npm package. What is started ends with this process, however that ends, and its data folder is its own.
 *
 * Throws `CannotStart` where there is none of them, where `endpoint` does not answer, or where the data folder is in
 * use.
 */
export async function startDynamoDb(options: StartDynamoDbOptions): Promise<RunningDynamoDb> {
  const { endpoint, say } = options;
  if (endpoint !== undefined) {
    return useEndpoint(endpoint);
  }
  // An absolute path: the processes that write to it have other working folders.
  const storage: Storage = options.inMemory
    ? { inMemory: true }
    : { inMemory: false, dataFolder: resolve(options.dataFolder) };
  return (await inDocker(storage, say)) ?? (await onJava(storage, say));
}

/** An engine that runs but cannot start the container (no network, no rights to the folder) is no reason to give up. */
async function inDocker(storage: Storage, say: Say): Promise<RunningDynamoDb | undefined> {
  const docker = await findDocker();
  if (docker === undefined) {
    return undefined;
  }
  say('Starting DynamoDB Local (Docker; the first time it is downloaded) …');
  try {
    return await answering(await startDockerDynamoDb(docker, storage, say));
  } catch (error) {
    if (error instanceof CannotStart) {
      throw error;
    }
    say(`Docker could not start DynamoDB Local: ${reasonOf(error)}`);
    return undefined;
  }
}

async function onJava(storage: Storage, say: Say): Promise<RunningDynamoDb> {
  const version = await javaVersion();
  if (version === undefined || version < JAVA_VERSION_MIN) {
    const found = version === undefined ? '' : ` (this is Java ${version})`;
    throw new CannotStart(
      `There is no DynamoDB to run on: install Java ${JAVA_VERSION_MIN} or later${found}, or start Docker, or set DYNAMODB_ENDPOINT to the URL of a DynamoDB`,
    );
  }
  say(`Starting DynamoDB Local (bundled, Java ${version}) …`);
  return startBundledDynamoDb(storage, say);
}

/** Answering HTTP is not enough: without rights to its folder DynamoDB Local answers no command. */
async function answering(dynamoDb: RunningDynamoDb): Promise<RunningDynamoDb> {
  const first = await firstCommand(dynamoDb.endpoint);
  if (first.outcome !== 'ready') {
    await dynamoDb.stop();
    throw new Error(first.outcome === 'failed' ? first.reason : 'it does not listen any more');
  }
  return dynamoDb;
}
