import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { DOCKER_PROBE_MS, JAVA_READY_MS } from './bounds.ts';
import { lockDataFolder } from './data-folder.ts';
import { portTrouble } from './free-port.ts';
import { PREFERRED_PORT, type RunningDynamoDb, type Say, type Storage } from './running-dynamodb.ts';

const IMAGE = 'amazon/dynamodb-local:3.3.0';
/** Where DynamoDB Local listens inside of its container. */
const CONTAINER_PORT = 8000;
const CONTAINER_FOLDER = '/tidemark-data';
const FOLDER_LABEL = 'tidemark.data-folder';

/**
 * The Docker engine, or undefined where none runs. Where there is no sign of one this takes no time: the package that
 * asks it takes 0.4 s to load.
 */
export async function findDocker(): Promise<ContainerRuntimeClient | undefined> {
  if (!mayHaveDocker()) {
    return undefined;
  }
  const { getContainerRuntimeClient } = await import('testcontainers');
  return withLimit(
    DOCKER_PROBE_MS,
    getContainerRuntimeClient().catch(() => undefined),
  );
}

function mayHaveDocker(): boolean {
  return (
    process.platform === 'win32' ||
    (process.env['DOCKER_HOST'] ?? '') !== '' ||
    [
      '/var/run/docker.sock',
      join(process.env['XDG_RUNTIME_DIR'] ?? '/run', 'docker.sock'),
      `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
      join(homedir(), '.docker', 'run', 'docker.sock'),
      join(homedir(), '.docker', 'desktop', 'docker.sock'),
      join(homedir(), '.testcontainers.properties'),
    ].some((path) => existsSync(path))
  );
}

/**
 * Starts DynamoDB Local in a container. testcontainers' own watcher removes it after the end of this process, however
 * that ended; it takes about 10 s for that, so a start removes what an earlier one left on the same data folder. Throws
 * `CannotStart` where the data folder is in use, and what Docker says where it fails.
 */
export async function startDockerDynamoDb(
  docker: ContainerRuntimeClient,
  storage: Storage,
  say: Say,
): Promise<RunningDynamoDb> {
  if (storage.inMemory) {
    return running(docker, await startContainer(docker, undefined));
  }
  const { dataFolder } = storage;
  const lock = await lockDataFolder(dataFolder, process.pid, () =>
    say(`Waiting for another Tidemark to let go of ${dataFolder} …`),
  );
  try {
    await removeLeftover(docker, dataFolder);
    const dynamoDb = running(docker, await startContainer(docker, dataFolder));
    const stop = () => dynamoDb.stop().finally(() => lock.release());
    return { ...dynamoDb, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Safe, because we hold the lock of the folder: whoever started that container is gone. */
async function removeLeftover({ container }: ContainerRuntimeClient, dataFolder: string): Promise<void> {
  const leftover = await container.fetchByLabel(FOLDER_LABEL, dataFolder);
  await leftover?.remove({ force: true });
}

async function startContainer(
  docker: ContainerRuntimeClient,
  dataFolder: string | undefined,
): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const jar = ['-jar', 'DynamoDBLocal.jar', '-disableTelemetry', '-sharedDb'];
  const container = new GenericContainer(IMAGE).withStartupTimeout(JAVA_READY_MS).withWaitStrategy(
    // It answers 400 to a request without a command.
    Wait.forHttp('/', CONTAINER_PORT, { abortOnContainerExit: true }).forStatusCode(400),
  );
  if (dataFolder === undefined) {
    return container
      .withCommand([...jar, '-inMemory'])
      .withExposedPorts(CONTAINER_PORT)
      .start();
  }
  const isFree = (await portTrouble(PREFERRED_PORT)) === undefined;
  const user = await userOfFolder(docker);
  return (user === undefined ? container : container.withUser(user))
    .withCommand([...jar, '-dbPath', CONTAINER_FOLDER])
    .withBindMounts([{ source: dataFolder, target: CONTAINER_FOLDER }])
    .withLabels({ [FOLDER_LABEL]: dataFolder })
    .withExposedPorts(isFree ? { container: CONTAINER_PORT, host: PREFERRED_PORT } : CONTAINER_PORT)
    .start();
}

/**
 * Who must write the data, so that the files are the user's: on Linux the container's user ids are the machine's own,
 * except without root, where the container's root is the user. Elsewhere Docker gives every file to the user.
 */
async function userOfFolder({ container }: ContainerRuntimeClient): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return undefined;
  }
  const { SecurityOptions = [] } = await container.dockerode.info();
  return SecurityOptions.some((option: string) => option.includes('rootless'))
    ? '0:0'
    : `${process.getuid?.()}:${process.getgid?.()}`;
}

function running({ container }: ContainerRuntimeClient, started: StartedTestContainer): RunningDynamoDb {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  let stopping = false;
  const onEnd = (how: string) => {
    if (!stopping) {
      end(`its container ended (${how})`);
    }
  };
  void container
    .getById(started.getId())
    .wait()
    .then(({ StatusCode }: { StatusCode: number }) => onEnd(`exit code ${StatusCode}`), onEnd);
  return {
    endpoint: `http://${started.getHost()}:${started.getMappedPort(CONTAINER_PORT)}`,
    source: 'docker',
    stop: async () => {
      stopping = true;
      await started.stop();
    },
    ended,
  };
}

/** The answer, or undefined where there is none in time. */
async function withLimit<Answer>(limitMs: number, answer: Promise<Answer>): Promise<Answer | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const limit = setTimeout(() => resolve(undefined), limitMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(limit);
  }
}
