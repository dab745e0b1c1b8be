import { describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../lib/http/bounds.ts';
import { createApi } from './api.ts';

const GOOD = '{"events":[{"type":"A","data":1}]}';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** For bodies of megabytes on a busy machine. */
const SLOW_MS = 60_000;

describe('6 MB', { timeout: SLOW_MS }, () => {
  const padded = (bytes: number) => GOOD.padEnd(bytes);
  const tooLarge = { status: 413, body: { type: 'urn:tidemark:commit-too-large', limit: BODY_BYTES_MAX } };

  test('are taken, and a byte more is 413 with size and limit', async () => {
    const api = createApi();
    expect(await api.appendText('Order-1', padded(BODY_BYTES_MAX))).toMatchObject({ status: 201 });
    const over = await api.appendText('Order-1', padded(BODY_BYTES_MAX + 1));
    expect(over).toMatchObject(tooLarge);
    expect(over).toMatchObject({ body: { size: BODY_BYTES_MAX + 1 } });
  });

  test('a body that says that it has more is not read', async () => {
    const { stream, chunks } = endless();
    const headers = { ...JSON_TYPE, 'Content-Length': String(BODY_BYTES_MAX + 1) };
    const reply = await createApi().send('POST', '/streams/Order-1', { headers, body: stream, duplex: 'half' });
    expect(reply).toMatchObject(tooLarge);
    expect(chunks()).toBeLessThanOrEqual(1);
  });

  test('a body that does not say its length, or says less, is not read much further', async () => {
    const lengths = ['10', 'x', '6291456.5', '-1', '1e99', '9'.repeat(20)];
    for (const length of [{}, ...lengths.map((value) => ({ 'Content-Length': value }))]) {
      const { stream, chunks } = endless();
      const headers = { ...JSON_TYPE, ...length };
      const reply = await createApi().send('POST', '/streams/Order-1', { headers, body: stream, duplex: 'half' });
      expect(reply).toMatchObject(tooLarge);
      expect(chunks()).toBeLessThanOrEqual(6 + 2);
    }
  });

  function endless() {
    let count = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        count++;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    return { stream, chunks: () => count };
  }
});
