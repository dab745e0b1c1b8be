/** Loads the modules that define bounds with small ones: for `npm run simulate`, where no test runner does it. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SMALL_BOUNDS, withSmallBounds } from './small-bounds.ts';

/** Before the modules are imported. */
export function useSmallBounds(): void {
  registerHooks({
    load: (url, context, load) => {
      const file = Object.keys(SMALL_BOUNDS).find((name) => url.endsWith(`/${name}`));
      if (file === undefined) {
        return load(url, context);
      }
      const source = withSmallBounds(file, readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
