/** What sequencing costs, by the published rules: capacity units do not vary, so they are counted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommitHead } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, memoryTables, type TableRequest } from '../../lib/index.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { logSeed, seed } from '../seed.ts';
import { noise, numbered } from '../support/events.ts';
import { allCommits, expectAllSequenced } from '../support/stored-log.ts';

logSeed();

type Counted = TableRequest & { readonly table: Table };

/** Tables that count what is asked of them through `counted`, and nothing of what is asked of `tables`. */
function countedTables() {
  let requests: Counted[] = [];
  let table: Table | undefined;
  const tables = memoryTables({
    observer: (request) => {
      if (table !== undefined) {
        requests.push({ ...request, table });
      }
    },
  });
  // The memory tables answer at once, so that the request is observed before another one can be made.
  const on = <Answer>(name: Table, call: () => Answer): Answer => {
    table = name;
    const answer = call();
    table = undefined;
    return answer;
  };
  const counted: Tables = {
    get: (name, ...rest) => on(name, () => tables.get(name, ...rest)),
    query: (name, ...rest) => on(name, () => tables.query(name, ...rest)),
    scan: (name, ...rest) => on(name, () => tables.scan(name, ...rest)),
    batchGet: (name, ...rest) => on(name, () => tables.batchGet(name, ...rest)),
    put: (put) => on(put.table, () => tables.put(put)),
    remove: (name, keys) => on(name, () => tables.remove(name, keys)),
    transact: (puts) => on('events', () => tables.transact(puts)),
  };
  return {
    tables,
    newSequencer: () => createSequencer({ tables: counted, delay: async () => {}, random: () => 0 }),
    cost: () => {
      const seen = requests;
      requests = [];
      return {
        requests: seen.map(({ operation, table: name }) => `${operation} ${name}`),
        writeUnits: seen.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
        readUnits: seen.reduce((sum, { readUnits }) => sum + readUnits, 0),
      };
    },
  };
}

/** Bytes of what must be said of a commit in any form: its stream, version, count and types. */
function referenceSize({ streamId, version, count, types }: CommitHead): number {
  return Buffer.byteLength(JSON.stringify([streamId, version, count, types]));
}

test('a batch costs no more than its references, a unit for each stream, and one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ stream: fc.nat(60), events: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 300,
      }),
      fc.boolean(),
      async (appends, isKnown) => {
        const { tables, newSequencer, cost } = countedTables();
        const store = createEventStore({ tables });
        const sequencer = newSequencer();
        // Names that no compression makes shorter: the bound must not need one.
        const name = (stream: number) => `Order-${noise(60, String(stream))}`;
        if (isKnown) {
          await Promise.all(appends.map(({ stream }) => store.append(name(stream), numbered(1))));
          await sequencer.sequence(await allCommits(tables));
        }
        const before = new Set((await allCommits(tables)).map(({ hash }) => hash));
        for (const { stream, events } of appends) {
          await store.append(name(stream), numbered(events));
        }
        const batch = (await allCommits(tables)).filter(({ hash }) => !before.has(hash));
        const streams = new Set(batch.map(({ streamId }) => streamId)).size;
        const bytes = batch.reduce((sum, commit) => sum + referenceSize(commit), 0);
        cost();
        await sequencer.sequence(batch);
        const { requests, writeUnits, readUnits } = cost();
        expect(writeUnits).toBeLessThanOrEqual(streams + Math.ceil(bytes / 1024) + 1);
        const reads = isKnown
          ? []
          : ['query log', ...Array.from({ length: Math.ceil(streams / 100) }, () => 'batchGet state')];
        const writes = ['put log', ...Array.from({ length: streams }, () => 'put state')];
        expect(requests).toEqual([...reads, ...writes]);
        expect(readUnits).toBe(isKnown ? 0 : 0.5 + streams);
        await expectAllSequenced(tables);
      },
    ),
    { seed, numRuns: 60 },
  );
});

test('a cold start reads the tail and its marks, and writes none that stands', async () => {
  const { tables, newSequencer, cost } = countedTables();
  const store = createEventStore({ tables });
  for (let index = 0; index < 20; index++) {
    await store.append(`Order-${index}`, numbered(1));
  }
  await newSequencer().sequence(await allCommits(tables));
  await store.append('Order-20', numbered(1));
  cost();
  await newSequencer().sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'Order-20'));
  expect(cost()).toEqual({
    requests: ['query log', 'batchGet state', 'batchGet state', 'put log', 'put state'],
    // The tail and its 20 marks at half price, one mark consistently.
    readUnits: 0.5 + 20 * 0.5 + 1,
    writeUnits: 2,
  });
});

test('a loser pays for one refused write, and reads what it needs of its own streams', async () => {
  const { tables, newSequencer, cost } = countedTables();
  const store = createEventStore({ tables });
  await store.append('Order-1', numbered(1));
  const [winner, loser] = [newSequencer(), newSequencer()];
  await winner.sequence(await allCommits(tables));
  await loser.sequence(await allCommits(tables));
  await store.append('Order-1', numbered(1));
  await winner.sequence((await allCommits(tables)).slice(-1));
  await store.append('Order-2', numbered(1));
  cost();
  // It remembers the log as it was before the winner.
  await loser.sequence((await allCommits(tables)).slice(-1));
  expect(cost()).toEqual({
    requests: ['batchGet state', 'put log', 'batchGet state', 'batchGet state', 'put log', 'put state'],
    // The mark of its stream, the mark of the winner's stream at half price, and the first one again.
    readUnits: 1 + 0.5 + 1,
    writeUnits: 3,
  });
  await expectAllSequenced(tables);
});

test('what is in the log already costs no write, and nothing at all where it is remembered', async () => {
  const { tables, newSequencer, cost } = countedTables();
  const store = createEventStore({ tables });
  for (let index = 0; index < 150; index++) {
    await store.append(`Order-${index}`, numbered(1));
  }
  const sequencer = newSequencer();
  const hints = await allCommits(tables);
  await sequencer.sequence(hints);
  cost();
  await sequencer.sequence(hints);
  expect(cost().requests).toEqual([]);
  await newSequencer().sequence(hints);
  expect(cost()).toMatchObject({ writeUnits: 0 });
});

test('what is missing before a hint is one Query of that stream', async () => {
  const { tables, newSequencer, cost } = countedTables();
  const store = createEventStore({ tables });
  for (let index = 0; index < 10; index++) {
    await store.append('Order-1', numbered(1));
  }
  await newSequencer().sequence((await allCommits(tables)).slice(-1));
  expect(cost().requests).toEqual(['query log', 'batchGet state', 'query events', 'put log', 'put state']);
});
