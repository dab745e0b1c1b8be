import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JAVA_STARTS_MAX } from './bounds.ts';
import { CannotStart } from './cannot-start.ts';
import { type FileLock, tryLock } from './file-lock.ts';
import { freePort, portTrouble } from './free-port.ts';
import { type JavaDynamoDb, startJavaDynamoDb } from './java-dynamodb.ts';
import { PREFERRED_PORT } from './running-dynamodb.ts';

/**
 * Starts DynamoDB Local on a port that is free: 8000 if it has a data folder, otherwise any. `onSpawn` gets the process
 * at once, before it answers. Throws `CannotStart` with what Java said where it does not come up.
 */
export async function startOnFreePort(
  dataFolder: string | undefined,
  onSpawn: (java: JavaDynamoDb) => void,
): Promise<JavaDynamoDb> {
  const claim = dataFolder === undefined ? undefined : await claimPreferredPort();
  try {
    let trouble = '';
    for (let start = 0; start < JAVA_STARTS_MAX; start += 1) {
      const port = start === 0 && claim !== undefined ? PREFERRED_PORT : await freePort();
      const java = await startJavaDynamoDb(port, dataFolder, onSpawn);
      if (typeof java !== 'string') {
        return java;
      }
      trouble = java;
      if (!trouble.includes('Failed to bind')) {
        break;
      }
    }
    throw new CannotStart(`DynamoDB Local did not start: ${trouble}`);
  } finally {
    claim?.release();
  }
}

/**
 * Keeps other starts by the same user away from the preferred port until Java has taken it, or returns undefined where
 * it is taken. Two that find it free in the same moment would both see one Java answer there: the wrong one for one of
 * them.
 */
async function claimPreferredPort(): Promise<FileLock | undefined> {
  const claim = tryClaim();
  const trouble = await portTrouble(PREFERRED_PORT);
  if (trouble !== undefined) {
    claim?.release();
    return undefined;
  }
  return claim;
}

/** A folder for temporary files that cannot be written to is no reason not to start: any other port will do. */
function tryClaim(): FileLock | undefined {
  const user = process.getuid?.() ?? 'user';
  try {
    return tryLock(join(tmpdir(), `tidemark-${user}-port-${PREFERRED_PORT}.lock`));
  } catch {
    return undefined;
  }
}
