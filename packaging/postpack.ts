/** `npm pack` runs it last: it puts the repository's package.json back (`prepack.ts`). */
import { renameSync } from 'node:fs';
import { KEPT_MANIFEST, MANIFEST } from './package-manifest.ts';

renameSync(KEPT_MANIFEST, MANIFEST);
