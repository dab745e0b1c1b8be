import { beforeEach, expect, test } from 'vitest';
import type { Item } from '../../lib/events/item.ts';
import { createEventStore, createSequencer, type EventStore, memoryTables } from '../../lib/index.ts';
import { sequenceRecords } from '../../lib/log/sequence-records.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { noise, numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { expectAllSequenced, namesOf, soundLog } from '../support/stored-log.ts';
import { insertRecord } from '../support/stream-records.ts';

let tables: Tables;
let store: EventStore;
let errors: unknown[];
beforeEach(() => {
  tables = memoryTables();
  store = createEventStore({ tables });
  errors = [];
});

function run(records: Parameters<typeof sequenceRecords>[1], some: Tables = tables, mayGoOn = () => true) {
  const sequencer = createSequencer({ tables: some, delay: async () => {}, random: () => 0 });
  return sequenceRecords(sequencer, records, { mayGoOn, reportError: (error) => errors.push(error) });
}

async function storedItems(): Promise<readonly Item[]> {
  return (await tables.scan('events', { consistency: 'strong' })).items;
}

async function allRecords() {
  return (await storedItems()).map((item, index) => insertRecord(item, `${100 + index}`));
}

test('records put their commits into the log: plain and compressed ones, of one stream and of several', async () => {
  await store.append('Order-1', numbered(100));
  await store.appendMany([
    { streamId: 'Order-1', events: numbered(1) },
    { streamId: 'Order-2', events: numbered(2) },
  ]);
  expect((await storedItems()).some(({ events }) => events instanceof Uint8Array)).toBe(true);
  expect(await run((await allRecords()).toReversed())).toEqual({ batchItemFailures: [] });
  await expectAllSequenced(tables);
  expect(errors).toEqual([]);
});

test('a record that says nothing of a commit is passed over', async () => {
  await store.append('Order-1', numbered(1));
  const records = await allRecords();
  const removed = { ...records[0], eventName: 'REMOVE' as const, dynamodb: { SequenceNumber: '7' } };
  expect(await run([removed, {}, { dynamodb: undefined }])).toEqual({ batchItemFailures: [] });
  expect(await soundLog(tables)).toEqual([]);
  expect(errors).toEqual([]);
});

test('records without images are an error, for passing them over would lose what they tell of', async () => {
  await store.append('Order-1', numbered(1));
  const [record] = await allRecords();
  const { NewImage: _, ...withoutImage } = record?.dynamodb ?? {};
  await expect(run([{ ...record, dynamodb: withoutImage }])).rejects.toThrow('must be NEW_IMAGE');
});

test('what there is no time for comes again from the first record that is left', async () => {
  for (let index = 0; index < 1_050; index++) {
    await store.append(`Order-${index}`, numbered(1), { expect: 'no-stream' });
  }
  const records = await allRecords();
  const { batchItemFailures } = await run(records, tables, () => false);
  const done = namesOf(await soundLog(tables));
  expect(done).toHaveLength(1_000);
  const firstLeft = records.find(({ dynamodb }) => !done.includes(`${dynamodb?.Keys?.['PK']?.S?.slice(7)}@1`));
  expect(batchItemFailures).toEqual([{ itemIdentifier: firstLeft?.dynamodb?.SequenceNumber }]);
  expect(await run(records.slice(1_000))).toEqual({ batchItemFailures: [] });
  await expectAllSequenced(tables);
});

test('a record that cannot be read is reported, and holds up nobody', async () => {
  await store.append('Order-1', numbered(1));
  await store.append('Order-2', numbered(1));
  const [first, second] = await allRecords();
  const damaged = [
    { dynamodb: { NewImage: { ...first?.dynamodb?.NewImage, format: { N: '9' } } } },
    { dynamodb: { NewImage: { ...first?.dynamodb?.NewImage, types: {} } } },
    { dynamodb: { NewImage: { ...first?.dynamodb?.NewImage, PK: { N: '1' } } } },
  ];
  expect(await run([...damaged, second ?? {}])).toEqual({ batchItemFailures: [] });
  expect(namesOf(await soundLog(tables))).toEqual(['Order-2@1']);
  expect(errors.map((error) => Object(error).code)).toEqual(['unreadable-item', 'unreadable-item', 'unreadable-item']);
});

test('a stream that is damaged is reported, and not delivered again', async () => {
  await store.append('Order-1', numbered(1));
  await store.append('Order-1', numbered(1));
  const holed = withCalls(tables, {
    query: async (table, ...rest) => (table === 'events' ? { items: [] } : tables.query(table, ...rest)),
  });
  expect(await run((await allRecords()).slice(1), holed)).toEqual({ batchItemFailures: [] });
  expect(errors).toEqual([expect.objectContaining({ code: 'missing-commit', streamId: 'Order-1', version: 1 })]);
});

test('trouble with DynamoDB is thrown, so that all of it comes again', async () => {
  await store.append('Order-1', numbered(1));
  const contended = withCalls(tables, { put: async () => ({ outcome: 'contended' }) });
  await expect(run(await allRecords(), contended)).rejects.toMatchObject({
    code: 'sequencer-contention',
    attempts: 50,
  });
});

test('the most that one appendMany takes fits into an entry', async () => {
  // Names that no compression makes shorter, and types that no commit shares: 200 KB of references at the most.
  const appends = Array.from({ length: 15 }, (_, stream) => ({
    streamId: `Order-${noise(240, `id ${stream}`)}`,
    events: Array.from({ length: 100 }, (_, index) => ({ type: noise(126, `type ${stream} ${index}`), data: 0 })),
  }));
  await store.appendMany(appends);
  // The most types that one commit can have.
  const types = Array.from({ length: 1_400 }, (_, index) => noise(125, `type ${index}`));
  await store.append(
    'Order-1',
    types.map((type) => ({ type, data: 0 })),
  );
  expect(await run(await allRecords())).toEqual({ batchItemFailures: [] });
  await expectAllSequenced(tables);
});
