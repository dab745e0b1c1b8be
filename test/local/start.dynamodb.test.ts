import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { deleteTables } from '../../lib/local/create-tables.ts';
import { findDocker } from '../../lib/local/docker-dynamodb.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { createEventStore } from '../../lib/store/event-store.ts';
import { tableNames } from '../../lib/tables/definitions.ts';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import {
  childrenOf,
  haveEnded,
  isAllGone,
  type ReadyTidemark,
  runReadyTidemark,
  runTidemark,
  runUnderNpm,
  temporaryFolder,
} from '../support/tidemark-process.ts';

// Where a DynamoDB is given, it may be the only one that this machine has: these tests start their own.
const OWN_DYNAMODB = process.env['DYNAMODB_ENDPOINT'] ? describe.skip : describe;
// A container is no process of ours; testcontainers watches over it.
const BUNDLED = (await findDocker()) === undefined ? OWN_DYNAMODB : describe.skip;

OWN_DYNAMODB('with a data folder', () => {
  test('it says what it does, then where it is', async () => {
    const TIDEMARK_DATA = join(await temporaryFolder(), 'made', 'by', 'start');
    const tidemark = await runReadyTidemark([], { TIDEMARK_DATA });
    expect(tidemark.printed.out).toEqual([
      expect.stringMatching(/^Starting DynamoDB Local \(.*\) …$/),
      'Creating tables …',
      expect.stringContaining(`, data in ${TIDEMARK_DATA})`),
    ]);
    expect(tidemark.printed.err).toEqual([]);
    expect((await fetch(`${tidemark.url}/health`)).status).toBe(200);
  });

  test('what was appended survives Ctrl-C, and kill -9 with a new start on the same port right after it', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const first = await runReadyTidemark([], { TIDEMARK_DATA });
    await append(first, 'before Ctrl-C');
    first.child.kill('SIGINT');
    expect(await first.exited).toBe(0);
    expect(await isAllGone([first.url, first.endpoint], TIDEMARK_DATA)).toBe(true);
    const second = await runReadyTidemark([], { TIDEMARK_DATA });
    await append(second, 'before kill -9');
    second.child.kill('SIGKILL');
    const third = await runReadyTidemark([], { TIDEMARK_DATA, PORT: new URL(second.url).port });
    expect(third.url).toBe(second.url);
    expect(await read(third)).toEqual(['before Ctrl-C', 'before kill -9']);
  });

  test('a second one on the same folder is refused, and the first one goes on', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const first = await runReadyTidemark([], { TIDEMARK_DATA });
    const second = runTidemark([], { TIDEMARK_DATA });
    expect(await second.exited).toBe(1);
    expect(second.printed.err).toEqual([
      `Data folder ${TIDEMARK_DATA} is in use by another Tidemark (process ${first.child.pid}); ` +
        'stop it, or set TIDEMARK_DATA to another folder',
    ]);
    await append(first, 'still there');
  });

  test('two that start in the same moment have a DynamoDB each, and kill -9 leaves nothing behind', async () => {
    const folders = [await temporaryFolder(), await temporaryFolder()];
    const started = await Promise.all(folders.map((TIDEMARK_DATA) => runReadyTidemark([], { TIDEMARK_DATA })));
    expect(started[0]?.endpoint).not.toBe(started[1]?.endpoint);
    for (const { child } of started) {
      child.kill('SIGKILL');
    }
    for (const [index, { url, endpoint }] of started.entries()) {
      expect(await isAllGone([url, endpoint], folders[index])).toBe(true);
    }
  });

  test('the end of npm is its end', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const npm = await runUnderNpm({ TIDEMARK_DATA });
    npm.child.kill('SIGKILL');
    expect(await isAllGone([npm.url, npm.endpoint], TIDEMARK_DATA)).toBe(true);
  });
});

BUNDLED('with the bundled DynamoDB Local', () => {
  test.each([1, 2])('Ctrl-C while it starts, with %i processes below it, leaves none', async (depth) => {
    const tidemark = runTidemark([], { TIDEMARK_DATA: await temporaryFolder() });
    await tidemark.line(/^Starting DynamoDB Local/);
    const [guard] = await childrenOf(tidemark.child.pid);
    const below = depth === 1 ? [guard] : [guard, ...(await childrenOf(guard))];
    tidemark.child.kill('SIGINT');
    expect(await tidemark.exited).toBe(0);
    expect(await haveEnded(below)).toBe(true);
  });

  test('it ends where DynamoDB does, and says so', async () => {
    const tidemark = await runReadyTidemark([], { TIDEMARK_DATA: await temporaryFolder() });
    const [guard] = await childrenOf(tidemark.child.pid);
    const below = await childrenOf(guard);
    for (const pid of below) {
      process.kill(pid, 'SIGKILL');
    }
    expect(await tidemark.exited).toBe(1);
    expect(tidemark.printed.err).toEqual(['DynamoDB ended unexpectedly: SIGKILL']);
    expect(await haveEnded([guard, ...below])).toBe(true);
  });

  test('killing it and its guard at once still leaves no process behind', async () => {
    const tidemark = await runReadyTidemark([], { TIDEMARK_DATA: await temporaryFolder() });
    const [guard] = await childrenOf(tidemark.child.pid);
    const below = await childrenOf(guard);
    for (const pid of [guard, tidemark.child.pid]) {
      process.kill(pid ?? 0, 'SIGKILL');
    }
    expect(await haveEnded(below)).toBe(true);
  });
});

OWN_DYNAMODB('in memory', () => {
  test('two run at once, each with its own data, and nothing in the data folder', async () => {
    const TIDEMARK_DATA = join(await temporaryFolder(), 'not-made');
    const [one, other] = await Promise.all([
      runReadyTidemark(['--in-memory'], { TIDEMARK_DATA }),
      runReadyTidemark(['--in-memory'], { TIDEMARK_DATA }),
    ]);
    expect(one.readyLine).toContain(', in memory)');
    await append(one, 'of one');
    await append(other, 'of the other');
    expect([await read(one), await read(other)]).toEqual([['of one'], ['of the other']]);
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
    expect(await isAllGone([one.url, one.endpoint])).toBe(true);
    expect(await read(other)).toEqual(['of the other']);
    expect(existsSync(TIDEMARK_DATA)).toBe(false);
  });
});

describe('on a DynamoDB that already runs', () => {
  afterAll(async () => {
    const client = localDynamoDbClient(inject('dynamoDbEndpoint'));
    await deleteTables(client, tableNames('tidemark'));
    client.destroy();
  });

  test('it leaves it running, with what was appended', async () => {
    const DYNAMODB_ENDPOINT = inject('dynamoDbEndpoint');
    const first = await runReadyTidemark([], { DYNAMODB_ENDPOINT });
    expect(first.readyLine).toBe(`Tidemark is ready on ${first.url} (DynamoDB at ${DYNAMODB_ENDPOINT})`);
    await append(first, 'first');
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(await read(await runReadyTidemark([], { DYNAMODB_ENDPOINT }))).toEqual(['first']);
  });

  test('a second Ctrl-C does not wait for requests under way', async () => {
    const tidemark = await runReadyTidemark([], { DYNAMODB_ENDPOINT: inject('dynamoDbEndpoint') });
    await beginRequest(tidemark);
    tidemark.child.kill('SIGINT');
    await tidemark.line(/^Stopping …$/);
    const hasEnded = () => tidemark.child.kill('SIGINT') && tidemark.child.exitCode !== null;
    await waitUntil(hasEnded, { limitMs: 2_000, pollMs: 50 });
    expect(await tidemark.exited).toBe(130);
  });

  test('in memory it has tables of its own there, and deletes them', async () => {
    const DYNAMODB_ENDPOINT = inject('dynamoDbEndpoint');
    const before = await tablesAt(DYNAMODB_ENDPOINT);
    const tidemark = await runReadyTidemark(['--in-memory'], { DYNAMODB_ENDPOINT });
    const made = (await tablesAt(DYNAMODB_ENDPOINT)).filter(
      (name) => /^tidemark-[0-9a-f]{8}-/.test(name) && !before.includes(name),
    );
    expect(made).toHaveLength(4);
    await append(tidemark, 'forgotten');
    tidemark.child.kill('SIGINT');
    expect(await tidemark.exited).toBe(0);
    expect(await tablesAt(DYNAMODB_ENDPOINT)).not.toEqual(expect.arrayContaining(made));
  });
});

async function append({ url }: ReadyTidemark, type: string): Promise<void> {
  const response = await fetch(`${url}/streams/Order-1`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ events: [{ type, data: {} }] }),
  });
  expect(response.status, await response.text()).toBe(201);
}

/** Sends a request without the end of its body; resolves when it has arrived. */
async function beginRequest({ url }: ReadyTidemark): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  // The server answers the first line at once, which says that it has begun to read the rest.
  socket.write('POST /streams/Order-1 HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n');
  socket.write('Content-Length: 100\r\nExpect: 100-continue\r\n\r\n');
  await once(socket, 'data');
}

/** The types of the events of the one stream. */
async function read({ endpoint }: ReadyTidemark): Promise<string[]> {
  const client = localDynamoDbClient(endpoint);
  const store = createEventStore({ tables: dynamoDbTables(client, tableNames('tidemark')) });
  const { events } = await store.read('Order-1');
  client.destroy();
  return events.map(({ type }) => type);
}

async function tablesAt(endpoint: string): Promise<string[]> {
  const client = localDynamoDbClient(endpoint);
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  client.destroy();
  return TableNames;
}
