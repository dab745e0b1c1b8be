import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEventStore, createSequencer, dynamoDbTables, type EventStore } from '../../lib/index.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { runCommand } from '../support/command-line.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { allCommits } from '../support/stored-log.ts';
import { all } from './projections-module.ts';

const MODULE = fileURLToPath(new URL('projections-module.ts', import.meta.url));
/** A file that is there. */
const MENDED = MODULE;

let dynamoDb: TestDynamoDb;
let tables: Tables;
let store: EventStore;
let context: Parameters<typeof createProjectionRunner>[0];
let options: string[];
beforeEach(async () => {
  dynamoDb = await dynamoDbForTest();
  tables = dynamoDbTables(dynamoDb.client, dynamoDb.names);
  store = createEventStore({ tables });
  context = { tables, delay: async () => {}, random: () => 0, now: () => new Date(), newId: randomUUID };
  options = ['--endpoint', dynamoDb.endpoint, '--tables', dynamoDb.names.events.replace(/-events$/, '')];
});
afterEach(() => dynamoDb.stop());

async function runAll() {
  await createSequencer(context).sequence(await allCommits(tables));
  return Promise.all(all.map((projection) => createProjectionRunner(context, projection).run()));
}

async function run(...args: string[]) {
  const { out, err, exited } = runCommand(['projections', ...args, ...options], { MENDED });
  return { code: await exited, out, err };
}

test('list says how each projection is, redrive tries again, rebuild and reset begin anew', async () => {
  expect(await run('list')).toMatchObject({ code: 0, out: ['There is no projection yet'] });
  await store.append('Order-1', numbered(1, 'good'));
  await store.append('Order-1', numbered(1, 'bad'));
  await store.append('Order-1', numbered(1, 'later'));
  expect((await runAll()).map(({ outcome }) => outcome)).toEqual(['halted', 'caught-up']);
  const listed = await run('list');
  expect(listed.code).toBe(3);
  expect(listed.out).toEqual([
    'halting 1.1: halted at 1 of 3: Counted at position 2: Error: a label that cannot be counted',
    'parking 1.1: live at 3 of 3, 2 events set aside',
  ]);

  const named = (name: string) => [name, '--module', MODULE];
  expect(await run('redrive', ...named('parking'))).toMatchObject({
    code: 0,
    out: ['2 events that were set aside applied, 0 still are'],
  });
  expect(await run('redrive', ...named('halting'))).toMatchObject({
    code: 0,
    out: ['It goes on with its next run; 0 events that were set aside applied, 0 still are'],
  });
  expect(await run('rebuild', ...named('halting'))).toMatchObject({
    code: 0,
    out: ['Build 1.2 of halting is live, at position 3'],
  });
  const readModels = createReadModels(context);
  const document = { labels: ['good', 'bad', 'later'] };
  expect(await readModels.document('parking', 'Order-1')).toEqual({ document, position: 3 });
  expect(await readModels.document('halting', 'Order-1')).toEqual({ document, position: 3 });
  expect(await run('list', '--json')).toMatchObject({
    code: 0,
    out: [expect.stringMatching(/"build":"1.2"/), expect.stringMatching(/"parked":0/)],
  });

  expect(await run('reset', ...named('parking'))).toMatchObject({
    code: 0,
    out: ['parking begins at position 0 with its next run'],
  });
  expect(await readModels.document('parking', 'Order-1')).toBeUndefined();
  await runAll();
  expect((await readModels.document('parking', 'Order-1'))?.document).toEqual({ labels: ['good'] });
});

test.each([
  [['rebuild', 'no-such', '--module', MODULE], /exports no projection no-such; it exports halting, parking\./],
  [['redrive', 'halting', '--module', 'no-such.ts'], /^--module no-such\.ts cannot be loaded: /],
  [['reset'], /missing required argument 'name'/],
])('projections %j is refused', async (args, message) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err[0]).toMatch(message);
});

test('what was never run cannot be redriven', async () => {
  expect(await run('redrive', 'halting', '--module', MODULE)).toMatchObject({
    code: 1,
    err: ['There is no projection "halting"'],
  });
});
