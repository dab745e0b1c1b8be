/** A stream that grows, splits, fails, expires and is trimmed while it is read, every call interleaved at random. */
import type { DynamoDBStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStream } from '../../lib/local/stream-shards.ts';
import { logSeed, seed } from '../seed.ts';
import { type FakeStream, fakeStream } from './stream-fake-source.ts';
import { sequenceNumbersOf } from './stream-reading.ts';

logSeed();

type Step =
  | { readonly kind: 'add'; readonly shard: number; readonly count: number }
  | { readonly kind: 'split'; readonly shard: number; readonly children: number }
  | { readonly kind: 'expire' }
  | { readonly kind: 'trim'; readonly shard: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add'), shard: fc.nat(9), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('split'), shard: fc.nat(9), children: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim'), shard: fc.nat(9) }) },
);

/** After so many faults all is well, so that a run ends. */
const FAULTS_MAX = 25;

/** Many times what a run takes after its last write; whatever does not end by then never does. */
const TURNS_MAX = 5_000;

test('every record is done, in the order of its shard, after its parents, and one invocation at a time per shard', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { maxLength: 10 }),
      fc.array(step, { maxLength: 12 }),
      fc.infiniteStream(fc.nat(9)),
      async (scheduler, before, during, chance) => {
        const random = () => chance.next().value ?? 9;
        const turn = async () => {
          await scheduler.schedule(Promise.resolve());
        };
        let faults = 0;
        const isFault = () => {
          faults += 1;
          return faults <= FAULTS_MAX && random() < 3;
        };
        const stream = fakeStream({
          before: async () => {
            await turn();
            if (isFault()) {
              throw new Error('cut off');
            }
          },
          pageLength: (available) => (isFault() ? Math.min(available, random() % 3) : available),
        });
        stream.addShard('0');
        const model = new Model(stream);
        for (const one of before) {
          model.write(one);
        }
        const stopping = new AbortController();
        const stopped = readStream(
          {
            source: stream.source,
            handler: async (event) => {
              model.check(() => model.begin(event));
              await turn();
              return model.end(event, isFault() ? random() : undefined);
            },
            reportError: () => {},
            pause: (_, signal) => Promise.race([turn(), abortOf(signal)]),
            tableName: 'table',
            pollMs: 1,
            batchSize: 4,
          },
          stopping.signal,
        );
        await scheduler.waitFor(
          (async () => {
            for (const one of during) {
              await turn();
              model.write(one);
            }
            for (let turns = 0; turns < TURNS_MAX && !model.isAllDone() && !model.isBroken(); turns += 1) {
              await turn();
            }
          })(),
        );
        stopping.abort();
        await scheduler.waitFor(stopped);
        model.checkEnd();
      },
    ),
    { seed, numRuns: 300 },
  );
});

/** What was written, what of it was done, and the rules that hold at every moment. */
class Model {
  readonly #stream: FakeStream;
  /** Records of each shard that are done, from its first. */
  readonly #done = new Map<string, number>();
  readonly #running = new Set<string>();
  readonly #broken: unknown[] = [];

  constructor(stream: FakeStream) {
    this.#stream = stream;
  }

  write(one: Step): void {
    const { shards } = this.#stream;
    if (one.kind === 'expire') {
      this.#stream.expireIterators();
      return;
    }
    const shardId = [...shards.keys()][one.shard % shards.size] ?? '';
    const shard = shards.get(shardId);
    if (one.kind === 'trim') {
      // What is not done yet would be lost, as it is in AWS.
      this.#stream.trim(shardId, this.#done.get(shardId) ?? 0);
    } else if (shard?.isClosed === false) {
      if (one.kind === 'add') {
        this.#stream.add(shardId, one.count);
      } else {
        this.#stream.close(shardId);
        for (let child = 0; child < one.children; child += 1) {
          this.#stream.addShard(`${shards.size}`, shardId);
        }
      }
    }
  }

  begin(event: DynamoDBStreamEvent): void {
    const { shardId, records, done } = this.#read(event);
    expect(this.#running.has(shardId), 'two at once').toBe(false);
    this.#running.add(shardId);
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThanOrEqual(4);
    expect(records).toEqual(records.map((_, index) => `${shardId}-${done + index}`));
    const parent = this.#stream.shards.get(shardId)?.parent;
    if (parent !== undefined) {
      expect(this.#done.get(parent) ?? 0, 'the parent is done').toBe(this.#stream.shards.get(parent)?.records.length);
    }
  }

  /** `failing`: what goes wrong. */
  end(event: DynamoDBStreamEvent, failing: number | undefined) {
    const { shardId, records, done } = this.#read(event);
    this.#running.delete(shardId);
    if (failing === undefined) {
      this.#done.set(shardId, done + records.length);
      return undefined;
    }
    if (failing === 0) {
      throw new Error('the handler failed');
    }
    if (failing === 1) {
      return { batchItemFailures: [{ itemIdentifier: '' }] };
    }
    const first = failing % records.length;
    this.#done.set(shardId, done + first);
    return {
      batchItemFailures: records
        .slice(first)
        .toReversed()
        .map((itemIdentifier) => ({ itemIdentifier })),
    };
  }

  isAllDone(): boolean {
    return [...this.#stream.shards].every(
      ([shardId, { records }]) => (this.#done.get(shardId) ?? 0) === records.length,
    );
  }

  isBroken(): boolean {
    return this.#broken.length > 0;
  }

  /** Keeps what is thrown for the end: the reader would take it for a failure of the handler. */
  check(rules: () => void): void {
    try {
      rules();
    } catch (error) {
      this.#broken.push(error);
    }
  }

  checkEnd(): void {
    for (const error of this.#broken) {
      throw error;
    }
    expect(this.#running.size, 'invocations that are not over').toBe(0);
    expect(this.isAllDone(), 'all is done').toBe(true);
  }

  #read(event: DynamoDBStreamEvent) {
    const records = sequenceNumbersOf(event);
    const shardId = records[0]?.split('-')[0] ?? '';
    return { shardId, records, done: this.#done.get(shardId) ?? 0 };
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
