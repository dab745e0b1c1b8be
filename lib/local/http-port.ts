import { PORT_OF_HOLDER_WAIT_MS, PORT_POLL_MS, PORT_WAIT_MS } from './bounds.ts';
import { CannotStart } from './cannot-start.ts';
import { portTrouble } from './free-port.ts';
import { waitUntil } from './wait-until.ts';

/** Only this machine: what is served has no access control. */
export const HTTP_HOST = '127.0.0.1';

/**
 * Checks that a port can be served on, before the slow part of a start. Waits for it a moment: an old process of ours
 * that has lost its npm sees that after 0.25 s only. `holder`: the process that has our data folder, if one has; then
 * it is likely such an old one, and its last requests are waited for as well.
 * Throws `CannotStart`.
 */
export async function checkHttpPort(port: number, holder: string | undefined): Promise<void> {
  let trouble: string | undefined;
  await waitUntil(
    async () => {
      trouble = await portTrouble(port, HTTP_HOST);
      return trouble !== 'EADDRINUSE';
    },
    { limitMs: holder === undefined ? PORT_WAIT_MS : PORT_OF_HOLDER_WAIT_MS, pollMs: PORT_POLL_MS },
  );
  if (trouble !== undefined) {
    throw cannotListen(port, trouble, holder);
  }
}

/** The line for a port that cannot be served on. `code`: Node's, such as `EADDRINUSE`. */
export function cannotListen(port: number, code: string, holder?: string): CannotStart {
  if (code !== 'EADDRINUSE') {
    return new CannotStart(`Port ${port} cannot be used (${code}); set PORT to another one`);
  }
  return new CannotStart(
    holder === undefined
      ? `Port ${port} is in use; stop what uses it, or set PORT to another one`
      : `Port ${port} is in use, and the data folder too, by another Tidemark (process ${holder}); stop it, or set PORT and TIDEMARK_DATA to others`,
  );
}
