/** What writers were told, against what is stored. */
import type { AppendResult, StreamAppend } from '../../lib/index.ts';
import type { Model } from './model.ts';

export interface Attempt {
  readonly parts: readonly StreamAppend[];
  /** Of each stream, before the call. */
  readonly before: readonly number[];
  /** Whether an earlier try had taken effect, before the call. */
  readonly isRepeat: boolean;
  outcome:
    | { readonly kind: 'unknown' }
    | { readonly kind: 'refused' }
    | { readonly kind: 'stored'; readonly results: readonly AppendResult[] };
}

/** An attempt that begins now. */
export function attemptOf(model: Model, label: string, parts: readonly StreamAppend[]): Attempt {
  const before = parts.map(({ streamId }) => model.version(streamId));
  return { parts, before, isRepeat: model.places.has(label), outcome: { kind: 'unknown' } };
}

export class Claims {
  readonly #model: Model;
  readonly #attempts = new Map<string, Attempt[]>();

  constructor(model: Model) {
    this.#model = model;
  }

  begin(label: string, attempt: Attempt): void {
    this.#attempts.set(label, [...(this.#attempts.get(label) ?? []), attempt]);
  }

  /** It stands where it was said to be, and there the stream was as expected. */
  checkStored(label: string, { parts }: Attempt, results: readonly AppendResult[]): void {
    this.#require(this.#places(label) === placesText(results), label, () => `they were told ${placesText(results)}`);
    for (const [index, { firstVersion, version }] of results.entries()) {
      const { expect = 'any', events } = parts[index] ?? { events: [] };
      this.#require(version === firstVersion + events.length - 1, label, () => `they end at ${version}`);
      const expected = typeof expect === 'object' ? expect.version : expect;
      const isMet =
        expected === 'any' ||
        (expected === 'exists' ? firstVersion > 1 : firstVersion === (expected === 'no-stream' ? 0 : expected) + 1);
      this.#require(isMet, label, () => `they are at ${firstVersion}, expected was ${expected}`);
    }
  }

  /** The stream that it was refused for was not as expected, at some time during the call. */
  checkRefused(label: string, { parts, before, isRepeat }: Attempt, streamId: string): void {
    this.#require(!isRepeat, label, () => 'they were there before they were refused');
    const index = parts.findIndex((part) => part.streamId === streamId);
    const expect = parts[index]?.expect ?? 'any';
    const [first = 0, last = 0] = [before[index], this.#model.version(streamId)];
    const expected = typeof expect === 'object' ? expect.version : expect;
    const isAlways =
      expected === 'exists' ? first > 0 : first === last && last === (expected === 'no-stream' ? 0 : expected);
    this.#require(
      expected !== 'any' && !isAlways,
      label,
      () => `they were refused for ${streamId} expected at ${expected}`,
    );
  }

  /** Once all is at rest. */
  checkAll(): void {
    for (const [label, attempts] of this.#attempts) {
      const places = this.#model.places.get(label) ?? [];
      const streams = attempts[0]?.parts.map(({ streamId }) => streamId) ?? [];
      const isWhole = places.length === 0 || places.map(({ streamId }) => streamId).join() === streams.join();
      this.#require(isWhole, label, () => `they are of ${streams.join(' ')}, once or not at all`);
      const isRefused = attempts.every(({ outcome }) => outcome.kind === 'refused');
      this.#require(!isRefused || places.length === 0, label, () => 'they were refused');
      for (const { outcome } of attempts) {
        if (outcome.kind === 'stored') {
          this.#require(this.#places(label) === placesText(outcome.results), label, () => 'they were told elsewhere');
        }
      }
    }
  }

  #places(label: string): string {
    return placesText(this.#model.places.get(label) ?? []);
  }

  #require(isTrue: boolean, label: string, detail: () => string): void {
    this.#model.require(
      isTrue,
      'writers are told the truth',
      () => `the events ${label} are stored at [${this.#places(label)}]: ${detail()}`,
    );
  }
}

function placesText(places: readonly { readonly streamId: string; readonly firstVersion: number }[]): string {
  return places.map(({ streamId, firstVersion }) => `${streamId}@${firstVersion}`).join(' ');
}
