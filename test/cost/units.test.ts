/** The cost model beside counted units: the same work is done on tables in memory, which count by the published rules. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { itemSizes, representativeEvents } from '../../lib/cost/representative-items.ts';
import {
  type Units,
  unitsOfAppend,
  unitsOfProjecting,
  unitsOfReadingLog,
  unitsOfSequencing,
  unitsOfVerification,
  unitsOfVerifying,
} from '../../lib/cost/units.ts';
import { WORKLOAD, type Workload } from '../../lib/cost/workload.ts';
import {
  createEventStore,
  createProjectionContext,
  createProjectionRunner,
  createSequencer,
  defineProjection,
  memoryTables,
  type NewEvent,
} from '../../lib/index.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import { verifyOn } from '../../lib/verify/verify-on.ts';
import { noise, orderEvents } from '../support/events.ts';
import { allCommits } from '../support/stored-log.ts';

type MakeEvents = (count: number, bytes: number) => NewEvent[];

/** A store whose units are counted from one look to the next. */
function countedStore() {
  let units = { readUnits: 0, writeUnits: 0 };
  const tables = memoryTables({
    observer: ({ readUnits, writeUnits }) => {
      units = { readUnits: units.readUnits + readUnits, writeUnits: units.writeUnits + writeUnits };
    },
  });
  const cost = async (work: () => Promise<unknown>): Promise<Units> => {
    units = { readUnits: 0, writeUnits: 0 };
    await work();
    return units;
  };
  const known = new Set<string>();
  /** The commits that were not given before. */
  const newCommits = async () => {
    const commits = (await allCommits(tables)).filter(({ hash }) => !known.has(hash));
    for (const { hash } of commits) {
      known.add(hash);
    }
    return commits;
  };
  return { tables, store: createEventStore({ tables }), cost, newCommits };
}

function streamName(batch: number, index: number): string {
  const hex = createHash('sha256').update(`${batch} ${index}`).digest('hex');
  return `Order-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** An append to a stream that has one, by whatever the workload's callers know. */
async function countedAppend({ eventsPerAppend, bytesPerEvent, through }: Workload, events: MakeEvents) {
  const { store, cost } = countedStore();
  const { state } = await store.append('Order-1', events(eventsPerAppend, bytesPerEvent));
  const expected = through === 'library' ? state : state.version;
  return cost(() => store.append('Order-1', events(eventsPerAppend, bytesPerEvent), { expect: expected }));
}

/** What the second batch costs: the first one lets everything begin that remembers. Its streams are others. */
async function countedBatch(workload: Workload, events: MakeEvents) {
  const { eventsPerAppend, bytesPerEvent, commitsPerBatch, documentBytes } = workload;
  const { tables, store, cost, newCommits } = countedStore();
  const context = createProjectionContext(tables);
  const document = noise(documentBytes, 'document');
  const runner = createProjectionRunner(
    context,
    defineProjection<{ OrderPlaced: unknown; OrderItemAdded: unknown }, string>({
      name: 'order-summary',
      version: 1,
      key: ({ streamId }) => streamId,
      initial: '',
      evolve: { OrderPlaced: () => document, OrderItemAdded: () => document },
    }),
  );
  const sequencer = createSequencer(context);
  const reader = createLogReader(context, 0, {});
  const batch = async (number: number) => {
    for (let index = 0; index < commitsPerBatch; index++) {
      await store.append(streamName(number, index), events(eventsPerAppend, bytesPerEvent));
    }
    const commits = await newCommits();
    return {
      sequencing: await cost(() => sequencer.sequence(commits)),
      reading: await cost(() => reader.next(1_000_000)),
      projecting: await cost(() => runner.run()),
    };
  };
  await batch(1);
  return batch(2);
}

/** What a verification costs that finds one batch, each commit of which follows one of its stream that was verified before. */
async function countedVerification({ eventsPerAppend, bytesPerEvent, commitsPerBatch }: Workload, events: MakeEvents) {
  const { tables, store, cost, newCommits } = countedStore();
  const context = createProjectionContext(tables);
  const sequencer = createSequencer(context);
  const found: unknown[] = [];
  const verify = () =>
    verifyOn(context, { mayGoOn: () => true, now: () => new Date(), onDamage: (damage) => found.push(damage) });
  const batch = async () => {
    for (let index = 0; index < commitsPerBatch; index++) {
      await store.append(streamName(1, index), events(eventsPerAppend, bytesPerEvent));
    }
    await sequencer.sequence(await newCommits());
    return cost(verify);
  };
  await batch();
  const verifying = await batch();
  expect(found).toEqual([]);
  return verifying;
}

function sum(one: Units, other: Units): Units {
  return { readUnits: one.readUnits + other.readUnits, writeUnits: one.writeUnits + other.writeUnits };
}

const WORKLOADS: Partial<Workload>[] = [
  {},
  { through: 'library' },
  { eventsPerAppend: 10 },
  { eventsPerAppend: 50, commitsPerBatch: 41 },
  { bytesPerEvent: 5_000, commitsPerBatch: 3, documentBytes: 3_000 },
  { commitsPerBatch: 1, bytesPerEvent: 20_000, eventsPerAppend: 4 },
  { commitsPerBatch: 150 },
];

test.each(WORKLOADS)('%j costs what the model says, to the unit', async (changed) => {
  const workload = { ...WORKLOAD, ...changed };
  const sizes = itemSizes(workload);
  expect({
    append: await countedAppend(workload, representativeEvents),
    ...(await countedBatch(workload, representativeEvents)),
  }).toEqual({
    append: unitsOfAppend(workload, sizes),
    sequencing: unitsOfSequencing(workload, sizes),
    reading: unitsOfReadingLog(workload, sizes),
    projecting: unitsOfProjecting(workload, sizes),
  });
});

test.each(WORKLOADS)('verifying %j costs what the model says, but for one unit of its entry', async (changed) => {
  const workload = { ...WORKLOAD, ...changed };
  const sizes = itemSizes(workload);
  const counted = await countedVerification(workload, representativeEvents);
  const modelled = sum(unitsOfVerification(sizes), unitsOfVerifying(workload, sizes));
  expect(counted.writeUnits).toBe(modelled.writeUnits);
  expect(Math.abs(counted.readUnits - modelled.readUnits)).toBeLessThanOrEqual(1);
});

test.each([1, 2, 5, 10, 20, 50, 100])(
  '%i events of a shop cost what the model says of their size, but for one unit that is begun',
  async (eventsPerAppend) => {
    const shopEvents: MakeEvents = (count) => orderEvents(count);
    const bytes = Buffer.byteLength(JSON.stringify(orderEvents(eventsPerAppend))) / eventsPerAppend;
    const workload: Workload = { ...WORKLOAD, eventsPerAppend, bytesPerEvent: Math.round(bytes), through: 'library' };
    const sizes = itemSizes(workload);
    const { writeUnits } = await countedAppend(workload, shopEvents);
    expect(Math.abs(writeUnits - unitsOfAppend(workload, sizes).writeUnits)).toBeLessThanOrEqual(1);
    const { sequencing, projecting } = await countedBatch(workload, shopEvents);
    expect(Math.abs(sequencing.writeUnits - unitsOfSequencing(workload, sizes).writeUnits)).toBeLessThanOrEqual(1);
    expect(projecting.writeUnits).toBe(unitsOfProjecting(workload, sizes).writeUnits);
  },
);

test('events have as many bytes as they are asked to have', () => {
  for (const bytes of [50, 300, 1_000, 100_000]) {
    expect(representativeEvents(3, bytes).map((event) => Buffer.byteLength(JSON.stringify(event)))).toEqual([
      bytes,
      bytes,
      bytes,
    ]);
  }
});
