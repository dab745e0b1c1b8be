/** DynamoDB Local for a run: one that can be killed and started again on its data, where Java runs here. */
import { JDK_JAVA_OPTIONS } from '../../lib/local/bundled-dynamodb.ts';
import { freePort } from '../../lib/local/free-port.ts';
import { type JavaDynamoDb, startJavaDynamoDb } from '../../lib/local/java-dynamodb.ts';
import { DYNAMODB_STARTS_MAX } from './bounds.ts';

export interface RunDynamoDb {
  /** At this moment. */
  endpoint(): string;
  /** `kill -9` and a new start on the same data; undefined where that cannot be done. */
  readonly crash?: () => Promise<void>;
  /** Resolves when it is not being started anew. */
  readonly up?: () => Promise<void>;
}

/** On Java, with its data in a folder. Throws what went wrong where it does not come up. */
export async function startCrashableDynamoDb(dataFolder: string): Promise<RunDynamoDb & { stop(): Promise<void> }> {
  process.env['JDK_JAVA_OPTIONS'] = JDK_JAVA_OPTIONS;
  const start = async (): Promise<JavaDynamoDb> => {
    let trouble = '';
    for (let starts = 0; starts < DYNAMODB_STARTS_MAX; starts += 1) {
      const java = await startJavaDynamoDb(await freePort(), dataFolder, () => undefined);
      if (typeof java !== 'string') {
        return java;
      }
      trouble = java;
    }
    throw new Error(`DynamoDB Local did not start ${DYNAMODB_STARTS_MAX} times in a row: ${trouble}`);
  };
  let java = await start();
  const kill = async () => {
    java.kill();
    await java.exited;
  };
  let starting = Promise.resolve();
  return {
    up: () => starting,
    endpoint: () => `http://127.0.0.1:${java.port}`,
    crash: () => {
      const crashed = kill().then(async () => {
        java = await start();
      });
      // Whoever waits for it goes on either way; who has crashed it is told.
      starting = crashed.catch(() => undefined);
      return crashed;
    },
    stop: kill,
  };
}
