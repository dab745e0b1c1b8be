/** What documents are to be, told in another way: each is folded from the events of the log that have its key. */
import type { ReadDocument } from '../../lib/index.ts';
import { createProjectionContext } from '../../lib/projections/context.ts';
import { type DocumentProjection, defineProjection, type OnError } from '../../lib/projections/definition.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import type { Model } from './model.ts';

export const PROJECTION = 'trail';

/** Which events are followed, each under its stream, and which one removes the document. */
export interface TrailRules {
  readonly addedTypes: readonly string[];
  readonly endType: string;
  /** Which data bring no luck: whatever reads them fails until it is mended. */
  readonly isBad: (data: object) => boolean;
}

export function isCalledBad(data: object): boolean {
  return 'isBad' in data && data.isBad === true;
}

const RULES: TrailRules = { addedTypes: ['Added'], endType: 'Ended', isBad: isCalledBad };

interface TrailEvents {
  readonly [type: string]: object;
}

/** What is lost, doubled or out of order shows. */
interface Trail {
  readonly version: number;
  positions: number[];
}

/** Events that fail do so until a mended version is deployed. */
export function trailProjection(
  version: number,
  onError: OnError,
  isMended: () => boolean,
  { addedTypes, endType, isBad }: TrailRules = RULES,
): DocumentProjection {
  const check = (data: object) => {
    if (isBad(data) && !isMended()) {
      throw new Error('not mended yet');
    }
  };
  // Changes its argument, and fails afterwards: neither may be seen.
  const add = (trail: Trail, { position, data }: LoggedTrailEvent) => {
    trail.positions.push(position);
    check(data);
    return trail;
  };
  const end = (_: Trail, { data }: LoggedTrailEvent) => {
    check(data);
    return undefined;
  };
  return defineProjection<TrailEvents, Trail>({
    name: PROJECTION,
    version,
    onError,
    key: ({ streamId }) => streamId,
    initial: { version, positions: [] },
    evolve: { ...Object.fromEntries(addedTypes.map((type) => [type, add])), [endType]: end },
  });
}

interface LoggedTrailEvent {
  readonly position: number;
  readonly data: object;
}

interface KeyEvent {
  readonly position: number;
  readonly isEnd: boolean;
  readonly isBad: boolean;
}

export class TrailModel {
  readonly #model: Model;
  readonly #rules: TrailRules;
  readonly #events = new Map<string, KeyEvent[]>();
  #known = 0;

  constructor(model: Model, rules: TrailRules = RULES) {
    this.#model = model;
    this.#rules = rules;
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
    this.#model.require(
      states.length > 0,
      'documents are what the log says',
      () => `${key} at ${position} is ${shown}; it is made of ${JSON.stringify(events)}, of ${atLeast} at least`,
    );
    const last = states.at(-1) ?? 0;
    this.#model.require(
      onError === 'park' || states.length === 0 || last >= reached,
      'readers of documents never go back',
      () => `${key} was made of ${reached} events, and is of ${last} now`,
    );
    return Math.max(reached, states[0] ?? 0);
  }

  /** Once all is at rest. */
  async checkAllLast(memory: Tables, keys: readonly string[], version: number): Promise<void> {
    const readModels = createReadModels(createProjectionContext(memory));
    for (const key of keys) {
      this.#checkLast(key, version, await readModels.document(PROJECTION, key));
    }
  }

  #checkLast(key: string, version: number, found: ReadDocument | undefined): void {
    const events = this.#eventsOf(key);
    const expected = textOf(trailAfter(events, version));
    this.#model.require(
      textOf(found?.document) === expected,
      'documents are what the log says',
      () => `in the end ${key} is ${textOf(found?.document)}, not ${expected}`,
    );
  }

  #eventsOf(key: string): readonly KeyEvent[] {
    const { events } = this.#model;
    const { addedTypes, endType, isBad } = this.#rules;
    for (; this.#known < events.length; this.#known++) {
      const event = events[this.#known];
      if (event !== undefined && [...addedTypes, endType].includes(event.type)) {
        const { position, streamId, type, json } = event;
        const before = this.#events.get(streamId) ?? [];
        this.#events.set(streamId, before);
        before.push({ position, isEnd: type === endType, isBad: isBad(Object(JSON.parse(json).data)) });
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
