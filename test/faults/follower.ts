/** Followers of the log: what each has seen, and one that goes over HTTP. */
import * as z from 'zod';
import type { Trying } from './attempts.ts';
import { FOLLOWER_WAIT_SECONDS, HTTP_TIMEOUT_MS, PAGE_EVENTS } from './bounds.ts';
import type { SeenEvent } from './store-messages.ts';

const EventsPage = z.object({
  events: z.array(z.object({ position: z.int(), id: z.string() })),
  position: z.int(),
});

/** What a follower has seen, over all lives of its process. */
export class Follower {
  readonly name: string;
  /** The ids of events, in the order in which they came. */
  readonly ids: string[] = [];
  readonly #onTrouble: (what: string) => void;

  constructor(name: string, onTrouble: (what: string) => void) {
    this.name = name;
    this.#onTrouble = onTrouble;
  }

  get position(): number {
    return this.ids.length;
  }

  see(events: readonly SeenEvent[]): void {
    for (const { position, id } of events) {
      if (position !== this.position + 1) {
        this.#onTrouble(`${this.name} was given position ${position} after ${this.position}`);
      }
      this.ids.push(id);
    }
  }
}

/** Follows over HTTP, each page from any of the systems. */
export async function followOverHttp(
  follower: Follower,
  { processes, random, measures, onTrouble }: Trying,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { url } = await random.pick(processes.systems).ready();
    const query = `after=${follower.position}&limit=${PAGE_EVENTS}&wait=${FOLLOWER_WAIT_SECONDS}`;
    try {
      const answer = await fetch(`${url}/events?${query}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]),
      });
      const body: unknown = await answer.json();
      if (answer.ok) {
        follower.see(EventsPage.parse(body).events);
      } else {
        measures.failed(`HTTP ${answer.status}`);
        if (answer.status !== 503) {
          onTrouble(`GET /events?${query} was answered with ${answer.status}: ${JSON.stringify(body)}`);
        }
      }
    } catch (error) {
      // A system that was killed; anything else shows in what was seen.
      measures.failed(`HTTP ${error instanceof Error ? error.name : 'thrown'}`);
    }
  }
}
