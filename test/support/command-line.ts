import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../../lib/local/wait-until.ts';

const TIDEMARK = fileURLToPath(new URL('../../bin/tidemark.ts', import.meta.url));
/** Longer than anything takes on a busy machine; what is awaited is there much sooner. */
const LIMIT = { limitMs: 40_000, pollMs: 20 };

/** A run of the command line. */
export interface CommandRun {
  readonly out: string[];
  readonly err: string[];
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  interrupt(): void;
  /** Closes the pipe that it writes its output to, as `head` does. */
  closeOutput(): void;
  /** Waits until that many lines are printed. */
  lines(count: number): Promise<string[]>;
}

/** Runs `tidemark` as its user does. It is killed at the end of the test if it still runs. */
export function runCommand(args: readonly string[], environment: Readonly<Record<string, string>> = {}): CommandRun {
  const env = { ...process.env, DYNAMODB_ENDPOINT: '', ...environment };
  const child = spawn(process.execPath, [TIDEMARK, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: string[] = [];
  const err: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => err.push(line));
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 'unknown'));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    out,
    err,
    exited,
    interrupt: () => child.kill('SIGINT'),
    closeOutput: () => child.stdout.destroy(),
    lines: async (count) => {
      await waitUntil(() => out.length >= count, LIMIT);
      return out;
    },
  };
}
