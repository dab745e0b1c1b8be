/** Runs the CDK's command line as a user does. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ACCOUNT, type Emulator, REGION } from './emulator.ts';

const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));

/** A deployment takes 20 to 30 s here, most of it for bundling. */
const COMMAND_MS = 240_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));
/** The outputs of each stack. */
export type StackOutputs = z.infer<typeof Outputs>;

export async function bootstrap(emulator: Emulator, project: string): Promise<void> {
  await cdk(emulator, project, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
}

/** Deploys all stacks of the project in a folder. */
export async function deploy(
  emulator: Emulator,
  project: string,
  options: readonly string[] = [],
): Promise<StackOutputs> {
  const file = join(emulator.folder, 'outputs.json');
  const unattended = ['--require-approval', 'never', '--outputs-file', file];
  await cdk(emulator, project, ['deploy', '--all', ...unattended, ...options]);
  return Outputs.parse(JSON.parse(await readFile(file, 'utf8')));
}

export async function destroy(emulator: Emulator, project: string): Promise<void> {
  await cdk(emulator, project, ['destroy', '--all', '--force']);
}

/** Throws with all that the command has printed, and the end of the emulator's log, where it fails. */
async function cdk(emulator: Emulator, project: string, args: readonly string[]): Promise<void> {
  const options = {
    cwd: project,
    env: emulator.environment,
    timeout: COMMAND_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  };
  const all = [CDK, ...args, '--no-notices', '--progress', 'events', '--output', join(emulator.folder, 'cdk.out')];
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(process.execPath, all, options, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${error.message}\n${stdout}\n${stderr}`),
    );
  });
  if (failure !== undefined) {
    throw new Error(`cdk ${args.join(' ')}: ${failure}\nThe emulator:\n${await emulator.log()}`);
  }
}
