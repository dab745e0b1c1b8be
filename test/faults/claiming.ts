/** How writers write down what they have asked for and what was said, and what all of them share. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { AppendResult, StreamState } from '../../lib/index.ts';
import { type Attempt, type Trying, untilKnown } from './attempts.ts';
import type { Claim, Ledger, Outcome } from './ledger.ts';

export interface WriterOptions extends Trying {
  /** Unique in the run. */
  readonly name: string;
  readonly ledger: Ledger;
  /** What was acknowledged lately, by any writer: for reading it again. */
  readonly recent: Recent;
  /** The mean of the time between two things, in milliseconds. */
  readonly pauseMs: number;
  readonly mayGoOn: () => boolean;
}

/** What all writers share of what was acknowledged. */
export class Recent {
  /** Orders that are reviewed, and whose review nobody has closed yet. */
  readonly reviewed: string[] = [];
  readonly #results: AppendResult[] = [];
  readonly #states = new Map<string, StreamState>();
  /** When events were acknowledged that no follower has seen yet. */
  readonly acknowledged = new Map<string, number>();

  add(results: readonly AppendResult[]): void {
    for (const result of results) {
      this.#results.push(result);
      if (this.#results.length > 500) {
        this.#results.shift();
      }
      if ((this.#states.get(result.streamId)?.version ?? 0) < result.state.version) {
        this.#states.set(result.streamId, result.state);
      }
      const last = result.events.at(-1);
      if (last !== undefined && !result.duplicate) {
        this.acknowledged.set(last.id, performance.now());
      }
    }
  }

  get results(): readonly AppendResult[] {
    return this.#results;
  }

  stateOf(streamId: string): StreamState | undefined {
    return this.#states.get(streamId);
  }
}

/** Where the events of a claim were acknowledged to be. */
export type Places = Pick<Claim, 'firstVersion' | 'ids'>;

const Appended = z.object({ firstVersion: z.int(), events: z.array(z.object({ id: z.string() })) });

/** What a command is answered with. */
const Done = z.object({ orderId: z.string(), version: z.int() });

interface Repeatable<Result> {
  readonly task: string;
  readonly attempt: (trying: Trying) => Promise<Attempt<Result>>;
  readonly known: Attempt<Result>;
  readonly places: (result: Result) => unknown;
}

/** What was done under a key is done again at the end, and must then be what it was. */
export function keepForRepeat<Result>(
  { ledger, random }: WriterOptions,
  { task, attempt, known, places }: Repeatable<Result>,
): void {
  if (known.kind !== 'done') {
    return;
  }
  const before = places(known.result);
  ledger.keepForRepeat(random, async (trying) => {
    const again = await untilKnown(trying, `The repeat of ${task}`, () => attempt(trying));
    const after = again.kind === 'done' ? places(again.result) : again.code;
    if (!isDeepStrictEqual(after, before)) {
      trying.onTrouble(`${task} was answered with ${JSON.stringify(before)}, its repeat with ${JSON.stringify(after)}`);
    }
  });
}

/** Of the answer of an append over HTTP. */
export function placesOf(answer: unknown): Places {
  const { firstVersion, events } = Appended.parse(answer);
  return { firstVersion, ids: events.map(({ id }) => id) };
}

export function placesOfResult(result: AppendResult | undefined): Places {
  return result === undefined ? {} : { firstVersion: result.firstVersion, ids: result.events.map(({ id }) => id) };
}

export function placesOfResults(results: readonly AppendResult[]): readonly unknown[] {
  return results.map(({ streamId, ...result }) => [streamId, result.firstVersion, result.events.map(({ id }) => id)]);
}

/** Of the answer of a command. */
export function versionOf(answer: unknown): Places {
  return { firstVersion: Done.parse(answer).version };
}

export function outcomeOf({ kind }: Attempt<unknown>): Outcome {
  if (kind === 'done') {
    return 'once';
  }
  return kind === 'unknown' ? 'maybe' : 'never';
}
