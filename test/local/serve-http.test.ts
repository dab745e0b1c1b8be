import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { serveHttp } from '../../lib/local/serve-http.ts';

test('stopping takes no more requests, and lets those under way finish', async () => {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const app = new Hono().get('/', async (c) => {
    arrived.resolve();
    return c.text(await answer.promise);
  });
  const server = await serveHttp(app, 0);
  const underWay = fetch(server.url);
  await arrived.promise;
  const stopped = server.stop();
  await expect(fetch(server.url)).rejects.toThrow();
  answer.resolve('done');
  expect(await (await underWay).text()).toBe('done');
  const answered = performance.now();
  await stopped;
  // Not as long as its connection would be kept alive.
  expect(performance.now() - answered).toBeLessThan(1_000);
});

test('stopping does not wait longer than 3 s for a request', async () => {
  const arrived = Promise.withResolvers<void>();
  const app = new Hono().get('/', () => {
    arrived.resolve();
    return new Promise<Response>(() => {});
  });
  const server = await serveHttp(app, 0);
  const underWay = fetch(server.url);
  const cut = expect(underWay).rejects.toThrow();
  await arrived.promise;
  await server.stop();
  await cut;
});

test('stopping does not wait for connections that are kept alive', async () => {
  const server = await serveHttp(
    new Hono().get('/', (c) => c.text('hello')),
    0,
  );
  await (await fetch(server.url)).text();
  const before = performance.now();
  await server.stop();
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('a port in use', async () => {
  const server = await serveHttp(new Hono(), 0);
  const port = Number(new URL(server.url).port);
  await expect(serveHttp(new Hono(), port)).rejects.toThrow(`Port ${port} is in use`);
  await server.stop();
});
