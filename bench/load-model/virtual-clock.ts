interface Timer {
  readonly at: number;
  /** Of timers of the same moment, the one that was set first goes first. */
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Time that passes only where everybody waits for it: as fast as the machine computes, and the same in every run. Whoever waits for anything
 * else than this clock, or a promise that depends on nothing else, is not waited for.
 */
export class VirtualClock {
  #now = 0;
  #set = 0;
  /** A binary heap: the earliest timer is the first. */
  readonly #timers: Timer[] = [];

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  delay(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#set += 1;
      push(this.#timers, { at: this.#now + Math.max(0, ms), order: this.#set, wake });
    });
  }

  /** Lets time pass until then, or until nobody waits any more. */
  async runUntil(ms: number): Promise<void> {
    await settled();
    for (let next = this.#timers[0]; next !== undefined && next.at <= ms; next = this.#timers[0]) {
      this.#now = next.at;
      // All of the same moment: what they wake may set others of it, which follow.
      while (this.#timers[0]?.at === this.#now) {
        pop(this.#timers)?.wake();
      }
      await settled();
    }
    this.#now = Math.max(this.#now, ms);
  }
}

/** All promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, timer)) {
      break;
    }
    heap[index] = above;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) {
    return first;
  }
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    const [one, other] = [heap[left], heap[right]];
    const least = one !== undefined && other !== undefined && isBefore(other, one) ? right : left;
    const child = heap[least];
    if (child === undefined || isBefore(last, child)) {
      break;
    }
    heap[index] = child;
    index = least;
  }
  heap[index] = last;
  return first;
}
