import type { VirtualClock } from './virtual-clock.ts';

/** Things that one user at a time has; whoever comes when all are taken waits for his turn. */
export class Pool<Thing> {
  readonly #clock: VirtualClock;
  readonly #size: number;
  readonly #idle: Thing[];
  readonly #waiting: ((thing: Thing) => void)[] = [];

  /** The time that things have been in use, until `#since`, and how many of them are. */
  #usedMs = 0;
  #since = 0;
  #inUse = 0;

  constructor(clock: VirtualClock, things: readonly Thing[]) {
    this.#clock = clock;
    this.#size = things.length;
    this.#idle = [...things];
  }

  /** Of the time up to now, how long a thing has been in use, on average of all. */
  get usedMs(): number {
    this.#count(0);
    return this.#usedMs / this.#size;
  }

  #count(more: number): void {
    this.#usedMs += this.#inUse * (this.#clock.now - this.#since);
    this.#since = this.#clock.now;
    this.#inUse += more;
  }

  async use(work: (thing: Thing) => Promise<void>): Promise<void> {
    const thing = this.#idle.pop() ?? (await new Promise<Thing>((resolve) => this.#waiting.push(resolve)));
    this.#count(1);
    try {
      await work(thing);
    } finally {
      this.#count(-1);
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#idle.push(thing);
      } else {
        next(thing);
      }
    }
  }
}
