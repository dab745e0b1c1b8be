import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createEventStore, createSequencer, dynamoDbTables, type EventStore } from '../../lib/index.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { runCommand } from '../support/command-line.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { noise, numbered } from '../support/events.ts';
import { allCommits, expectAllSequenced } from '../support/stored-log.ts';

let dynamoDb: TestDynamoDb;
let tables: Tables;
let store: EventStore;
let options: string[];
beforeEach(async () => {
  dynamoDb = await dynamoDbForTest();
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  store = createEventStore({ tables });
  options = ['--endpoint', dynamoDb.endpoint, '--tables', dynamoDb.names.events.replace(/-events$/, '')];
});
afterEach(() => dynamoDb.stop());

async function sequenceAll(): Promise<void> {
  const sequencer = createSequencer({ tables, delay: async () => {}, random: () => 0 });
  await sequencer.sequence(await allCommits(tables));
}

test('without tables it says which options say where they are', async () => {
  const { err, exited } = runCommand(['verify', '--tables', 'no-such', '--endpoint', inject('dynamoDbEndpoint')]);
  expect(await exited).toBe(1);
  expect(err).toEqual([expect.stringContaining('--tables')]);
});

test('where no DynamoDB answers it says so', async () => {
  // Nothing listens on the port of the discard protocol.
  const { out, err, exited } = runCommand(['tail', '--endpoint', 'http://127.0.0.1:9']);
  expect(await exited).toBe(1);
  expect(err).toEqual([expect.stringMatching(/^DynamoDB is unavailable: .*127\.0\.0\.1:9/)]);
  expect(out).toEqual([]);
});

test('sequence --scan puts into the log what no record tells of', async () => {
  await store.append('Order-1', numbered(2));
  await store.append('Order-2', numbered(1));
  await sequenceAll();
  await store.append('Order-2', numbered(1));
  const { out, exited } = runCommand(['sequence', '--scan', ...options]);
  expect(await exited).toBe(0);
  expect(out).toEqual(['3 commits, 1 put into the log']);
  await expectAllSequenced(tables);
  const again = runCommand(['sequence', '--scan', '--json', ...options]);
  expect(await again.exited).toBe(0);
  expect(again.out.map((line) => JSON.parse(line))).toEqual([{ result: { seen: 3, sequenced: 0, damaged: 0 } }]);
});

test('Ctrl-C ends a scan after the page under way, and what it says goes on from there', async () => {
  // Some 20 pages of 1 MB.
  for (let index = 0; index < 60; index++) {
    await store.append(`Order-${index}`, [{ type: 'Noted', data: noise(390_000, String(index)) }]);
  }
  const interrupted = runCommand(['sequence', '--scan', ...options]);
  await expect.poll(() => interrupted.err.length, { timeout: 40_000 }).toBeGreaterThan(0);
  interrupted.interrupt();
  expect(await interrupted.exited).toBe(130);
  expect((await store.log({ limit: 1 })).events).toHaveLength(1);
  const [, after = ''] =
    /^Interrupted\. Go on with: tidemark sequence --scan --after '(.*)'$/.exec(interrupted.err.at(-1) ?? '') ?? [];
  expect(JSON.parse(after)).toMatchObject({ PK: expect.any(String), SK: expect.any(String) });
  const resumed = runCommand(['sequence', '--scan', '--json', '--after', after, ...options]);
  expect(await resumed.exited).toBe(0);
  expect(JSON.parse(resumed.out.at(-1) ?? '').result.seen).toBeLessThan(60);
  await expectAllSequenced(tables);
});

test('tail prints the last events, then others as they come, until Ctrl-C', async () => {
  for (let index = 1; index <= 7; index++) {
    await store.append('Order-1', numbered(2, `no ${index}`));
  }
  await sequenceAll();
  const tail = runCommand(['tail', ...options]);
  expect(await tail.lines(10)).toEqual([
    expect.stringMatching(/^5 \d{4}-\d\d-\d\dT[\d:.]+Z Order-1@5 Counted \{"label":"no 3","index":0\}$/),
    ...Array.from({ length: 9 }, (_, index) => expect.stringMatching(new RegExp(`^${index + 6} `))),
  ]);
  await store.append('Order-2', numbered(1, 'later'));
  await sequenceAll();
  expect((await tail.lines(11)).at(-1)).toMatch(/^15 .* Order-2@1 Counted /);
  tail.interrupt();
  expect(await tail.exited).toBe(0);
  expect(tail.err).toEqual([]);
});

test('tail takes filters, ends at the head where it is told to, and ends with whoever reads it', async () => {
  await store.append('Order-1', [
    { type: 'OrderPlaced', data: 1 },
    { type: 'OrderPaid', data: 2 },
    { type: 'OrderShipped', data: 3 },
  ]);
  await store.append('Basket-1', [{ type: 'OrderPlaced', data: 4 }]);
  await sequenceAll();
  const filter = ['--after', '0', '--category', 'Order', '--type', 'OrderPlaced', '--type', 'OrderShipped'];
  const filtered = runCommand(['tail', '--no-follow', '--json', ...filter, ...options]);
  expect(await filtered.exited).toBe(0);
  const { events } = await store.log({ category: 'Order', types: ['OrderPlaced', 'OrderShipped'] });
  expect(filtered.out.map((line) => JSON.parse(line))).toEqual(events);
  expect(events.map(({ data }) => data)).toEqual([1, 3]);

  const piped = runCommand(['tail', ...options]);
  await piped.lines(4);
  piped.closeOutput();
  await store.append('Order-1', numbered(1));
  await sequenceAll();
  expect(await piped.exited).toBe(0);
});

test('verify says that a store is sound, or which items are not', async () => {
  await store.append('Order-1', numbered(2));
  await store.append('Order-2', numbered(3));
  await sequenceAll();
  const sound = runCommand(['verify', ...options]);
  expect(await sound.exited).toBe(0);
  expect(sound.out).toEqual(['5 events in 2 commits of the log and 2 marks: no damage']);
  await tables.put({
    table: 'state',
    item: { PK: 'SEQUENCED#Order-1', SK: 'MARK', format: 1, version: 7, position: 2 },
    over: { attribute: 'version', below: 7 },
  });
  const damaged = runCommand(['verify', ...options]);
  expect(await damaged.exited).toBe(3);
  expect(damaged.out).toEqual([
    expect.stringMatching(/^mark-ahead: state SEQUENCED#Order-1 \/ MARK: /),
    '5 events in 2 commits of the log and 2 marks: 1 damage, 0 repaired',
  ]);
  const repaired = runCommand(['verify', '--repair', '--json', ...options]);
  expect(await repaired.exited).toBe(0);
  expect(repaired.out.map((line) => JSON.parse(line))).toEqual([
    { damage: expect.objectContaining({ kind: 'mark-ahead', streamId: 'Order-1' }) },
    { result: { events: 5, commits: 2, marks: 2, damages: 1, repaired: 1 } },
  ]);
  expect(await runCommand(['verify', ...options]).exited).toBe(0);
});
