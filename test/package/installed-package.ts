/** A user's project in which the package is installed, of what is on this machine: nothing is downloaded. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

/** What `npm pack` reads. It runs in a copy, because for a moment it has another package.json there, from which other tests would import. */
const PACKED = ['bin', 'lib', 'lambdas', 'packaging', 'docs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const FILES = ['README.md', 'CHANGELOG.md', 'LICENSE'];

/** What a user of the package has besides: of the optional peers, and to compile. */
const INSTALLED_BESIDE = ['aws-cdk-lib', 'constructs', 'typescript', '@types/node'];

/** What users run. The lowest that `engines` allows is tried before a release (CONTRIBUTING.md). */
const NODE = process.env['TIDEMARK_PACKAGE_NODE'] || process.execPath;

const Lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() })),
});

export interface InstalledPackage {
  /** The project; the package is in its `node_modules/tidemark`. */
  readonly folder: string;
  /** The package, as npm packed it. */
  readonly archive: string;
  /** The repository's package.json, as `npm pack` has left it. */
  readonly manifestAfterwards: string;
  write(file: string, text: string): void;
  /** Runs a program in the project, and returns what it prints. @throws it fails: with all of its output */
  run(program: 'node' | 'npx', args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

export async function installPackage(): Promise<InstalledPackage> {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-package-')));
  const repository = copyRepository(join(parent, 'repository'));
  await runIn(repository, 'npm', ['pack', '--offline', '--pack-destination', parent]);
  const archive = join(parent, archiveIn(parent));
  const folder = join(parent, 'project');
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  await runIn(parent, 'tar', ['-xzf', archive, '-C', parent]);
  cpSync(join(parent, 'package'), join(folder, 'node_modules', 'tidemark'), { recursive: true });
  linkDependencies(folder);
  linkCommand(folder, 'tidemark', 'tidemark');
  linkCommand(folder, 'esbuild', 'esbuild');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('package.json', '{ "private": true, "type": "module" }');
  write('package-lock.json', '{}');
  return {
    folder,
    archive,
    manifestAfterwards: readFileSync(join(repository, 'package.json'), 'utf8'),
    write,
    run: (program, args, env) => runIn(folder, program === 'node' ? NODE : program, args, env),
    remove: () => rmSync(parent, { recursive: true }),
  };
}

function archiveIn(folder: string): string {
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) {
    throw new Error('npm pack has made no archive');
  }
  return archive;
}

function copyRepository(folder: string): string {
  mkdirSync(folder);
  for (const name of [...PACKED, ...FILES]) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Those packages that npm would install with Tidemark, and no other: one that is missing among the dependencies is not found. */
function linkDependencies(folder: string): void {
  const { packages } = Lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const installed = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
  );
  const names = installed
    .map(([path]) => path.replace('node_modules/', ''))
    .filter((name) => !name.includes('/node_modules/'));
  for (const name of [...names, ...INSTALLED_BESIDE]) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
}

/** As npm does: a link to the file that the package names, which can then be executed. */
function linkCommand(folder: string, packageName: string, command: string): void {
  const Manifest = z.object({ bin: z.record(z.string(), z.string()) });
  const place = join(folder, 'node_modules', packageName);
  const { bin } = Manifest.parse(JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')));
  const file = join(place, bin[command] ?? `has no ${command}`);
  chmodSync(file, 0o755);
  symlinkSync(file, join(folder, 'node_modules', '.bin', command));
}

/** Nothing of this run of the tests, of an account or of the network is in the environment. */
async function runIn(
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const of = /^(AWS_|CDK_|VITEST|NODE_|npm_)/;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !of.test(name)));
  const PATH = `${dirname(NODE)}${delimiter}${process.env['PATH'] ?? ''}`;
  const options = { cwd, env: { ...inherited, PATH, NO_COLOR: '1', npm_config_offline: 'true', ...env } };
  try {
    const { stdout } = await promisify(execFile)(program, [...args], options);
    return stdout;
  } catch (error) {
    const { stdout, stderr } = z.object({ stdout: z.string(), stderr: z.string() }).parse(error);
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}
