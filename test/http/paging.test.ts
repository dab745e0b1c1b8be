import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logSeed, seed } from '../seed.ts';
import { noise, numbered } from '../support/events.ts';
import { createApi, pageOf, streamPath, versionsOfPages } from './api.ts';

logSeed();

/** What Lambda answers with at most ("Lambda quotas"), the body as a string inside JSON. */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('next, followed to the end, gives every event once, forward and backward, in pages of any size', {
  timeout: 60_000,
}, async () => {
  const commits = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
  const limit = fc.integer({ min: 1, max: 12 });
  const streamId = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .map((id) => `S-${id.replaceAll('?', '')}-`);
  await fc.assert(
    fc.asyncProperty(streamId, commits, limit, async (id, counts, size) => {
      const api = createApi();
      for (const count of counts) {
        await api.append(id, numbered(count));
      }
      const all = upTo(counts.reduce((sum, count) => sum + count, 0));
      const forward = await versionsOfPages(api, `${streamPath(id)}?limit=${size}`);
      expect(forward.flat()).toEqual(all);
      const backward = await versionsOfPages(api, `${streamPath(id)}?limit=${size}&direction=backward`);
      expect(backward.flat()).toEqual(all.toReversed());
      for (const pages of [forward, backward]) {
        expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true);
        expect(pages.at(-1)?.length).toBeGreaterThan(0);
      }
    }),
    { seed, numRuns: 60 },
  );
});

test('pages from any version, in either direction, are the events from there to the end', async () => {
  const api = createApi();
  for (const count of [1, 4, 2, 5]) {
    await api.append('Order-1', numbered(count));
  }
  const all = upTo(12);
  for (const from of all) {
    for (const limit of [1, 2, 5, 12]) {
      const query = `from=${from}&limit=${limit}`;
      const forward = await versionsOfPages(api, `/streams/Order-1?${query}`);
      expect(forward.flat()).toEqual(all.slice(from - 1));
      const backward = await versionsOfPages(api, `/streams/Order-1?${query}&direction=backward`);
      expect(backward.flat()).toEqual(all.slice(0, from).toReversed());
    }
  }
});

test('next keeps the limit and the direction, and is not there on the last page', async () => {
  const api = createApi();
  await api.append('Order/1-ä +%', numbered(5));
  const path = streamPath('Order/1-ä +%');
  expect(pageOf(await api.get(`${path}?limit=2`)).next).toBe(`${path}?from=3&limit=2&direction=forward`);
  expect(pageOf(await api.get(`${path}?limit=2&direction=backward`)).next).toBe(
    `${path}?from=3&limit=2&direction=backward`,
  );
  for (const query of [
    'limit=5',
    'from=4&limit=2',
    'from=6',
    'direction=backward&limit=5',
    'direction=backward&from=1',
  ]) {
    expect(pageOf(await api.get(`${path}?${query}`)).next).toBeUndefined();
  }
});

test('what is appended while a client pages is on the later pages', async () => {
  const api = createApi();
  await api.append('Order-1', numbered(3));
  const { next = '' } = pageOf(await api.get('/streams/Order-1?limit=2'));
  await api.append('Order-1', numbered(2));
  expect((await versionsOfPages(api, next)).flat()).toEqual([3, 4, 5]);
});

describe('a page of large events', { timeout: 60_000 }, () => {
  test.each([
    ['text', (index: number) => noise(380_000, String(index))],
    // What is escaped in a string is escaped again where the body is a string inside JSON.
    ['quotes', () => '"\\'.repeat(95_000)],
    ['many bytes for a character', () => '€'.repeat(130_000)],
  ])('of %s has as many as Lambda can answer with, and next goes on', async (_, dataOf) => {
    const api = createApi();
    const count = 40;
    for (let index = 0; index < count; index++) {
      await api.append('Order-1', [{ type: 'A', data: dataOf(index) }]);
    }
    for (const direction of ['forward', 'backward']) {
      const versions: number[] = [];
      let next: string | undefined = `/streams/Order-1?direction=${direction}`;
      while (next !== undefined) {
        const reply = await api.get(next);
        expect(Buffer.byteLength(JSON.stringify(reply.text))).toBeLessThan(ANSWER_BYTES_MAX);
        const page = pageOf(reply);
        versions.push(...page.events.map(({ version }) => version));
        next = page.next;
        expect(page.events.length).toBeGreaterThan(next === undefined ? 0 : 5);
      }
      expect(versions).toEqual(direction === 'forward' ? upTo(count) : upTo(count).toReversed());
    }
  });
});
