import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findDocker } from '../../lib/local/docker-dynamodb.ts';
import { freePort } from '../../lib/local/free-port.ts';
import { runTidemark, temporaryFolder } from '../support/tidemark-process.ts';

/** Docker cannot be hidden from a process as Java can. */
const hasDocker = (await findDocker()) !== undefined;

test('a PORT that is none', async () => {
  await expectRefusal({ PORT: 'http' }, 'PORT must be a whole number from 0 to 65535, but it is "http"');
});

test('an option that it does not know', async () => {
  await expectRefusal({}, "Unknown option '--memory'; there are --in-memory and --help", ['--memory']);
});

test('a DYNAMODB_ENDPOINT that is no URL', async () => {
  await expectRefusal(
    { DYNAMODB_ENDPOINT: 'localhost:8000' },
    'DYNAMODB_ENDPOINT must be a URL such as http://127.0.0.1:8000, but it is "localhost:8000"',
  );
});

test('nobody at DYNAMODB_ENDPOINT', async () => {
  const DYNAMODB_ENDPOINT = `http://127.0.0.1:${await freePort()}`;
  await expectRefusal(
    { DYNAMODB_ENDPOINT },
    expect.stringContaining(`DYNAMODB_ENDPOINT ${DYNAMODB_ENDPOINT} cannot be reached: connect ECONNREFUSED`),
  );
});

test('something else at DYNAMODB_ENDPOINT', async () => {
  const DYNAMODB_ENDPOINT = `http://127.0.0.1:${await serveHello()}`;
  await expectRefusal(
    { DYNAMODB_ENDPOINT },
    expect.stringContaining(`DYNAMODB_ENDPOINT ${DYNAMODB_ENDPOINT} answers, but not as a local DynamoDB: `),
  );
});

test('a port in use, before DynamoDB is started', async () => {
  const PORT = String(await serveHello());
  await expectRefusal({ PORT }, `Port ${PORT} is in use; stop what uses it, or set PORT to another one`);
});

test('a data folder that is a file', async () => {
  const TIDEMARK_DATA = join(await temporaryFolder(), 'file');
  await writeFile(TIDEMARK_DATA, '');
  await expectRefusal(
    { TIDEMARK_DATA },
    expect.stringMatching(/^Data folder .*file cannot be used \(.*\); set TIDEMARK/),
  );
});

test.skipIf(hasDocker)('neither Java nor Docker', async () => {
  await expectRefusal(
    { PATH: await temporaryFolder() },
    'There is no DynamoDB to run on: install Java 17 or later, or start Docker, ' +
      'or set DYNAMODB_ENDPOINT to the URL of a DynamoDB',
  );
});

test.skipIf(hasDocker)('a Java that is too old', async () => {
  const PATH = await temporaryFolder();
  const java = '#!/bin/sh\necho \'java version "1.8.0_402"\' >&2\n';
  await writeFile(join(PATH, 'java'), java, { mode: 0o755 });
  await expectRefusal({ PATH }, expect.stringContaining('install Java 17 or later (this is Java 8), or start Docker'));
});

test('--help starts nothing', async () => {
  const tidemark = runTidemark(['--help']);
  expect(await tidemark.exited).toBe(0);
  expect(tidemark.printed.out.join('\n')).toMatch(/--in-memory.*PORT.*TIDEMARK_DATA.*DYNAMODB_ENDPOINT/s);
});

/** One line, exit code 1, and nothing that was begun before it. */
async function expectRefusal(
  environment: Readonly<Record<string, string>>,
  line: unknown,
  args: readonly string[] = [],
): Promise<void> {
  const tidemark = runTidemark(args, { TIDEMARK_DATA: await temporaryFolder(), ...environment });
  expect(await tidemark.exited).toBe(1);
  expect(tidemark.printed).toEqual({ out: [], err: [line] });
}

/** The port of a server that is no DynamoDB. */
async function serveHello(): Promise<number> {
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
