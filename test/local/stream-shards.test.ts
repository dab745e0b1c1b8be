import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { STREAM_BATCH_BYTES_MAX } from '../../lib/local/bounds.ts';
import { pause } from '../../lib/local/stream-pause.ts';
import { readyShards } from '../../lib/local/stream-shards.ts';
import { fakeStream } from './stream-fake-source.ts';
import { POLL_MS, readFake, sequenceNumbersOf, soon } from './stream-reading.ts';

describe('shards', () => {
  test.each([
    ['no parent', {}, [], true],
    ['a parent that is not begun', {}, ['parent'], false],
    ['a parent that is being read', { parent: 'reading' }, ['parent'], false],
    ['a parent that is being read, and trimmed away', { parent: 'reading' }, [], false],
    ['a parent that is finished', { parent: 'finished' }, ['parent'], true],
    ['a parent that was trimmed away before', {}, [], true],
    ['being read itself', { child: 'reading', parent: 'finished' }, ['parent'], false],
  ] as const)('with %s', (name, progress, listed, isReady) => {
    const child = { shardId: 'child', parentShardId: name === 'no parent' ? undefined : 'parent', isClosed: false };
    const shards = [...listed.map((shardId) => ({ shardId, isClosed: true })), child];
    expect(readyShards(shards, new Map(Object.entries(progress))).includes('child')).toBe(isReady);
  });

  test('are read side by side, each with one invocation at a time', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.addShard('B');
    stream.add('A', 11);
    stream.add('B', 11);
    const open = Promise.withResolvers<void>();
    const { invocations } = readFake(stream, () => open.promise);
    await soon(() => invocations.length === 2);
    open.resolve();
    await soon(() => invocations.length === 4);
    expect(invocations.map(([first]) => first)).toEqual(['A-0', 'B-0', 'A-10', 'B-10']);
  });

  test('a child is read once its parent is closed and all of it is done', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 1);
    stream.addShard('B', 'A');
    stream.add('B', 1);
    const open = Promise.withResolvers<void>();
    const { invocations } = readFake(stream, () => open.promise);
    await soon(() => invocations.length === 1);
    stream.close('A');
    const polls = stream.calls.length;
    await soon(() => stream.calls.length > polls + 3);
    expect(invocations).toEqual([['A-0']]);
    open.resolve();
    await soon(() => invocations.length === 2);
    expect(invocations).toEqual([['A-0'], ['B-0']]);
  });

  test('new ones are found', async () => {
    const stream = fakeStream();
    const { invocations } = readFake(stream);
    await soon(() => stream.calls.length > 3);
    stream.addShard('A');
    stream.add('A', 1);
    await soon(() => invocations.length === 1);
    stream.addShard('B', 'A');
    stream.close('A');
    stream.add('B', 1);
    await soon(() => invocations.length === 2);
  });

  test('a shard that is trimmed away unread lets its child go on', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 1);
    const { invocations, reported } = readFake(stream, async ([first]) => {
      if (first === 'A-0') {
        stream.addShard('B', 'A');
        stream.add('B', 1);
        stream.remove('A');
      }
    });
    await soon(() => invocations.length === 2);
    expect(invocations).toEqual([['A-0'], ['B-0']]);
    expect(reported.length).toBeLessThanOrEqual(1);
  });
});

describe('iterators', () => {
  test('one is enough where nothing happens, and a poll is one request', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    const { invocations, waits } = readFake(stream);
    for (const count of [1, 2, 3]) {
      stream.add('A', 1);
      await soon(() => invocations.length === count);
      const polls = stream.calls.length;
      await soon(() => stream.calls.length > polls + 2);
    }
    expect(stream.calls.filter((call) => call.startsWith('iterator'))).toEqual(['iterator A']);
    expect(waits).toContain(POLL_MS);
  });

  test('a record arrives within two waits of the poll interval, whenever it is written', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    const pollsAtArrival: number[] = [];
    const reading = readFake(stream, async () => {
      pollsAtArrival.push(polls());
    });
    const polls = () => reading.waits.filter((ms) => ms === POLL_MS).length;
    for (let count = 1; count <= 20; count++) {
      // At another place of the poller's work each time.
      for (let turns = 0; turns < count; turns++) {
        await turn();
      }
      const before = polls();
      stream.add('A', 1);
      await soon(() => pollsAtArrival.length === count);
      expect((pollsAtArrival.at(-1) ?? Number.NaN) - before).toBeLessThanOrEqual(2);
    }
  });

  test('an expired one is replaced behind what is done', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.expireIterators();
    const { invocations, reported } = readFake(stream);
    stream.add('A', 2);
    await soon(() => invocations.length === 1);
    stream.expireIterators();
    await soon(() => stream.calls.includes('iterator A after A-1'));
    stream.add('A', 1);
    await soon(() => invocations.length === 2);
    expect(invocations).toEqual([['A-0', 'A-1'], ['A-2']]);
    expect(reported).toEqual([]);
  });

  test('an expired one of which nothing is done is replaced from the start', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    const { invocations } = readFake(stream);
    await soon(() => stream.calls.length > 5);
    stream.expireIterators();
    stream.add('A', 1);
    await soon(() => invocations.length === 1);
    expect(stream.calls.filter((call) => call.startsWith('iterator'))).toEqual(['iterator A', 'iterator A']);
  });
});

describe('trimmed records', () => {
  test('it goes on with the oldest that is there', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 2);
    const { invocations, reported } = readFake(stream, async ([first]) => {
      if (first === 'A-0') {
        stream.add('A', 3);
        stream.trim('A', 4);
      }
    });
    await soon(() => invocations.length === 2);
    expect(invocations).toEqual([['A-0', 'A-1'], ['A-4']]);
    expect(reported).toEqual([]);
  });

  test('where none is left nothing is said, however long, and the next one arrives', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 2);
    stream.trim('A', 2);
    const { invocations, reported, waits } = readFake(stream);
    await soon(() => stream.calls.length > 20);
    stream.add('A', 1);
    await soon(() => invocations.length === 1);
    expect(invocations).toEqual([['A-2']]);
    expect(reported).toEqual([]);
    expect(waits.filter((ms) => ms === POLL_MS).length).toBeGreaterThan(5);
  });

  test('a closed shard with none left is finished', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 2);
    stream.trim('A', 2);
    stream.close('A');
    stream.addShard('B', 'A');
    stream.add('B', 1);
    const { invocations } = readFake(stream);
    await soon(() => invocations.length === 1);
    expect(invocations).toEqual([['B-0']]);
  });
});

describe('failing requests', () => {
  test.each(['records A', 'iterator A', 'shards'])(
    '%s: the third in a row is told, and it goes on',
    async (failing) => {
      let left = 0;
      const stream = fakeStream({
        before: async (call) => {
          if (call.startsWith(failing) && left > 0) {
            left -= 1;
            throw new Error('cut off');
          }
        },
      });
      stream.addShard('A');
      stream.add('A', 1);
      left = 2;
      const { invocations, reported } = readFake(stream);
      await soon(() => invocations.length === 1);
      expect(reported).toEqual([]);
      left = 4;
      if (failing === 'iterator A') {
        stream.expireIterators();
      }
      await soon(() => left === 0);
      stream.add('A', 1);
      await soon(() => invocations.length === 2);
      expect(invocations).toEqual([['A-0'], ['A-1']]);
      // Expired iterators count, too.
      expect(reported).toHaveLength(failing === 'iterator A' ? 3 : 2);
      expect(reported[0]).toMatchObject({ cause: { message: 'cut off' } });
    },
  );
});

describe('a handler', () => {
  test('that throws gets the same records again, after waits that double up to 5 s, until it succeeds', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 2);
    let calls = 0;
    const { invocations, reported, waits } = readFake(stream, async () => {
      calls += 1;
      // Records that come later wait for their turn.
      stream.add('A', calls === 1 ? 1 : 0);
      if (calls <= 8) {
        throw new Error(`failure ${calls}`);
      }
    });
    await soon(() => calls === 10);
    expect(invocations).toEqual([...Array.from({ length: 9 }, () => ['A-0', 'A-1']), ['A-2']]);
    expect(reported).toHaveLength(8);
    expect(reported[0]).toMatchObject({
      message: 'A handler of table failed, and gets 2 records again',
      cause: { message: 'failure 1' },
    });
    const doubling = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];
    expect(waits.filter((ms) => doubling.includes(ms))).toEqual(expect.arrayContaining(doubling));
  });

  test('that throws before it returns a promise is one that fails', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 1);
    let calls = 0;
    const { invocations } = readFake(stream, () => {
      calls += 1;
      if (calls === 1) {
        throw new Error('at once');
      }
      return Promise.resolve();
    });
    await soon(() => invocations.length === 2);
  });

  test('goes on with the first record that it says has failed', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 4);
    const answers = [['A-3', 'A-2'], ['A-2'], []];
    const { invocations, reported } = readFake(stream, async () => ({
      batchItemFailures: (answers.shift() ?? []).map((itemIdentifier) => ({ itemIdentifier })),
    }));
    await soon(() => invocations.length === 3);
    expect(invocations).toEqual([
      ['A-0', 'A-1', 'A-2', 'A-3'],
      ['A-2', 'A-3'],
      ['A-2', 'A-3'],
    ]);
    expect(reported).toHaveLength(2);
    expect(String(reported[0])).toContain('A-2');
  });

  test('gets records again as they were', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 1);
    const seen: string[][] = [];
    readFake(stream, async (_, event) => {
      seen.push(sequenceNumbersOf(event));
      Object.assign(event.Records[0] ?? {}, { dynamodb: { SequenceNumber: 'changed' } });
      event.Records.pop();
      if (seen.length === 1) {
        throw new Error('after changing them');
      }
    });
    await soon(() => seen.length === 2);
    expect(seen).toEqual([['A-0'], ['A-0']]);
  });

  test('gets up to 1 MB at once, and never nothing', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 3, STREAM_BATCH_BYTES_MAX / 2);
    stream.add('A', 2, STREAM_BATCH_BYTES_MAX + 1);
    const { invocations } = readFake(stream);
    await soon(() => invocations.length === 4);
    expect(invocations).toEqual([['A-0', 'A-1'], ['A-2'], ['A-3'], ['A-4']]);
  });
});

describe('stopping', () => {
  test('waits for the handler under way, and delivers no more', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 11);
    const open = Promise.withResolvers<void>();
    const { invocations, stop } = readFake(stream, () => open.promise);
    await soon(() => invocations.length === 1);
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    await turns();
    expect(isStopped).toBe(false);
    open.resolve();
    await stopped;
    const calls = stream.calls.length;
    expect(invocations).toHaveLength(1);
    stream.add('A', 1);
    await turns();
    expect(stream.calls).toHaveLength(calls);
  });

  test('ends every wait', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.addShard('B');
    stream.add('B', 1);
    const { waits, stop } = readFake(
      stream,
      async () => {
        throw new Error('not yet');
      },
      (_, signal) => pause(60_000, signal),
    );
    // For shards, for records, and for another try.
    await soon(() => waits.length === 3);
    await stop();
  });

  test('tells what fails while it stops, unless stopping is why', async () => {
    const stream = fakeStream();
    stream.addShard('A');
    stream.add('A', 1);
    const open = Promise.withResolvers<void>();
    const { invocations, reported, stop } = readFake(stream, () => open.promise);
    await soon(() => invocations.length === 1);
    const stopped = stop();
    open.reject(new Error('late'));
    await stopped;
    expect(reported).toMatchObject([{ cause: { message: 'late' } }]);
    expect(invocations).toHaveLength(1);
  });
});

/** Lets whatever can go on do so. */
async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    await turn();
  }
}
