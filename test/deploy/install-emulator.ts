/** Installs the AWS emulator: once for each set of versions, into a folder that git ignores. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../.emulator', import.meta.url));

/** Downloading 20 MB and unpacking it takes 10 s here. */
const INSTALL_MS = 180_000;

const run = promisify(execFile);

/** The Python that has the emulator. Needs Python 3.10 or newer with `venv` and `pip`; throws with what they said. */
export async function installedEmulator(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(REQUIREMENTS));
  const folder = join(FOLDER, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    await install(folder);
  }
  return pythonOf(folder);
}

/** Only what is complete gets the name, so that an install that was cut off is not taken for one. */
async function install(folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', partial], { timeout: INSTALL_MS });
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet'];
    const what = ['--require-hashes', '--only-binary', ':all:', '--requirement', REQUIREMENTS];
    await run(pythonOf(partial), [...pip, ...what], { timeout: INSTALL_MS });
  } catch (error) {
    throw new Error('The AWS emulator cannot be installed; it needs Python 3.10 or newer with venv and pip', {
      cause: error,
    });
  }
  await rename(partial, folder);
}

function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python');
}
