/** Lets one process do one step at a time, in an order that a seed decides. No timers: a run is microtasks only. */

/** Something that can die: whoever waits for a turn as this process then waits for ever. */
export class Process {
  readonly name: string;
  /** What all processes that do the same have in common. */
  readonly kind: string;
  isDead = false;
  /** What the world does when it dies. */
  onDeath: () => void = () => undefined;

  constructor(name: string) {
    this.name = name;
    this.kind = name.replace(/ ?[\d#].*$/, '');
  }
}

/** A step that waits. */
export interface Turn {
  readonly process: Process;
  readonly isReady: () => boolean;
  /** What has been sent off and may take effect although its process dies. */
  readonly effect: (() => void) | undefined;
  /** Where in a call of tables it is. */
  readonly point: string | undefined;
  readonly resume: () => void;
}

/** Picks one of the turns that are ready; there is at least one. */
export type Choose = (ready: readonly Turn[]) => Turn;

export class Scheduler {
  readonly #choose: Choose;
  #waiting: Turn[] = [];
  steps = 0;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  /** Resolves when it is this process's turn; never if it dies before. */
  turn(
    process: Process,
    isReady: () => boolean = () => true,
    { effect, point }: { readonly effect?: () => void; readonly point?: string } = {},
  ): Promise<void> {
    return new Promise((resolve) => {
      if (!process.isDead) {
        this.#waiting.push({ process, isReady, effect, point, resume: resolve });
      }
    });
  }

  /** One step of one process, and all that follows from it. False where nobody can go on. */
  async step(): Promise<boolean> {
    const ready = this.#waiting.filter(({ isReady }) => isReady());
    if (ready.length === 0) {
      return false;
    }
    const turn = this.#choose(ready);
    this.#waiting.splice(this.#waiting.indexOf(turn), 1);
    this.steps += 1;
    turn.resume();
    await settled();
    return true;
  }

  /** The process does nothing more. Returns the steps that it has waited with, and what it had sent off by them. */
  kill(process: Process): Turn[] {
    process.isDead = true;
    const turns = this.#waiting.filter((turn) => turn.process === process);
    this.#waiting = this.#waiting.filter((turn) => turn.process !== process);
    process.onDeath();
    return turns;
  }
}

/** Resolves once all promises have: what is asked for in a microtask as the next tick, Node runs when no microtask is left. */
export async function settled(): Promise<void> {
  // Outside of microtasks, as where a message has come, the next tick would be before them, and the run another one.
  await undefined;
  await new Promise((resolve) => process.nextTick(resolve));
}
