/**
 * `npm run faults:planted`: what a run under faults is worth. Bugs of one line each are planted in a copy of the code, and a run of
 * `--minutes N` (default 3) on it must find each. `--only TEXT` plants those whose name has the text. Exit code 1: one was not found.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { logSeed, seed } from '../seed.ts';
import { PLANTED, type PlantedBug } from './planted-bugs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a run consists of. */
const COPIED = ['bin', 'examples', 'lib', 'package.json', 'test/faults', 'test/seed.ts', 'test/simulation/prng.ts'];

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '3' }, only: { type: 'string', default: '' } },
});
logSeed();
for (const bug of PLANTED.filter(({ name }) => name.includes(values.only))) {
  const begun = performance.now();
  const found = runWith(bug);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  console.log(`${found === undefined ? 'NOT FOUND' : 'found'} in ${seconds} s: ${bug.name}${found ?? ''}`);
  if (found === undefined) {
    process.exitCode = 1;
  }
}

/** The first violation, and how many there are; undefined where all seems to hold. */
function runWith({ file, line, instead }: PlantedBug): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-planted-'));
  try {
    for (const path of COPIED) {
      cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const code = readFileSync(join(folder, file), 'utf8');
    writeFileSync(
      join(folder, file),
      code.replace(line, () => instead),
    );
    const options = ['--minutes', values.minutes, '--seed', String(seed)];
    const { stdout } = spawnSync(process.execPath, ['test/faults/main.ts', ...options], {
      cwd: folder,
      // A run that has found something leaves its data there.
      env: { ...process.env, TMPDIR: folder },
      encoding: 'utf8',
      maxBuffer: Number.POSITIVE_INFINITY,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const violations = stdout.match(/^VIOLATION: .*/gm) ?? [];
    // Each is told when it is found, and once more at the end.
    return violations.length === 0 ? undefined : `\n  ${violations.length / 2} violations; ${violations[0]}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
