/** A writer: does one thing after another, and writes down what was said about it. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { AppendResult, StreamAppend, StreamState } from '../../lib/index.ts';
import { type Attempt, type Trying, tryHttp, tryStore, untilKnown } from './attempts.ts';
import { SHARED_STREAMS } from './bounds.ts';
import { closedKey, type Ledger, notedKey, placedKey, shippedKey } from './ledger.ts';

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

/** Events of a task for one stream. */
type Part = StreamAppend & { readonly key: string };

const Appended = z.object({ firstVersion: z.int() });

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
  const request = requestOf(parts, { idempotencyKey: task });
  const once = () => tryStore(options, request);
  const known = await untilKnown(options, task, () => (random.chance(0.2) ? both(options, task, once) : once()));
  note(options, task, parts, known);
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
  const known = await untilKnown(options, task, () =>
    tryHttp(options, { name: 'HTTP append', path, headers, body: { events } }),
  );
  const firstVersion = known.kind === 'done' ? Appended.parse(known.result).firstVersion : undefined;
  options.ledger.record({ key, streamId, events: events.length, outcome: outcomeOf(known), firstVersion });
}

async function appendOverHttpOnce(options: WriterOptions, task: string): Promise<void> {
  const { streamId, key, events } = part(options, task, sharedStream(options));
  const attempt = await tryHttp(options, { name: 'HTTP append', path: `/streams/${streamId}`, body: { events } });
  const firstVersion = attempt.kind === 'done' ? Appended.parse(attempt.result).firstVersion : undefined;
  options.ledger.record({ key, streamId, events: events.length, outcome: outcomeOf(attempt), firstVersion });
}

/** A command with a key, and mostly a second one. */
async function order(options: WriterOptions, task: string): Promise<void> {
  const { random, onTrouble } = options;
  const placed = await untilKnown(options, task, () => placing(options, task, { 'Idempotency-Key': task }));
  recordOrder(options, placedKey(`Order-${task}`), task, outcomeOf(placed));
  if (orderOf(task).items.some(({ priceCents }) => priceCents >= 1_000_000)) {
    options.recent.reviewed.push(task);
  }
  if (placed.kind === 'refused') {
    onTrouble(`Order ${task} was refused with ${placed.code}, although its key is its own`);
  } else if (random.chance(0.6)) {
    await ship(options, task);
  }
}

/** Without a key, the rules of orders tell a repeat: there is such an order already. */
async function orderWithoutKey(options: WriterOptions, task: string): Promise<void> {
  const { attempts, kind } = await untilKnown(options, task, () => placing(options, task, {}));
  recordOrder(options, placedKey(`Order-${task}`), task, 'once');
  if (kind === 'refused' && attempts === 1) {
    options.onTrouble(`Order ${task} was refused at its first try, although nobody else places it`);
  }
}

/** An order whose event is appended as it is. */
async function orderByAppend(options: WriterOptions, task: string): Promise<void> {
  const data = { ...orderOf(task), totalCents: options.random.pick([0, 2_000, 1_000_000, 2_000_000]) };
  const request = {
    name: 'HTTP append',
    path: `/streams/Order-${task}`,
    headers: { 'Idempotency-Key': task, 'If-None-Match': '*' },
    body: { events: [{ type: 'OrderPlaced', data }] },
  };
  const known = await untilKnown(options, task, () => tryHttp(options, request));
  recordOrder(options, placedKey(`Order-${task}`), task, outcomeOf(known));
  if (known.kind === 'refused') {
    options.onTrouble(`Order ${task} was refused with ${known.code}, although its key is its own`);
  }
}

async function ship(options: WriterOptions, task: string): Promise<void> {
  const request = { name: 'command', path: `/orders/${task}/ship`, headers: { 'Idempotency-Key': `ship-${task}` } };
  const shipped = await untilKnown(options, task, () => tryHttp(options, request));
  recordOrder(options, shippedKey(`Order-${task}`), task, outcomeOf(shipped));
  if (shipped.kind === 'refused') {
    options.onTrouble(`Shipping ${task} was refused with ${shipped.code}, although it was placed`);
  }
}

/**
 * Closes a review that the process manager has opened, or will open: whoever would do the command of the process manager a second time
 * would open it again.
 */
async function closeReview(options: WriterOptions): Promise<void> {
  const orderId = options.recent.reviewed.shift();
  if (orderId === undefined) {
    return;
  }
  const streamId = `Review-${orderId}`;
  const events = [{ type: 'ReviewClosed', data: { isApproved: true } }];
  const request = {
    kind: 'append',
    streamId,
    events,
    options: { expect: 'exists', idempotencyKey: 'close' },
  } as const;
  const known = await untilKnown(options, `Closing ${streamId}`, () => tryStore(options, request));
  if (known.kind === 'refused') {
    // It is not open yet.
    options.recent.reviewed.push(orderId);
    return;
  }
  options.ledger.record({ key: closedKey(streamId), streamId, events: 1, outcome: 'once' });
}

function placing(options: WriterOptions, task: string, headers: Record<string, string>): Promise<Attempt<unknown>> {
  return tryHttp(options, { name: 'command', path: '/orders', headers, body: orderOf(task) });
}

/** The same for the same task, so that a repeat is one. */
function orderOf(task: string) {
  const number = [...task].reduce((sum, character) => sum + character.charCodeAt(0), 0);
  // One in four is worth 10,000.00, and is reviewed.
  return {
    orderId: task,
    customerId: `customer-${number % 7}`,
    items: [{ sku: `sku-${number % 5}`, quantity: 1 + (number % 3), priceCents: number % 4 === 0 ? 1_000_000 : 1_999 }],
  };
}

function recordOrder({ ledger }: WriterOptions, key: string, task: string, outcome: 'once' | 'maybe' | 'never'): void {
  ledger.record({ key, streamId: `Order-${task}`, events: 1, outcome });
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
    const firstVersion = results.find((result) => result.streamId === streamId)?.firstVersion;
    const group = parts.length > 1 ? task : undefined;
    ledger.record({ key, streamId, events: events.length, outcome: outcomeOf(attempt), firstVersion, group });
  }
}

function outcomeOf({ kind }: Attempt<unknown>): 'once' | 'maybe' | 'never' {
  if (kind === 'done') {
    return 'once';
  }
  return kind === 'unknown' ? 'maybe' : 'never';
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
