/** A writer: does one thing after another, and writes down what was said about it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendResult, StreamAppend, StreamState } from '../../lib/index.ts';
import { type Attempt, type Trying, tryHttp, tryStore, untilKnown } from './attempts.ts';
import { SHARED_STREAMS } from './bounds.ts';
import { keepForRepeat, outcomeOf, placesOf, placesOfResult, placesOfResults, type WriterOptions } from './claiming.ts';
import { notedKey } from './ledger.ts';
import { closeReview, order, orderByAppend, orderWithoutKey } from './order-tasks.ts';

/** Events of a task for one stream. */
type Part = StreamAppend & { readonly key: string };

/** Works until it may not go on. Throws where something that can be repeated never came through. */
export async function write(options: WriterOptions): Promise<void> {
  const { random, mayGoOn, pauseMs, name } = options;
  const tasks: readonly (readonly [number, (task: string) => Promise<void>])[] = [
    [10, (task) => appendOnce(options, task, [part(options, task, sharedStream(options))])],
    [10, (task) => appendOnce(options, task, [part(options, task, `Note-${task}`)])],
    [8, (task) => appendBehind(options, task, sharedStream(options))],
    [10, (task) => appendWithKey(options, task, [part(options, task, sharedStream(options))])],
    [8, (task) => appendPrivately(options, task)],
    [6, (task) => appendOnce(options, task, severalParts(options, task))],
    [6, (task) => appendWithKey(options, task, severalParts(options, task))],
    [8, (task) => appendOverHttp(options, task)],
    [4, (task) => appendOverHttpOnce(options, task)],
    [12, (task) => order(options, task)],
    [4, (task) => orderWithoutKey(options, task)],
    [4, (task) => orderByAppend(options, task)],
    [6, () => closeReview(options)],
    [10, () => readAgain(options)],
  ];
  const total = tasks.reduce((sum, [weight]) => sum + weight, 0);
  for (let number = 1; mayGoOn(); number += 1) {
    let chosen = random.between(1, total);
    const task = tasks.find(([weight]) => {
      chosen -= weight;
      return chosen <= 0;
    });
    await task?.[1](`${name}-${number}`);
    await delay(random.between(0, 2 * pauseMs));
  }
}

/** Without anything that a repeat could be told by: it is tried once. */
async function appendOnce(options: WriterOptions, task: string, parts: readonly Part[]): Promise<void> {
  note(options, task, parts, await tryStore(options, requestOf(parts, {})));
}

/** Behind the state that was seen last; another writer may have been faster. */
async function appendBehind(options: WriterOptions, task: string, streamId: string): Promise<void> {
  const parts = [part(options, task, streamId)];
  const [{ events }] = parts as [Part];
  const expect = options.recent.stateOf(streamId) ?? 'any';
  note(options, task, parts, await tryStore(options, { kind: 'append', streamId, events, options: { expect } }));
}

/** Until it is acknowledged; now and then by two processes at once, and once more when it is done. */
async function appendWithKey(options: WriterOptions, task: string, parts: readonly Part[]): Promise<void> {
  const { random, onTrouble } = options;
  // An id of the commit without a version is a key as well.
  const request = requestOf(parts, random.chance(0.3) ? { commitId: task } : { idempotencyKey: task });
  const attempt = (trying: Trying) => tryStore(trying, request);
  const once = () => attempt(options);
  const known = await untilKnown(options, task, () => (random.chance(0.2) ? both(options, task, once) : once()));
  note(options, task, parts, known);
  keepForRepeat(options, { task, attempt, known, places: placesOfResults });
  if (known.kind === 'refused') {
    onTrouble(`${task} was refused although it expects nothing`);
  } else if (random.chance(0.15)) {
    const again = await untilKnown(options, task, once);
    requireSame(options, task, known.result, again);
    if (again.kind === 'done' && again.result.some(({ duplicate }) => !duplicate)) {
      onTrouble(`${task} was done already, but its repeat says that it was not`);
    }
  }
}

/** To a stream of its own, behind its last append, with a commit id: a repeat is told by the version. */
async function appendPrivately(options: WriterOptions, task: string): Promise<void> {
  const { name, recent, onTrouble } = options;
  const streamId = `Private-${name}`;
  const parts = [part(options, task, streamId)];
  const request = requestOf(parts, { commitId: task }, recent.stateOf(streamId) ?? 'no-stream');
  const known = await untilKnown(options, task, () => tryStore(options, request));
  note(options, task, parts, known);
  if (known.kind === 'refused') {
    onTrouble(`${task} was refused with ${known.code} although nobody else writes to ${streamId}`);
  }
}

async function appendOverHttp(options: WriterOptions, task: string): Promise<void> {
  const { streamId, key, events } = part(options, task, sharedStream(options));
  const path = `/streams/${streamId}`;
  const headers = { 'Idempotency-Key': task };
  const attempt = (trying: Trying) => tryHttp(trying, { name: 'HTTP append', path, headers, body: { events } });
  const known = await untilKnown(options, task, () => attempt(options));
  const places = known.kind === 'done' ? placesOf(known.result) : {};
  options.ledger.record({ key, streamId, events, outcome: outcomeOf(known), ...places });
  if (known.kind === 'refused') {
    options.onTrouble(`${task} was refused with ${known.code} although it expects nothing`);
  }
  keepForRepeat(options, { task, attempt, known, places: placesOf });
}

async function appendOverHttpOnce(options: WriterOptions, task: string): Promise<void> {
  const { streamId, key, events } = part(options, task, sharedStream(options));
  const attempt = await tryHttp(options, { name: 'HTTP append', path: `/streams/${streamId}`, body: { events } });
  const places = attempt.kind === 'done' ? placesOf(attempt.result) : {};
  options.ledger.record({ key, streamId, events, outcome: outcomeOf(attempt), ...places });
}

/** What was acknowledged is there, for whoever reads it. */
async function readAgain({ processes, random, recent, measures, onTrouble }: WriterOptions): Promise<void> {
  if (recent.results.length === 0) {
    return;
  }
  const { streamId, firstVersion, events } = random.pick(recent.results);
  const store = await random.pick(processes.stores).ready();
  const answer = await store.request({ kind: 'read', streamId, from: firstVersion, limit: events.length });
  const ids = events.map(({ id }) => id).join();
  if (answer.kind === 'read') {
    measures.took('read', answer.ms);
    if (answer.ids.join() !== ids) {
      onTrouble(`${streamId} from version ${firstVersion} was acknowledged as ${ids}, but is read as ${answer.ids}`);
    }
  } else if (answer.kind === 'failed' && !['killed', 'throttled', 'unavailable'].includes(answer.code)) {
    onTrouble(`Reading ${streamId} failed with ${answer.code}: ${answer.message}`);
  }
}

function part({ random }: WriterOptions, task: string, streamId: string): Part {
  const count = random.chance(0.3) ? random.between(2, 5) : 1;
  const events = Array.from({ length: count }, (_, index) => ({ type: 'Noted', data: { task, index } }));
  return { streamId, events, key: notedKey(task, streamId) };
}

function severalParts(options: WriterOptions, task: string): Part[] {
  const shared = Array.from({ length: SHARED_STREAMS }, (_, index) => `Shared-${index + 1}`);
  const streams = options.random.some(shared, options.random.between(1, 3));
  return [...streams, `Note-${task}`].map((streamId) => part(options, task, streamId));
}

function sharedStream({ random }: WriterOptions): string {
  return `Shared-${random.between(1, SHARED_STREAMS)}`;
}

function requestOf(
  parts: readonly Part[],
  idempotency: { readonly idempotencyKey?: string; readonly commitId?: string },
  expect: StreamState | 'any' | 'no-stream' = 'any',
) {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) {
    const { streamId, events } = first;
    return { kind: 'append', streamId, events, options: { ...idempotency, expect } } as const;
  }
  const appends = parts.map(({ streamId, events }) => ({ streamId, events }));
  return { kind: 'append-many', appends, options: idempotency } as const;
}

function note(
  { ledger, recent }: WriterOptions,
  task: string,
  parts: readonly Part[],
  attempt: Attempt<readonly AppendResult[]>,
): void {
  const results = attempt.kind === 'done' ? attempt.result : [];
  recent.add(results);
  for (const { key, streamId, events } of parts) {
    const places = placesOfResult(results.find((result) => result.streamId === streamId));
    const group = parts.length > 1 ? task : undefined;
    ledger.record({ key, streamId, events, outcome: outcomeOf(attempt), group, ...places });
  }
}

/** By two processes at the same time. */
async function both(
  options: WriterOptions,
  task: string,
  once: () => Promise<Attempt<readonly AppendResult[]>>,
): Promise<Attempt<readonly AppendResult[]>> {
  const [one, other] = await Promise.all([once(), once()]);
  if (one.kind !== 'done') {
    return other;
  }
  requireSame(options, task, one.result, other);
  return one;
}

function requireSame(
  { onTrouble }: WriterOptions,
  task: string,
  results: readonly AppendResult[],
  other: Attempt<readonly AppendResult[]>,
): void {
  const places = (list: readonly AppendResult[]) =>
    list
      .map(({ streamId, firstVersion, events }) => `${streamId}@${firstVersion}: ${events.map(({ id }) => id)}`)
      .join();
  if (other.kind === 'done' && places(other.result) !== places(results)) {
    onTrouble(`${task} is at ${places(results)}, and at ${places(other.result)}`);
  }
}
