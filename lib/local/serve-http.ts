import { once } from 'node:events';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { problemResponse } from '../http/problem.ts';
import { REQUESTS_END_MS, REQUESTS_END_POLL_MS } from './bounds.ts';
import { portTrouble } from './free-port.ts';
import { cannotListen, HTTP_HOST } from './http-port.ts';
import { foreignRequest } from './this-machine.ts';
import { waitUntil } from './wait-until.ts';

export interface HttpServer {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Takes no more requests, and waits for those under way, up to 3 s. */
  stop(): Promise<void>;
}

/** Serves an app on this machine only, and to this machine only (`foreignRequest`). Port 0: any that is free. Throws `CannotStart` where the port cannot be used. */
export async function serveHttp(app: Hono, port: number): Promise<HttpServer> {
  const server = createServer(
    getRequestListener((request, { incoming }) => {
      const problem = incoming instanceof IncomingMessage ? foreignRequest(incoming) : undefined;
      return problem === undefined ? app.fetch(request) : problemResponse(problem);
    }),
  );
  server.listen(port, HTTP_HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const trouble = await portTrouble(port, HTTP_HOST);
    throw trouble === undefined ? error : cannotListen(port, trouble);
  }
  const address = server.address();
  const served = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${HTTP_HOST}:${served}`,
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  server.close();
  await waitUntil(
    () => {
      // A connection that is kept alive becomes idle after its last answer, and would stay open for seconds.
      server.closeIdleConnections();
      return isClosed;
    },
    { limitMs: REQUESTS_END_MS, pollMs: REQUESTS_END_POLL_MS },
  );
  server.closeAllConnections();
  await closed;
}
