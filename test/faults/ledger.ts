/** The model: what was asked for, and what was said about it. */
import type { Prng } from '../simulation/prng.ts';
import type { Trying } from './attempts.ts';
import { REPEATS_KEPT_MAX } from './bounds.ts';

/** What must be in the log of something that was asked for: it was acknowledged; nobody knows; or it was refused. */
export type Outcome = 'once' | 'maybe' | 'never';

/** An event as it was asked for. */
export interface AskedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Events that were to be appended to one stream together, by an append or by a command. */
export interface Claim {
  /** What its events tell of themselves (`claimKeyOf`). */
  readonly key: string;
  readonly streamId: string;
  readonly events: readonly AskedEvent[];
  readonly outcome: Outcome;
  /** Of the first event, where it was acknowledged with one. */
  readonly firstVersion?: number | undefined;
  /** Of the events, where they were acknowledged with them. */
  readonly ids?: readonly string[] | undefined;
  /** Of an `appendMany`: what tells its claims together. */
  readonly group?: string | undefined;
}

/** Does something again that was done, and tells what is not as it was. */
type Repeat = (trying: Trying) => Promise<void>;

export class Ledger {
  readonly #claims = new Map<string, Claim>();
  readonly #repeats: Repeat[] = [];
  #repeatable = 0;

  /** What can be repeated: as many as there is time for, each with the same chance. */
  keepForRepeat(random: Prng, repeat: Repeat): void {
    this.#repeatable += 1;
    const place = random.between(0, this.#repeatable - 1);
    if (this.#repeats.length < REPEATS_KEPT_MAX) {
      this.#repeats.push(repeat);
    } else if (place < REPEATS_KEPT_MAX) {
      this.#repeats[place] = repeat;
    }
  }

  get repeats(): readonly Repeat[] {
    return this.#repeats;
  }

  record(claim: Claim): void {
    if (this.#claims.has(claim.key)) {
      throw new Error(`${claim.key} is claimed twice`);
    }
    this.#claims.set(claim.key, claim);
  }

  get claims(): ReadonlyMap<string, Claim> {
    return this.#claims;
  }

  counts(): Readonly<Record<Outcome, number>> {
    const counts = { once: 0, maybe: 0, never: 0 };
    for (const { outcome } of this.#claims.values()) {
      counts[outcome] += 1;
    }
    return counts;
  }
}

/** What an event belongs to; undefined where nobody claims such an event. */
export function claimKeyOf(event: {
  readonly streamId: string;
  readonly type: string;
  readonly data: unknown;
}): string | undefined {
  switch (event.type) {
    case 'Noted':
      return notedKey(taskOf(event.data), event.streamId);
    case 'OrderPlaced':
      return placedKey(event.streamId);
    case 'OrderShipped':
      return shippedKey(event.streamId);
    case 'ReviewOpened':
      return reviewKey(event.streamId);
    case 'ReviewClosed':
      return closedKey(event.streamId);
    default:
      return undefined;
  }
}

export function notedKey(task: string, streamId: string): string {
  return `${task} in ${streamId}`;
}

export function placedKey(streamId: string): string {
  return `placing ${streamId}`;
}

export function shippedKey(streamId: string): string {
  return `shipping ${streamId}`;
}

export function reviewKey(streamId: string): string {
  return `opening ${streamId}`;
}

export function closedKey(streamId: string): string {
  return `closing ${streamId}`;
}

function taskOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'task' in data ? String(data.task) : 'nobody';
}
