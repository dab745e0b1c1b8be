/** This project in another folder, with changes, as a developer makes them between two deployments. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This project. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What a deployment reads. */
const NEEDED = ['bin', 'lib', 'lambdas', 'examples', 'cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** One place in a file, and what shall stand there. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Throws where what is to be changed is not found exactly once. */
export async function copyProject(folder: string, changes: readonly Change[]): Promise<void> {
  await mkdir(folder);
  await Promise.all(NEEDED.map((name) => cp(join(PROJECT, name), join(folder, name), { recursive: true })));
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of changes) {
    const path = join(folder, file);
    await writeFile(path, await changed(path, from, to));
  }
}

async function changed(path: string, from: string, to: string): Promise<string> {
  const parts = (await readFile(path, 'utf8')).split(from);
  if (parts.length !== 2) {
    throw new Error(`${path} has ${JSON.stringify(from)} ${parts.length - 1} times; the change needs to be adapted`);
  }
  return parts.join(to);
}
