/** How esbuild bundles functions: what is deployed is what is tested and measured. */
import { ownEntry } from './own-entry.ts';

export const FUNCTION_BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  /** The AWS SDK as ES modules: esbuild leaves out of them what is not used, which is 190 KB more than of its CommonJS. */
  mainFields: ['module', 'main'],
  /** Lambda has credentials in one place only; the search for others is 135 KB. */
  alias: {
    '@aws-sdk/credential-provider-node': ownEntry('credentials'),
  },
  /** Some packages call `require`, which a module does not have. Ours do not; those of a projection may. */
  banner:
    "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
  sourcemap: true,
  /** Names of files and lines are enough: the text of all sources is some megabytes to load with a stack trace. */
  sourcesContent: false,
} as const;
