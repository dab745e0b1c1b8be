import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Finished {
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export async function runProcess(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  // A runner of tests that runs in one of Vitest's would speak to that one.
  const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...inherited } = process.env;
  const child = spawn(command, args, {
    env: { ...inherited, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks = { out: [] as Buffer[], err: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.err.push(chunk));
  await once(child, 'close');
  return { out: Buffer.concat(chunks.out).toString(), err: Buffer.concat(chunks.err).toString() };
}
