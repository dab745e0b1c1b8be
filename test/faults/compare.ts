/** What must hold at the end: the log against what was said to writers, and everything that is made from the log against the log. */
import { isDeepStrictEqual } from 'node:util';
import type { OrderSummary } from '../../examples/orders/order-summary.ts';
import type { DayRevenue } from '../../examples/orders/revenue-per-day.ts';
import type { Item } from '../../lib/events/item.ts';
import type { EventStore, LoggedEvent, ReadModels } from '../../lib/index.ts';
import { buildName, parseBuild } from '../../lib/projections/build.ts';
import { decodeDocument } from '../../lib/projections/stored-document.ts';
import { scanAll } from '../../lib/tables/read-all.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import type { Prng } from '../simulation/prng.ts';
import { PAGE_EVENTS, STREAMS_READ_MAX } from './bounds.ts';
import type { Follower } from './follower.ts';
import { type Claim, claimKeyOf, type Ledger, reviewKey } from './ledger.ts';
import { PROJECTIONS } from './summary.ts';

/** Is told of everything that does not hold. */
type OnTrouble = (what: string) => void;

export async function readWholeLog(store: EventStore): Promise<LoggedEvent[]> {
  const reader = store.logReader();
  const log: LoggedEvent[] = [];
  for (let head: number | undefined; head === undefined || log.length < head; ) {
    const page = await reader.next(PAGE_EVENTS);
    log.push(...page.events);
    head = page.head;
    if (head !== undefined && page.events.length === 0) {
      break;
    }
  }
  return log;
}

/** Positions are 1, 2, 3 …, and the versions of each stream too. */
export function comparePlaces(log: readonly LoggedEvent[], onTrouble: OnTrouble): void {
  const versions = new Map<string, number>();
  const ids = new Set<string>();
  for (const [index, { position, streamId, version, id }] of log.entries()) {
    const expected = (versions.get(streamId) ?? 0) + 1;
    versions.set(streamId, version);
    if (position !== index + 1) {
      onTrouble(`Position ${position} stands where ${index + 1} should`);
    }
    if (version !== expected) {
      onTrouble(`Position ${position} has version ${version} of ${streamId}, after ${expected - 1}`);
    }
    if (ids.has(id)) {
      onTrouble(`Event ${id} is in the log twice, the second time at position ${position}`);
    }
    ids.add(id);
  }
}

/** What was acknowledged is there once, what was refused is not, and nothing is there that nobody asked for. */
export function compareClaims(log: readonly LoggedEvent[], ledger: Ledger, onTrouble: OnTrouble): void {
  const claims = new Map([...ledger.claims, ...reviewClaims(log)]);
  const found = byKey(log);
  for (const [key, events] of found) {
    const claim = claims.get(key);
    if (claim === undefined) {
      onTrouble(`Nobody asked for ${key}, at position ${events[0]?.position}`);
    }
  }
  for (const claim of claims.values()) {
    compareClaim(claim, found.get(claim.key) ?? [], onTrouble);
  }
  compareGroups(claims, found, onTrouble);
}

/** The process manager opens one review for each large order, for ever. */
function reviewClaims(log: readonly LoggedEvent[]): [string, Claim][] {
  return log
    .filter(({ type, data }) => type === 'OrderPlaced' && totalOf(data) >= 1_000_000)
    .map(({ streamId, data }) => {
      const orderId = streamId.replace(/^Order-/, '');
      const review = `Review-${orderId}`;
      const opened = { type: 'ReviewOpened', data: { orderId, totalCents: totalOf(data) } };
      return [reviewKey(review), { key: reviewKey(review), streamId: review, events: [opened], outcome: 'once' }];
    });
}

function compareClaim(claim: Claim, events: readonly LoggedEvent[], onTrouble: OnTrouble): void {
  const { key, streamId, outcome, firstVersion } = claim;
  const isThere = events.length === claim.events.length;
  if (!isThere && (events.length > 0 || outcome === 'once')) {
    onTrouble(`${key} (${outcome}) has ${claim.events.length} events, but ${events.length} are in the log`);
  }
  if (events.length > 0 && outcome === 'never') {
    onTrouble(`${key} was refused, but is in the log at position ${events[0]?.position}`);
  }
  const first = firstVersion ?? events[0]?.version ?? 0;
  for (const [index, event] of events.entries()) {
    if (event.streamId !== streamId || event.version !== first + index) {
      onTrouble(`${key} was to be at version ${first + index}, but is ${event.streamId}@${event.version}`);
    }
    const asked = claim.events[index];
    if (event.type !== asked?.type || !isDeepStrictEqual(event.data, asked.data)) {
      onTrouble(
        `${key} asked for ${JSON.stringify(asked)}, but the log has ${event.type} ${JSON.stringify(event.data)}`,
      );
    }
    if (claim.ids !== undefined && claim.ids[index] !== event.id) {
      onTrouble(
        `${key} was acknowledged with the ids ${claim.ids}, but the log has ${event.id} as number ${index + 1}`,
      );
    }
  }
}

/** An `appendMany` is there as a whole or not at all, side by side. */
function compareGroups(
  claims: ReadonlyMap<string, Claim>,
  found: ReadonlyMap<string, readonly LoggedEvent[]>,
  onTrouble: OnTrouble,
): void {
  const groups = Map.groupBy(
    [...claims.values()].filter(({ group }) => group !== undefined),
    ({ group }) => group,
  );
  for (const [group, members] of groups) {
    const events = members.flatMap(({ key }) => found.get(key) ?? []);
    const positions = events.map(({ position }) => position).sort((a, b) => a - b);
    const expected = members.reduce((sum, { events: asked }) => sum + asked.length, 0);
    const [first = 0] = positions;
    if (
      events.length !== 0 &&
      (events.length !== expected || positions.some((position, index) => position !== first + index))
    ) {
      onTrouble(`${group} has ${expected} events side by side, but these are in the log: ${positions}`);
    }
  }
}

/** Streams are what the log has of them. */
export async function compareStreams(
  log: readonly LoggedEvent[],
  store: EventStore,
  random: Prng,
  onTrouble: OnTrouble,
): Promise<void> {
  const streams = Map.groupBy(log, ({ streamId }) => streamId);
  const shared = [...streams.keys()].filter((streamId) => /^(Shared|Private)-/.test(streamId));
  for (const streamId of [...shared, ...random.some([...streams.keys()], STREAMS_READ_MAX)]) {
    const { events } = await store.read(streamId);
    const logged = (streams.get(streamId) ?? []).map(({ id }) => id);
    if (events.map(({ id }) => id).join() !== logged.join()) {
      onTrouble(`${streamId} has ${events.length} events, and other ones than the ${logged.length} of the log`);
    }
  }
}

/** Each follower has seen the whole log, each event once and in its place. */
export function compareFollower(log: readonly LoggedEvent[], { name, ids }: Follower, onTrouble: OnTrouble): void {
  const wrong = log.findIndex(({ id }, index) => ids[index] !== id);
  if (wrong !== -1 || ids.length !== log.length) {
    onTrouble(`${name} has seen ${ids.length} events of ${log.length}; the first that differs is at ${wrong + 1}`);
  }
}

/** Documents are the fold of the log, and there are no others. */
export async function compareReadModels(
  log: readonly LoggedEvent[],
  tables: Tables,
  readModels: ReadModels,
  onTrouble: OnTrouble,
): Promise<void> {
  const expected = new Map<string, unknown>([...orderSummaries(log), ...revenues(log)]);
  const statuses = await readModels.statuses();
  const names = statuses.map(({ name }) => name).sort();
  if (names.join() !== PROJECTIONS.toSorted().join()) {
    onTrouble(`There are the projections ${names}, but ${PROJECTIONS} were run`);
  }
  for (const { name, state, build, position, head, parked, error } of statuses) {
    if (state !== 'live' || position !== head || parked > 0 || error !== undefined) {
      onTrouble(`Projection ${name} is ${state} at ${position} of ${head}, ${parked} parked: ${error?.message}`);
    }
    const parsed = parseBuild(build);
    if (parsed === undefined || buildName(parsed) !== '1.1') {
      onTrouble(`Projection ${name} has build ${build}`);
    }
  }
  for (const item of await allItems(tables)) {
    const [name = ''] = item.PK.split('@', 1);
    const { key, json = 'null' } = decodeDocument(name, { version: 1, run: 1 }, item);
    const document = JSON.stringify(sorted(JSON.parse(json)));
    const wanted = JSON.stringify(sorted(expected.get(`${name} ${key}`) ?? null));
    if (document !== wanted) {
      onTrouble(`Document ${key} of ${name} is ${document}, but the log says ${wanted}`);
    }
    expected.delete(`${name} ${key}`);
  }
  for (const key of expected.keys()) {
    onTrouble(`There is no document ${key}`);
  }
}

async function allItems(tables: Tables): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of scanAll(tables, 'readModels', { consistency: 'strong' })) {
    items.push(...page.items);
  }
  return items;
}

/** As `order-summary` says it, written down once more. */
function orderSummaries(log: readonly LoggedEvent[]): Map<string, OrderSummary> {
  const orders = new Map<string, OrderSummary>();
  for (const { streamId, type, data } of log.filter((event) => event.streamId.startsWith('Order-'))) {
    const orderId = streamId.replace(/^Order-/, '');
    const name = `order-summary ${orderId}`;
    const before = orders.get(name);
    orders.set(name, {
      orderId,
      customerId: type === 'OrderPlaced' ? customerOf(data) : (before?.customerId ?? null),
      totalCents: type === 'OrderPlaced' ? totalOf(data) : (before?.totalCents ?? null),
      status: type === 'OrderPlaced' ? 'placed' : 'shipped',
    });
  }
  return orders;
}

/** As `revenue-per-day` says it: whatever is counted twice, or not at all, shows here. */
function revenues(log: readonly LoggedEvent[]): Map<string, DayRevenue> {
  const days = new Map<string, DayRevenue>();
  for (const { data, metadata } of log.filter(({ type }) => type === 'OrderPlaced')) {
    const day = metadata.timestamp.slice(0, 10);
    const name = `revenue-per-day ${day}`;
    const { orders = 0, revenueCents = 0 } = days.get(name) ?? {};
    days.set(name, { day, orders: orders + 1, revenueCents: revenueCents + totalOf(data) });
  }
  return days;
}

function byKey(log: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  return Map.groupBy(log, (event) => claimKeyOf(event) ?? `${event.type} of ${event.streamId}`);
}

function totalOf(data: unknown): number {
  return typeof data === 'object' && data !== null && 'totalCents' in data ? Number(data.totalCents) : 0;
}

function customerOf(data: unknown): string | null {
  return typeof data === 'object' && data !== null && 'customerId' in data ? String(data.customerId) : null;
}

/** Members in one order. */
function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
