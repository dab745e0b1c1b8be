/** Web pages run on the user's machine as well: what they can send to the local server, and by which name. */
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpServer, serveHttp } from '../../lib/local/serve-http.ts';

let server: HttpServer;
let served = 0;

beforeAll(async () => {
  server = await serveHttp(
    new Hono().all('/', (c) => {
      served += 1;
      return c.text('served');
    }),
    0,
  );
});
afterAll(() => server.stop());

async function post(headers: Record<string, string>): Promise<{ status: number; body: string }> {
  // Not `fetch`: it does not let its user choose a Host.
  const sent = request(server.url, { method: 'POST', headers, setHost: false }).end();
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode, body: await text(answer) };
}

test.each([
  'localhost',
  'LOCALHOST:3000',
  'api.localhost:80',
  '127.0.0.1:3000',
  '127.1',
  '[::1]:3000',
  'host.docker.internal',
])('the host %s is this machine', async (host) => {
  expect(await post({ Host: host })).toEqual({ status: 200, body: 'served' });
});

test.each([
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evillocalhost',
  '127.evil.example',
  '0.0.0.0:3000',
  '192.168.0.7',
  '[::]',
])('the host %s is not, whatever it resolves to: it may be the name of a web page', async (host) => {
  const before = served;
  const { status, body } = await post({ Host: host });
  expect(status).toBe(421);
  expect(JSON.parse(body)).toMatchObject({
    type: 'urn:tidemark:misdirected-request',
    detail: expect.stringContaining(host),
  });
  expect(served).toBe(before);
});

test.each(['http://localhost:5173', 'http://127.0.0.1', 'https://app.localhost'])(
  'a page of this machine, %s, may post',
  async (origin) => {
    expect((await post({ Host: 'localhost', Origin: origin })).status).toBe(200);
  },
);

test.each([
  'https://evil.example',
  'http://localhost.evil.example',
  'http://127.0.0.1@evil.example',
  'null',
  'file://',
  'chrome-extension://abcdef',
  '',
])('a page from elsewhere, %j, may not: a form is sent without asking', async (origin) => {
  const before = served;
  const { status, body } = await post({ Host: 'localhost', Origin: origin, 'Content-Type': 'text/plain' });
  expect(status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({ type: 'urn:tidemark:foreign-origin', status: 403 });
  expect(served).toBe(before);
});
