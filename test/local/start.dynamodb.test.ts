import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { deleteTables } from '../../lib/local/create-tables.ts';
import { findDocker } from '../../lib/local/docker-dynamodb.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
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

  test('what was appended survives Ctrl-C and kill -9, and neither leaves anything behind', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const tidemark = await runReadyTidemark([], { TIDEMARK_DATA });
      await append(tidemark, signal);
      tidemark.child.kill(signal);
      expect(await tidemark.exited).toBe(signal === 'SIGINT' ? 0 : 'SIGKILL');
      expect(await isAllGone([tidemark.url, tidemark.endpoint], TIDEMARK_DATA)).toBe(true);
    }
    const tidemark = await runReadyTidemark([], { TIDEMARK_DATA });
    expect(await read(tidemark)).toEqual(['SIGINT', 'SIGKILL']);
  });

  test('a start right after kill -9 waits for what is left of the old one', async () => {
    const TIDEMARK_DATA = await temporaryFolder();
    const first = await runReadyTidemark([], { TIDEMARK_DATA });
    await append(first, 'first');
    const PORT = new URL(first.url).port;
    first.child.kill('SIGKILL');
    const second = await runReadyTidemark([], { TIDEMARK_DATA, PORT });
    expect(second.url).toBe(first.url);
    expect(await read(second)).toEqual(['first']);
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

  test('two that start in the same moment have a DynamoDB each', async () => {
    const [one, other] = await Promise.all([
      runReadyTidemark([], { TIDEMARK_DATA: await temporaryFolder() }),
      runReadyTidemark([], { TIDEMARK_DATA: await temporaryFolder() }),
    ]);
    expect(one.endpoint).not.toBe(other.endpoint);
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
  test('it leaves it running, with what was appended', async () => {
    const DYNAMODB_ENDPOINT = inject('dynamoDbEndpoint');
    const client = localDynamoDbClient(DYNAMODB_ENDPOINT);
    onTestFinished(() => deleteTables(client, tableNames('tidemark')));
    const first = await runReadyTidemark([], { DYNAMODB_ENDPOINT });
    expect(first.readyLine).toBe(`Tidemark is ready on ${first.url} (DynamoDB at ${DYNAMODB_ENDPOINT})`);
    await append(first, 'first');
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(await read(await runReadyTidemark([], { DYNAMODB_ENDPOINT }))).toEqual(['first']);
  });

  test('in memory it has tables of its own there, and deletes them', async () => {
    const DYNAMODB_ENDPOINT = inject('dynamoDbEndpoint');
    const before = await tablesAt(DYNAMODB_ENDPOINT);
    const tidemark = await runReadyTidemark(['--in-memory'], { DYNAMODB_ENDPOINT });
    const made = (await tablesAt(DYNAMODB_ENDPOINT)).filter((name) => /^tidemark-[0-9a-f]{8}-/.test(name));
    expect(made).toHaveLength(4);
    await append(tidemark, 'forgotten');
    tidemark.child.kill('SIGINT');
    expect(await tidemark.exited).toBe(0);
    expect(before).not.toEqual(expect.arrayContaining(made));
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
