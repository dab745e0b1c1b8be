/** What writers do with orders and reviews: commands over HTTP, and appends to the same streams. */
import { type Attempt, type Trying, tryHttp, tryStore, untilKnown } from './attempts.ts';
import { keepForRepeat, outcomeOf, placesOf, placesOfResult, versionOf, type WriterOptions } from './claiming.ts';
import { type AskedEvent, closedKey, placedKey, shippedKey } from './ledger.ts';

/** A command with a key, and mostly a second one. */
export async function order(options: WriterOptions, task: string): Promise<void> {
  const { random, onTrouble } = options;
  const attempt = (trying: Trying) => placing(trying, task, { 'Idempotency-Key': task });
  const placed = await untilKnown(options, task, () => attempt(options));
  recordCommand(options, placedKey(`Order-${task}`), task, placedEvent(task), placed);
  keepForRepeat(options, { task, attempt, known: placed, places: versionOf });
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
export async function orderWithoutKey(options: WriterOptions, task: string): Promise<void> {
  const known = await untilKnown(options, task, () => placing(options, task, {}));
  // Refused at a later try: an earlier one has come through.
  const placed = known.kind === 'done' ? known : ({ kind: 'done', result: { orderId: task, version: 1 } } as const);
  recordCommand(options, placedKey(`Order-${task}`), task, placedEvent(task), placed);
  if (known.kind === 'refused' && known.attempts === 1) {
    options.onTrouble(`Order ${task} was refused at its first try, although nobody else places it`);
  }
}

/** An order whose event is appended as it is. */
export async function orderByAppend(options: WriterOptions, task: string): Promise<void> {
  const data = { ...orderOf(task), totalCents: options.random.pick([0, 2_000, 1_000_000, 2_000_000]) };
  const request = {
    name: 'HTTP append',
    path: `/streams/Order-${task}`,
    headers: { 'Idempotency-Key': task, 'If-None-Match': '*' },
    body: { events: [{ type: 'OrderPlaced', data }] },
  };
  const attempt = (trying: Trying) => tryHttp(trying, request);
  const known = await untilKnown(options, task, () => attempt(options));
  const streamId = `Order-${task}`;
  const places = known.kind === 'done' ? placesOf(known.result) : {};
  const events = [{ type: 'OrderPlaced', data }];
  options.ledger.record({ key: placedKey(streamId), streamId, events, outcome: outcomeOf(known), ...places });
  keepForRepeat(options, { task, attempt, known, places: placesOf });
  if (known.kind === 'refused') {
    options.onTrouble(`Order ${task} was refused with ${known.code}, although its key is its own`);
  }
}

async function ship(options: WriterOptions, task: string): Promise<void> {
  const request = { name: 'command', path: `/orders/${task}/ship`, headers: { 'Idempotency-Key': `ship-${task}` } };
  const attempt = (trying: Trying) => tryHttp(trying, request);
  const shipped = await untilKnown(options, task, () => attempt(options));
  const event = { type: 'OrderShipped', data: { orderId: task } };
  recordCommand(options, shippedKey(`Order-${task}`), task, event, shipped);
  keepForRepeat(options, { task: `ship-${task}`, attempt, known: shipped, places: versionOf });
  if (shipped.kind === 'refused') {
    options.onTrouble(`Shipping ${task} was refused with ${shipped.code}, although it was placed`);
  }
}

/**
 * Closes a review that the process manager has opened, or will open: whoever would do the command of the process manager a second time
 * would open it again.
 */
export async function closeReview(options: WriterOptions): Promise<void> {
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
  options.ledger.record({
    key: closedKey(streamId),
    streamId,
    events,
    outcome: 'once',
    ...placesOfResult(known.result[0]),
  });
}

function placing(trying: Trying, task: string, headers: Record<string, string>): Promise<Attempt<unknown>> {
  return tryHttp(trying, { name: 'command', path: '/orders', headers, body: orderOf(task) });
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

/** As the rules of orders make it, written down once more. */
function placedEvent(task: string): AskedEvent {
  const order = orderOf(task);
  const totalCents = order.items.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0);
  return { type: 'OrderPlaced', data: { ...order, totalCents } };
}

/** A command of which one event is to come, at the version that it is answered with. */
function recordCommand(
  { ledger }: WriterOptions,
  key: string,
  task: string,
  event: AskedEvent,
  attempt: Attempt<unknown>,
): void {
  const places = attempt.kind === 'done' ? versionOf(attempt.result) : {};
  ledger.record({ key, streamId: `Order-${task}`, events: [event], outcome: outcomeOf(attempt), ...places });
}
