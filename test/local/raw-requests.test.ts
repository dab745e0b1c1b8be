/** Requests as no client library sends them, byte for byte: what the local server takes for one request must be one, and no more. */
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpApp } from '../../lib/http/app.ts';
import { createEventStore, type EventStore, memoryTables } from '../../lib/index.ts';
import { type HttpServer, serveHttp } from '../../lib/local/serve-http.ts';

const BODY = '{"events":[{"type":"A","data":1}]}';
const SIZE = BODY.length.toString(16);
const HOST = 'Host: localhost';
const APPEND = ['POST /streams/Order-1 HTTP/1.1', HOST, 'Content-Type: application/json'];
const CHUNKED = [...APPEND, 'Transfer-Encoding: chunked'];

let store: EventStore;
let server: HttpServer;
const reported: unknown[] = [];

beforeEach(async () => {
  store = createEventStore({ tables: memoryTables() });
  server = await serveHttp(createHttpApp(store, { reportError: (error) => reported.push(error) }), 0);
});
afterEach(async () => {
  await server.stop();
  expect(reported).toEqual([]);
});

/** Sends bytes, and reads until the server closes the connection: at the latest when it is told that no more follow. */
async function exchange(text: string, isLast = true): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    answer += part;
  });
  socket.write(text, 'latin1');
  if (isLast) {
    socket.end();
  }
  return new Promise((resolve) => {
    // What is refused before it was sent to the end is cut off.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

function statuses(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const message = (lines: readonly string[], rest = ''): string => `${lines.join('\r\n')}\r\n\r\n${rest}`;

/** What stands behind a request that two servers might cut in different places: to be taken for another request, or not. */
const SMUGGLED = message(
  ['POST /streams/Order-2 HTTP/1.1', ...APPEND.slice(1), `Content-Length: ${BODY.length}`],
  BODY,
);

test.each([
  ['a length and chunks', message([...CHUNKED, 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`)],
  ['two lengths', message([...APPEND, 'Content-Length: 0', 'Content-Length: 34'], SMUGGLED)],
  ['the same length twice', message([...APPEND, 'Content-Length: 0', 'Content-Length: 0'], SMUGGLED)],
  ['a list of lengths', message([...APPEND, 'Content-Length: 0, 0'], SMUGGLED)],
  ['a length with a sign', message([...APPEND, 'Content-Length: +0'], SMUGGLED)],
  ['a negative length', message([...APPEND, 'Content-Length: -1'], SMUGGLED)],
  ['a length in hexadecimal', message([...APPEND, 'Content-Length: 0x0'], SMUGGLED)],
  ['two transfer encodings', message([...CHUNKED, 'Transfer-Encoding: identity'], `0\r\n\r\n${SMUGGLED}`)],
  ['an unknown transfer encoding', message([...APPEND, 'Transfer-Encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`)],
  ['a space before the colon', message([...APPEND, 'Transfer-Encoding : chunked'], `0\r\n\r\n${SMUGGLED}`)],
  ['a folded header', message([...APPEND, 'X: a', ' Content-Length: 0'], SMUGGLED)],
  ['line feeds alone', message([...APPEND, 'Content-Length: 0']).replaceAll('\r', '') + SMUGGLED],
  ['a carriage return in a header', message([...APPEND, 'X: a\rContent-Length: 0'], SMUGGLED)],
  ['a NUL in a header', message([...APPEND, 'X: a\0', 'Content-Length: 0'], SMUGGLED)],
  ['a chunk extension over lines', message(CHUNKED, `0;a="\r\n\r\n"\r\n\r\n${SMUGGLED}`)],
  ['a chunk size with a prefix', message(CHUNKED, `0x0\r\n\r\n${SMUGGLED}`)],
  ['a chunk size past all numbers', message(CHUNKED, `${'F'.repeat(17)}\r\n${SMUGGLED}`)],
  ['control characters in the path', message(['GET /health\x01 HTTP/1.1', HOST], SMUGGLED)],
  ['bytes past ASCII in the path', message(['GET /health\xe9 HTTP/1.1', HOST], SMUGGLED)],
  ['a method that there is not', message(['APPEND /streams/Order-1 HTTP/1.1', HOST], SMUGGLED)],
  ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
])('%s: refused, and nothing behind it is read', async (_, text) => {
  expect(statuses(await exchange(text))).toEqual([400]);
  expect((await store.head('Order-1')).version).toBe(0);
  expect((await store.head('Order-2')).version).toBe(0);
});

test.each([
  ['headers of 20 KB', message(['GET /health HTTP/1.1', HOST, `X: ${'a'.repeat(20_000)}`]), [431]],
  ['a chunk extension of 100 KB', message(CHUNKED, `${SIZE};${'a'.repeat(100_000)}\r\n${BODY}\r\n0\r\n\r\n`), [413]],
  ['an expectation that is none', message([...APPEND, 'Expect: more', 'Content-Length: 0']), [417]],
  ['a tunnel', message(['CONNECT localhost:80 HTTP/1.1', HOST]), []],
  ['TRACE', message(['TRACE /health HTTP/1.1', HOST]), [405]],
  ['the whole server', message(['OPTIONS * HTTP/1.1', HOST]), [400]],
  ['an authority as target', message(['GET localhost:80 HTTP/1.1', HOST]), [400]],
  ['an absolute target', message(['GET http://elsewhere.example/health HTTP/1.1', HOST]), [200]],
  ['an absolute target that is not HTTP', message(['GET ftp://localhost/health HTTP/1.1', HOST]), [400]],
  ['a path that looks like a host', message(['GET //localhost/health HTTP/1.1', HOST]), [404]],
  ['two hosts', message(['GET /health HTTP/1.1', HOST, 'Host: elsewhere.example']), [421]],
  ['no host', message(['GET /health HTTP/1.1', 'X: a']), [400]],
  ['a host with a path', message(['GET /health HTTP/1.1', 'Host: localhost/events?']), [400]],
  ['an upgrade', message(['GET /health HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: h2c']), [200]],
  ['a chunk with an extension', message(CHUNKED, `${SIZE};a=b\r\n${BODY}\r\n0\r\n\r\n`), [201]],
  ['a trailer, which is no header', message(CHUNKED, `${SIZE}\r\n${BODY}\r\n0\r\nIf-Match: "7"\r\n\r\n`), [201]],
  ['a body that breaks off', message([...APPEND, 'Content-Length: 99'], BODY), [400]],
  ['a body that a read does not want', message(['GET /health HTTP/1.1', HOST, 'Content-Length: 34'], BODY), [200]],
])('%s', async (_, text, answered) => {
  expect(statuses(await exchange(text))).toEqual(answered);
  expect((await store.head('Order-1')).version).toBe(answered[0] === 201 ? 1 : 0);
});

test('requests that are sent without waiting for answers are answered in their order', async () => {
  const append = message([...APPEND, `Content-Length: ${BODY.length}`], BODY);
  const none = message(['GET /nothing HTTP/1.1', HOST]);
  const last = message(['GET /health HTTP/1.1', HOST, 'Connection: close']);
  expect(statuses(await exchange(none + append + none + append + last, false))).toEqual([404, 201, 404, 201, 200]);
});

test('what is left of a body that was refused by its length is not read as a request', async () => {
  const answer = await exchange(message([...APPEND, 'Content-Length: 7000000'], SMUGGLED));
  // Then that the body breaks off.
  expect(statuses(answer)).toEqual([413, 400]);
  expect((await store.head('Order-2')).version).toBe(0);
});
