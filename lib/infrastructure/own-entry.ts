import { extname, join } from 'node:path';

/** A file of Tidemark's own functions: TypeScript in the repository and JavaScript in the package, as this file is. */
export function ownEntry(name: string): string {
  return join(import.meta.dirname, '..', '..', 'lambdas', `${name}${extname(import.meta.filename)}`);
}
