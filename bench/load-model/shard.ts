import type { Limits } from './limits.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface StreamRecord<Value> {
  readonly readableAt: number;
  readonly value: Value;
}

/** A shard of a stream, and Lambda's event source mapping on it: one call at a time, with the records in their order. */
export class Shard<Value> {
  readonly #clock: VirtualClock;
  readonly #limits: Limits;
  #records: StreamRecord<Value>[] = [];
  #busyMs = 0;
  /** Of the call that is under way. */
  #busySince: number | undefined;

  constructor(clock: VirtualClock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Time that calls have taken up to now. */
  busyMsUntil(now: number): number {
    return this.#busyMs + (this.#busySince === undefined ? 0 : now - this.#busySince);
  }

  add(value: Value): void {
    this.#records.push({ readableAt: this.#clock.now + this.#limits.streamMs, value });
  }

  /** Calls the function with what there is, for ever. A batch that fails is given again. */
  async deliver(call: (batch: readonly Value[]) => Promise<void>): Promise<never> {
    const { pollMs, batchSize, batchingWindowMs, recordsPerRead } = this.#limits;
    // Without waiting, a batch is what one read gives.
    const sizeMax = batchingWindowMs === 0 ? Math.min(batchSize, recordsPerRead) : batchSize;
    for (;;) {
      const readable = this.#readable(sizeMax);
      const [first] = readable;
      const isDue =
        readable.length >= sizeMax || (first?.readableAt ?? Number.NaN) + batchingWindowMs <= this.#clock.now;
      if (!isDue) {
        await this.#clock.delay(pollMs);
        continue;
      }
      this.#busySince = this.#clock.now;
      const isDone = await call(readable.map(({ value }) => value)).then(
        () => true,
        () => false,
      );
      this.#records = isDone ? this.#records.slice(readable.length) : this.#records;
      this.#busyMs += this.#clock.now - this.#busySince;
      this.#busySince = undefined;
    }
  }

  #readable(max: number): readonly StreamRecord<Value>[] {
    const some = this.#records.slice(0, max);
    const end = some.findIndex(({ readableAt }) => readableAt > this.#clock.now);
    return end === -1 ? some : some.slice(0, end);
  }
}
