/**
 * `npm pack` runs it first. It builds JavaScript and types into `dist`, and puts the package's package.json in the place of the
 * repository's, until `postpack.ts`: npm packs the one that it finds (docs/decisions/0031-one-package-json-for-two-readers.md).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { KEPT_MANIFEST, MANIFEST, packageManifest } from './package-manifest.ts';

const repositorys = readFileSync(MANIFEST, 'utf8');
const packages = JSON.stringify(packageManifest(JSON.parse(repositorys)), undefined, 2);

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json'], {
  stdio: 'inherit',
});

// Last, and whole at once: whatever fails before it has changed nothing that is in Git.
writeFileSync(KEPT_MANIFEST, repositorys);
writeFileSync(`${MANIFEST}.next`, `${packages}\n`);
renameSync(`${MANIFEST}.next`, MANIFEST);
