/** One try of something, with the library in another process or over HTTP, and what is known after it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendResult } from '../../lib/index.ts';
import type { Prng } from '../simulation/prng.ts';
import { HTTP_TIMEOUT_MS, REPEAT_MS_MAX, REPEAT_MS_MIN, REPEATS_MS_MAX } from './bounds.ts';
import type { LocalSystemHandle } from './local-system-process.ts';
import type { Measures } from './measures.ts';
import type { StoreHandle } from './store-handle.ts';
import type { StoreRequest } from './store-messages.ts';
import type { SupervisedProcess } from './supervised-process.ts';

/**
 * - `done`: it was acknowledged;
 * - `refused`: it was not done, for a reason that stays;
 * - `lost`: it was not done, because others were always faster;
 * - `unknown`: nobody can know.
 */
export type Attempt<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused' | 'lost' | 'unknown'; readonly code: string };

/** What is known of it after as many tries as it took. */
export type Known<Result> = { readonly attempts: number } & (
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly code: string }
);

export interface Processes {
  readonly stores: readonly SupervisedProcess<StoreHandle>[];
  readonly systems: readonly SupervisedProcess<LocalSystemHandle>[];
}

export interface Trying {
  readonly processes: Processes;
  readonly random: Prng;
  readonly measures: Measures;
  /** Is told of what no fault excuses. */
  readonly onTrouble: (what: string) => void;
}

/** Appends in one of the processes. */
export async function tryStore(
  { processes, random, measures, onTrouble }: Trying,
  request: Exclude<StoreRequest, { readonly kind: 'read' }>,
): Promise<Attempt<readonly AppendResult[]>> {
  const store = await random.pick(processes.stores).ready();
  const answer = await store.request(request);
  if (answer.kind === 'answer') {
    measures.took(request.kind, answer.ms);
    return { kind: 'done', result: answer.results };
  }
  const { code, message } =
    answer.kind === 'failed' ? answer : { code: answer.kind, message: 'not what was asked for' };
  measures.failed(`library ${code}`);
  switch (code) {
    case 'wrong-expected-version':
      return { kind: 'refused', code };
    case 'append-contention':
      return { kind: 'lost', code };
    case 'killed':
    case 'throttled':
    case 'unavailable':
      return { kind: 'unknown', code };
    default:
      onTrouble(`${request.kind} failed with ${code}: ${message}`);
      return { kind: 'unknown', code };
  }
}

export interface HttpRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Under which its time is counted. */
  readonly name: string;
}

/** Asks the HTTP API of one of the systems. */
export async function tryHttp(
  { processes, random, measures, onTrouble }: Trying,
  { path, headers = {}, body, name }: HttpRequest,
): Promise<Attempt<unknown>> {
  const { url } = await random.pick(processes.systems).ready();
  const begun = performance.now();
  try {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
    });
    const result: unknown = await answer.json();
    if (answer.ok) {
      measures.took(name, performance.now() - begun);
      return { kind: 'done', result };
    }
    const code = String(answer.status);
    measures.failed(`HTTP ${code}`);
    if (answer.status === 409 || answer.status === 412) {
      return { kind: 'refused', code };
    }
    if (answer.status !== 503) {
      onTrouble(`POST ${path} was answered with ${answer.status}: ${JSON.stringify(result)}`);
    }
    return { kind: 'unknown', code };
  } catch (error) {
    const code = error instanceof Error ? error.name : 'thrown';
    measures.failed(`HTTP ${code}`);
    return { kind: 'unknown', code };
  }
}

/**
 * Tries the same again, in any of the processes, until something is known. Throws where that takes too long: what can be repeated
 * comes through in the end.
 */
export async function untilKnown<Result>(
  { random, measures }: Trying,
  what: string,
  attempt: () => Promise<Attempt<Result>>,
): Promise<Known<Result>> {
  const deadline = performance.now() + REPEATS_MS_MAX;
  for (let attempts = 1; ; attempts += 1) {
    const known = await attempt();
    if (known.kind === 'done') {
      return { ...known, attempts };
    }
    if (known.kind === 'refused') {
      return { kind: 'refused', code: known.code, attempts };
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come through in ${REPEATS_MS_MAX / 1_000} s: ${known.code}`);
    }
    measures.failed('tries again');
    await delay(random.between(REPEAT_MS_MIN, REPEAT_MS_MAX));
  }
}
