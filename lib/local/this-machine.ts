import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../http/problem.ts';

/** An address that only this machine has: no request from elsewhere comes to it. */
const LOOPBACK_ADDRESS = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** How a container calls the machine that it runs on ("Networking how-tos", Docker Desktop manual). */
const MACHINE_OF_CONTAINER = 'host.docker.internal';

/**
 * Why a request must not be answered, or undefined where it may: what is served has no access control, and web pages of anybody
 * run on this machine as well, in the user's browser.
 *
 * - Its host must be a name of this machine. A page may have its own name resolved to 127.0.0.1 ("DNS rebinding"); to the browser
 *   that is still the page's own server, whose answers it may read. It cannot change the name in `Host`.
 * - So must its origin be, where it has one: a browser sends a form with any page's POST without asking, and adds `Origin`.
 *   Clients other than browsers have none.
 */
export function foreignRequest({
  headersDistinct,
}: Pick<IncomingMessage, 'headersDistinct'>): ProblemError | undefined {
  const { host: hosts = [], origin: origins = [] } = headersDistinct;
  const [host = ''] = hosts;
  if (hosts.length !== 1 || !isThisMachine(`http://${host}`)) {
    const detail = `Host must be once, and a name of this machine, such as localhost or 127.0.0.1, not "${hosts.join('", "')}"`;
    return new ProblemError(421, 'misdirected-request', 'The request is for another server', detail);
  }
  const foreign = origins.find((origin) => !isThisMachine(origin));
  if (foreign === undefined) {
    return undefined;
  }
  const detail = `Origin must be on this machine, such as http://localhost:5173, not "${foreign}": web pages from elsewhere are not served`;
  return new ProblemError(403, 'foreign-origin', 'The request is from a web page from elsewhere', detail);
}

function isThisMachine(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? '';
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === MACHINE_OF_CONTAINER ||
    LOOPBACK_ADDRESS.test(hostname)
  );
}
