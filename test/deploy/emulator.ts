/** AWS on this machine: the emulator as a process of its own, which leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../lib/local/free-port.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { installedEmulator } from './install-emulator.ts';

export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';
/** To the emulator an access key that is an account's number is the root user of that account. */
export const ROOT = { accessKeyId: ACCOUNT, secretAccessKey: 'secret-of-root' } as const;

/** It answers after 1 s here. */
const READY = { limitMs: 30_000, pollMs: 50 };
const LOG_CHARS = 12_000;

const MAIN = fileURLToPath(new URL('start_emulator.py', import.meta.url));

export interface Emulator {
  /** Of all services of AWS. */
  readonly endpoint: string;
  /** What the AWS SDK and the CDK find the emulator with, and nothing else of this process's environment that concerns AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that is deleted when the emulator stops. */
  readonly folder: string;
  /** The end of what it has written, with the output of the functions. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts an empty AWS that only this machine can reach, over TLS, and that decides by IAM policies. */
export async function startEmulator(): Promise<Emulator> {
  const python = await installedEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-deploy-'));
  const port = await freePort();
  const logFile = join(folder, 'emulator.log');
  const emulator = spawnEmulator(python, folder, port, logFile);
  const stop = cleanUpAfterMe(emulator.pid, folder);
  const endpoint = `https://127.0.0.1:${port}`;
  const certificate = join(folder, 'ministack-tls', 'server.crt');
  const ready = await waitUntil(
    async () => hasEnded(emulator) || ((await trust(certificate)) && (await answers(endpoint))),
    READY,
  );
  const log = async () => (await readFile(logFile, 'utf8').catch(() => '')).slice(-LOG_CHARS);
  if (!ready || hasEnded(emulator)) {
    const said = await log();
    await stop();
    throw new Error(`The AWS emulator does not start; it needs the command openssl. It has said:\n${said}`);
  }
  return { endpoint, environment: environmentOf(endpoint, certificate, folder), folder, log, stop };
}

function spawnEmulator(python: string, folder: string, port: number, logFile: string): ChildProcess {
  const child = spawn(python, [MAIN], {
    cwd: folder,
    env: {
      // Its `node` runs the functions: the one of this process, which is the version that Lambda has.
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_REGION: REGION,
      AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      // Signatures are verified, and each request is allowed or denied by the policies of who makes it.
      AUTH: 'true',
      // Bucket policies deny what does not come over TLS, those of the CDK and our own.
      USE_SSL: '1',
    },
    // A process group of its own, so that the processes of the functions end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/**
 * Kills the emulator with all processes that it has started, and deletes its folder: when the function that is returned is called, or as
 * soon as this process is gone, also after a `kill -9` of it. A shell waits for the end of a pipe that only this process holds open.
 */
function cleanUpAfterMe(pid: number | undefined, folder: string): () => Promise<void> {
  const kill = pid === undefined ? '' : `kill -9 -${pid};`;
  const shell = spawn('/bin/sh', ['-c', `read -r line; ${kill} rm -rf "$0"`, folder], {
    // Ctrl-C in a terminal reaches all of its process group.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(shell, 'exit');
  return async () => {
    shell.stdin.end();
    await ended;
  };
}

/** Makes this process trust the certificate that the emulator has made for itself, once it is there. */
async function trust(certificate: string): Promise<boolean> {
  const pem = await readFile(certificate, 'utf8').catch(() => '');
  if (!pem.includes('END CERTIFICATE')) {
    return false;
  }
  const trusted = getCACertificates();
  if (!trusted.includes(pem)) {
    setDefaultCACertificates([...trusted, pem]);
  }
  return true;
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  );
}

function environmentOf(endpoint: string, certificate: string, folder: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    // The CDK remembers accounts there, and the SDK would read profiles.
    HOME: folder,
    TMPDIR: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    // Neither usage data nor the question for a newer version leaves this machine.
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    NPM_CONFIG_OFFLINE: 'true',
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
  };
}
