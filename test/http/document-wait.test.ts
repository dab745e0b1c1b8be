import { expect, test } from 'vitest';
import { memoryTables, ProjectionBehind } from '../../lib/index.ts';
import type { ReadModels, WaitOptions } from '../../lib/projections/read-model.ts';
import { createApi } from './api.ts';

/** Read models whose wait only ends by its signal, and the waits that were asked for. */
function heldReadModels() {
  const waits: WaitOptions[] = [];
  const begun = Promise.withResolvers<void>();
  const readModels: ReadModels = {
    document: async () => ({ document: 1, position: 7 }),
    statuses: async () => [],
    waitFor: (projection, position, options) => {
      waits.push(options);
      begun.resolve();
      return new Promise((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(new ProjectionBehind(projection, 7, position)));
      });
    },
  };
  return { waits, begun: begun.promise, readModels };
}

test.each(['client', 'closing'])('a wait of as long as was asked for is ended by its %s', async (who) => {
  const { waits, begun, readModels } = heldReadModels();
  const ends = { client: new AbortController(), closing: new AbortController() };
  const api = createApi(memoryTables(), { readModels, closing: ends.closing.signal });
  const { signal } = ends.client;
  const reply = api.send('GET', '/read-models/orders/1?minPosition=8&wait=20', { signal });
  await begun;
  (who === 'client' ? ends.client : ends.closing).abort();
  expect(await reply).toMatchObject({ status: 503, body: { position: 7, minPosition: 8 } });
  expect(waits).toMatchObject([{ timeoutMs: 20_000 }]);
});
