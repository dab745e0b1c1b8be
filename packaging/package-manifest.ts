import * as z from 'zod';

/** Where npm looks for it. */
export const MANIFEST = 'package.json';
/** Where the repository's stands while that of the package is in its place. Git ignores it. */
export const KEPT_MANIFEST = '.package.json.kept';

const Manifest = z.looseObject({
  private: z.literal(true),
  exports: z.record(z.string(), z.string()),
  bin: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});

/** What only those need who work in the repository. */
const OF_THE_REPOSITORY = ['private', 'scripts', 'devDependencies', 'allowScripts'];

const NOT_THE_REPOSITORYS =
  `${MANIFEST} is not the repository's, which is private and has exports, bin and dependencies. ` +
  `Where \`npm pack\` was interrupted, \`node packaging/postpack.ts\` puts it back.`;

/**
 * The package.json of the package, made of the repository's. Its entries are the JavaScript of `dist`, and its dependencies take newer
 * versions of the same major one: types of zod and clients of the SDK pass between Tidemark and its caller, who should have one of each.
 *
 * @throws what is given is not the repository's
 */
export function packageManifest(repositoryManifest: unknown): Readonly<Record<string, unknown>> {
  const { success, data: manifest } = Manifest.safeParse(repositoryManifest);
  if (!success) {
    throw new Error(NOT_THE_REPOSITORYS);
  }
  const kept = Object.entries(manifest).filter(([name]) => !OF_THE_REPOSITORY.includes(name));
  return {
    ...Object.fromEntries(kept),
    exports: mapped(manifest.exports, (file) => `./${builtFile(file)}`),
    bin: mapped(manifest.bin, builtFile),
    dependencies: mapped(manifest.dependencies, (version) => `^${version}`),
  };
}

/** Where the compiler puts what it makes of a source file. */
function builtFile(source: string): string {
  return `dist/${source.replace(/^\.\//, '').replace(/\.ts$/, '.js')}`;
}

function mapped(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
