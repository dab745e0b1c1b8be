/** Runs the CDK's command line as a user does. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ACCOUNT, type Emulator, REGION } from './emulator.ts';

const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));

/** A deployment takes 20 s here, most of it for bundling, and a minute where the machine is busy. */
export const COMMAND_MS = 240_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));
/** The outputs of each stack. */
export type StackOutputs = z.infer<typeof Outputs>;

/** Once for an account and region: a bucket for bundles, and the roles that deploy. */
export async function bootstrap(emulator: Emulator): Promise<void> {
  await cdk(emulator, emulator.folder, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
}

/** Deploys all stacks of the project in a folder. Resolves to the folder with the templates, and to the outputs of the stacks. */
export async function deploy(emulator: Emulator, project: string, name: string): Promise<[string, StackOutputs]> {
  const templates = join(emulator.folder, name);
  return [templates, await deployWith(emulator, project, ['--output', templates])];
}

/** Deploys once more what was deployed, and takes up the tables that are there. */
export function deployOntoTables(emulator: Emulator, templates: string): Promise<StackOutputs> {
  return deployWith(emulator, emulator.folder, ['--app', templates, '--import-existing-resources']);
}

/** Takes away all stacks that were deployed. */
export async function destroy(emulator: Emulator, templates: string): Promise<void> {
  await cdk(emulator, emulator.folder, ['destroy', '--all', '--force', '--app', templates]);
}

async function deployWith(emulator: Emulator, cwd: string, options: readonly string[]): Promise<StackOutputs> {
  const file = join(emulator.folder, 'outputs.json');
  await cdk(emulator, cwd, ['deploy', '--all', '--require-approval', 'never', '--outputs-file', file, ...options]);
  return Outputs.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Throws with all that the command has printed, and the end of the emulator's log, where it fails. */
async function cdk(emulator: Emulator, cwd: string, args: readonly string[]): Promise<void> {
  const options = { cwd, env: emulator.environment, timeout: COMMAND_MS, maxBuffer: OUTPUT_BYTES_MAX };
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(process.execPath, [CDK, ...args, '--no-notices', '--progress', 'events'], options, (error, ...output) =>
      resolve(error === null ? undefined : `${error.message}\n${output.join('\n')}`),
    );
  });
  if (failure !== undefined) {
    throw new Error(`cdk ${args.join(' ')}: ${failure}\nThe emulator:\n${await emulator.log()}`);
  }
}
