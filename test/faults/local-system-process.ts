/** The system of one machine, as `npm start` runs it: sequencer, projections, HTTP. Its DynamoDB is somewhere else. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killAfterMyDeath } from '../../lib/local/kill-after-death.ts';
import type { Life } from './supervised-process.ts';

const START = fileURLToPath(new URL('../../bin/start.ts', import.meta.url));

/** What it is used by. */
export interface LocalSystemHandle {
  /** Of its HTTP API. */
  readonly url: string;
}

/** @param onError is told each line that it prints as an error */
export function startLocalSystemProcess(endpoint: string, onError: (line: string) => void): Life<LocalSystemHandle> {
  const env = { ...process.env, PORT: '0', DYNAMODB_ENDPOINT: endpoint };
  const child = spawn(process.execPath, [START], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const callOff = child.pid === undefined ? undefined : killAfterMyDeath(child.pid);
  child.once('exit', () => callOff?.());
  createInterface({ input: child.stderr }).on('line', onError);
  const ready = new Promise<LocalSystemHandle>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /^Tidemark is ready on (\S+) /.exec(line) ?? [];
      if (url !== undefined) {
        resolve({ url });
      }
    });
  });
  const gone = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return { child, ready, gone };
}
