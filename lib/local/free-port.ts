import { once } from 'node:events';
import { createServer } from 'node:net';

/** Why a port cannot be listened on: Node's code (`EADDRINUSE`, `EACCES`, …), or undefined where it is free. */
export async function portTrouble(port: number, host?: string): Promise<string | undefined> {
  try {
    await listenAndClose(port, host);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** A port that is free on all interfaces at this moment: whoever wants it must be quick, and ready for losing it. */
export function freePort(): Promise<number> {
  return listenAndClose(0);
}

async function listenAndClose(port: number, host?: string): Promise<number> {
  const server = createServer();
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}
