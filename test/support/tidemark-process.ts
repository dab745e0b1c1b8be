import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { dataFolderHolder } from '../../lib/local/data-folder.ts';
import { portTrouble } from '../../lib/local/free-port.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';

/** Longer than anything takes on a busy machine; what is awaited is there much sooner. */
const LIMIT = { limitMs: 40_000, pollMs: 20 };
const START = fileURLToPath(new URL('../../bin/start.ts', import.meta.url));

type Environment = Readonly<Record<string, string>>;

export interface TidemarkProcess {
  readonly child: ChildProcess;
  /** What it has printed so far: to standard output, and to standard error. */
  readonly printed: { readonly out: string[]; readonly err: string[] };
  /** Waits for a line of its standard output. Throws with all that it printed where it ends first. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** Runs `bin/start.ts` as its user does, on any free port. It is killed at the end of the test if it still runs. */
export function runTidemark(args: readonly string[] = [], environment: Environment = {}): TidemarkProcess {
  return run([START, ...args], environment);
}

function run(args: readonly string[], environment: Environment): TidemarkProcess {
  const env = { ...process.env, PORT: '0', DYNAMODB_ENDPOINT: '', ...environment };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: linesOf(child.stdout), err: linesOf(child.stderr) };
  let ended: number | string | undefined;
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      ended = signal ?? code ?? 'unknown';
      resolve(ended);
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const line = async (pattern: RegExp) => {
    const find = () => printed.out.map((text) => pattern.exec(text)).find((found) => found !== null);
    await waitUntil(() => find() !== undefined || ended !== undefined, LIMIT);
    const found = find();
    if (found === undefined) {
      throw new Error(`No line ${pattern} but ${JSON.stringify(printed)}, ended: ${ended}`);
    }
    return found;
  };
  return { child, printed, line, exited };
}

/** A Tidemark that is ready. */
export interface ReadyTidemark extends TidemarkProcess {
  readonly url: string;
  readonly endpoint: string;
  readonly readyLine: string;
}

export function runReadyTidemark(args?: readonly string[], environment?: Environment): Promise<ReadyTidemark> {
  return ready(runTidemark(args, environment));
}

/** A Tidemark that is ready, in a shell that a process like npm has started: that is the one to kill. */
export function runUnderNpm(environment: Environment): Promise<ReadyTidemark> {
  const script = JSON.stringify(`"${process.execPath}" "${START}"`);
  const npm = `require('node:child_process').spawn('sh', ['-c', ${script}], { stdio: 'inherit' })`;
  return ready(run(['-e', npm], { ...environment, npm_lifecycle_event: 'start' }));
}

async function ready(tidemark: TidemarkProcess): Promise<ReadyTidemark> {
  const [readyLine, url = '', endpoint = ''] = await tidemark.line(
    /^Tidemark is ready on (http:\S+) \(DynamoDB at (http:[^\s,)]+).*\)$/,
  );
  return { ...tidemark, url, endpoint, readyLine };
}

/** The processes that a process has started and that still run; waits for the first one. */
export async function childrenOf(pid: number | undefined): Promise<number[]> {
  let children: number[] = [];
  await waitUntil(async () => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=', '-o', 'ppid=']);
    const processes = [...stdout.matchAll(/(\d+) +(\d+)/g)];
    children = processes.filter(([, , parent]) => Number(parent) === pid).map(([, child]) => Number(child));
    return children.length > 0;
  }, LIMIT);
  return children;
}

/** Whether all of these processes have ended, soon. */
export function haveEnded(pids: readonly (number | undefined)[]): Promise<boolean> {
  return waitUntil(() => pids.every((pid) => pid === undefined || !isRunning(pid)), LIMIT);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A folder that is deleted at the end of the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether nobody listens on the ports of these URLs, and nobody has the data folder, soon. */
export async function isAllGone(urls: readonly string[], dataFolder?: string): Promise<boolean> {
  return waitUntil(async () => {
    const troubles = await Promise.all(urls.map((url) => portTrouble(Number(new URL(url).port))));
    const isFolderFree = dataFolder === undefined || dataFolderHolder(dataFolder) === undefined;
    return isFolderFree && troubles.every((trouble) => trouble === undefined);
  }, LIMIT);
}

function linesOf(stream: NodeJS.ReadableStream): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => lines.push(line));
  return lines;
}
