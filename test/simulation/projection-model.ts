/** What documents are to be, told in another way: each is folded from the events of the log that have its key. */
import type { ReadDocument } from '../../lib/index.ts';
import { type DocumentProjection, defineProjection, type OnError } from '../../lib/projections/definition.ts';
import type { World } from './world.ts';

export const PROJECTION = 'trail';

/** The events that are followed; `Other` is not. `Ended` removes the document. */
export interface TrailEvents {
  readonly Added: { readonly isBad?: boolean };
  readonly Ended: { readonly isBad?: boolean };
}

/** What is lost, doubled or out of order shows. */
interface Trail {
  readonly version: number;
  positions: number[];
}

/** Events that fail do so until a mended version is deployed. */
export function trailProjection(version: number, onError: OnError, isMended: () => boolean): DocumentProjection {
  const check = (isBad: boolean | undefined) => {
    if (isBad === true && !isMended()) {
      throw new Error('not mended yet');
    }
  };
  return defineProjection<TrailEvents, Trail>({
    name: PROJECTION,
    version,
    onError,
    key: ({ streamId }) => streamId,
    initial: { version, positions: [] },
    evolve: {
      // Changes its argument, and fails afterwards: neither may be seen.
      Added: (trail, { position, data: { isBad } }) => {
        trail.positions.push(position);
        check(isBad);
        return trail;
      },
      Ended: (_, { data: { isBad } }) => {
        check(isBad);
        return undefined;
      },
    },
  });
}

interface KeyEvent {
  readonly position: number;
  readonly isEnd: boolean;
  readonly isBad: boolean;
}

export class TrailModel {
  readonly #world: World;
  readonly #events = new Map<string, KeyEvent[]>();
  #known = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Where the document under a key stands: after how many of its events; undefined where it is none of what it ever was. */
  check(key: string, onError: OnError, found: ReadDocument | undefined, position: number, reached: number): number {
    const events = this.#eventsOf(key);
    const isPast = (event: KeyEvent) => event.position <= position;
    const past = events.filter(isPast).length;
    const firstBad = events.findIndex(({ isBad }) => isBad);
    const atLeast = onError === 'park' && firstBad !== -1 ? Math.min(firstBad, past) : past;
    const shown = textOf(found?.document);
    const fits = [...events.keys(), events.length].filter((count) => count >= atLeast);
    const states = fits.filter((count) => trailsAfter(events.slice(0, count)).includes(shown));
    this.#world.model.require(
      states.length > 0,
      'documents are what the log says',
      () => `${key} at ${position} is ${shown}; it is made of ${JSON.stringify(events)}, of ${atLeast} at least`,
    );
    const last = states.at(-1) ?? 0;
    this.#world.model.require(
      onError === 'park' || states.length === 0 || last >= reached,
      'readers of documents never go back',
      () => `${key} was made of ${reached} events, and is of ${last} now`,
    );
    return Math.max(reached, states[0] ?? 0);
  }

  /** Once all is at rest. */
  checkLast(key: string, version: number, found: ReadDocument | undefined): void {
    const events = this.#eventsOf(key);
    const expected = textOf(trailAfter(events, version));
    this.#world.model.require(
      textOf(found?.document) === expected,
      'documents are what the log says',
      () => `in the end ${key} is ${textOf(found?.document)}, not ${expected}`,
    );
  }

  #eventsOf(key: string): readonly KeyEvent[] {
    const { events } = this.#world.model;
    for (; this.#known < events.length; this.#known++) {
      const event = events[this.#known];
      if (event !== undefined && event.type !== 'Other') {
        const { position, streamId, type, json } = event;
        const before = this.#events.get(streamId) ?? [];
        this.#events.set(streamId, before);
        before.push({ position, isEnd: type === 'Ended', isBad: json.includes('"isBad":true') });
      }
    }
    return this.#events.get(key) ?? [];
  }
}

function trailsAfter(events: readonly KeyEvent[]): string[] {
  return [1, 2].map((version) => textOf(trailAfter(events, version)));
}

function trailAfter(events: readonly KeyEvent[], version: number): Trail | undefined {
  const begin = events.findLastIndex(({ isEnd }) => isEnd) + 1;
  const positions = events.slice(begin).map(({ position }) => position);
  return positions.length === 0 ? undefined : { version, positions };
}

function textOf(document: unknown): string {
  return document === undefined ? 'none' : JSON.stringify(document);
}
