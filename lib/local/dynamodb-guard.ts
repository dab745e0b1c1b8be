/**
 * The process between Tidemark and the bundled DynamoDB Local. It holds the lock of the data folder and kills Java when
 * Tidemark is gone, however that ended: the channel between the two closes even after a `kill -9`. The lock is free
 * once Java is gone.
 *
 * `bundled-dynamodb.ts` starts it, with the data folder (absolute; without: in memory) and the process id to name as
 * the folder's holder.
 */
import { parseArgs } from 'node:util';
import { CannotStart, reasonOf } from './cannot-start.ts';
import { lockDataFolder } from './data-folder.ts';
import { withOutput } from './first-output.ts';
import type { GuardMessage } from './guard-message.ts';
import type { JavaDynamoDb } from './java-dynamodb.ts';
import { startOnFreePort } from './start-on-free-port.ts';

let running: JavaDynamoDb | undefined;
let stopping = false;

process.on('disconnect', stop);
process.on('SIGTERM', stop);
if (!process.connected) {
  // Tidemark ended while this file was being loaded; nobody would tell us any more.
  process.exit();
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, holder: { type: 'string' } },
});

try {
  await guard(values.data, Number(values.holder));
} catch (error) {
  await tell({
    kind: 'failed',
    line: error instanceof CannotStart ? error.message : `DynamoDB Local could not be started: ${reasonOf(error)}`,
  });
}
process.exit();

async function guard(dataFolder: string | undefined, holderPid: number): Promise<void> {
  if (dataFolder !== undefined) {
    await lockDataFolder(dataFolder, holderPid, () => {
      void tell({ kind: 'waiting' });
    });
  }
  const java = await startOnFreePort(dataFolder, (started) => {
    running = started;
    if (stopping) {
      started.kill();
    }
  });
  await tell({ kind: 'ready', endpoint: `http://127.0.0.1:${java.port}` });
  const how = await java.exited;
  await tell({ kind: 'ended', reason: withOutput(how, java.said()) });
}

/** Before Java runs there is nothing to wait for. After that the end of Java ends this process too, see above. */
function stop(): void {
  stopping = true;
  if (running === undefined) {
    process.exit();
  }
  running.kill();
}

/** Waits until the message is on its way, so that the process may end after it. Nobody may be listening any more. */
function tell(message: GuardMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    process.send(message, () => resolve());
  });
}
