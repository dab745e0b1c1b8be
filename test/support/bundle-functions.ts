import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { FUNCTION_BUNDLE } from '../../lib/infrastructure/function-bundle.ts';

/** Bundles functions as the deployment does, into a folder. Returns the file of each by the name of its entry. */
export async function bundleFunctions(entries: readonly string[], folder: string): Promise<Record<string, string>> {
  const { banner, mainFields, ...options } = FUNCTION_BUNDLE;
  await build({
    ...options,
    mainFields: [...mainFields],
    banner: { js: banner },
    entryPoints: [...entries],
    entryNames: '[name]',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  const names = entries.map((entry) => basename(entry, '.ts'));
  return Object.fromEntries(names.map((name) => [name, join(folder, `${name}.mjs`)]));
}
