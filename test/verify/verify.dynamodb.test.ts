import { afterAll, expect, test } from 'vitest';
import { commitKey } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, dynamoDbTables, memoryTables } from '../../lib/index.ts';
import { markKey } from '../../lib/log/sequenced-mark.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { logSeed, seed } from '../seed.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';
import { numbered } from '../support/events.ts';
import { Altered, allHeads, allItems, contextOf, damagesOf, randomStore, tablesOf, verified } from './stored-items.ts';

logSeed();

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

async function newTables(): Promise<Tables> {
  const { client, names, stop } = await dynamoDbForTest();
  stops.push(stop);
  return dynamoDbTables(client, names);
}

test('a sound store has no damage, and verification writes nothing', async () => {
  const tables = await newTables();
  await randomStore(tables, seed, 30);
  const items = await allItems(tables);
  const { found, progress } = await verified(contextOf(tables), { repair: true });
  expect(found).toEqual([]);
  expect(progress.at(-1)).toMatchObject({ commits: items.events.size, scanned: items.events.size, repaired: 0 });
  expect(await damagesOf(contextOf(tables), { streamsMax: 2 })).toEqual([]);
  expect(await damagesOf(contextOf(tables), { from: 9 })).toEqual([]);
  expect(await allItems(tables)).toEqual(items);
});

test('what is damaged is the same as in memory, and marks are repaired', async () => {
  const memory = memoryTables();
  await randomStore(memory, seed, 60);
  // An entry of its own: the marks of the last one may be behind.
  await createEventStore({ tables: memory }).append('Last-1', numbered(1));
  await createSequencer(contextOf(memory)).sequence(await allHeads(memory));
  const store = new Altered(await allItems(memory));
  const streams = [...store.items.state.values()]
    .filter(({ SK }) => SK === 'MARK')
    .map(({ PK }) => PK.slice('SEQUENCED#'.length))
    .filter((streamId) => store.mark(streamId).version > 1);
  const [ahead, behind, missing] = streams;
  if (ahead === undefined || behind === undefined || missing === undefined) {
    throw new Error('the store has three streams of more than one event');
  }
  store.setMark({ ...store.mark(ahead), version: 1_000 });
  store.setMark({ ...store.mark(behind), version: 1, position: 1 });
  store.delete('state', markKey(missing));
  const tables = await tablesOf(store.items, await newTables());
  const { found, progress } = await verified(contextOf(tables), { repair: true });
  expect(found.map(({ kind, streamId }) => [kind, streamId]).toSorted()).toEqual(
    [
      ['mark-ahead', ahead],
      ['mark-behind', behind],
      ['mark-missing', missing],
    ].toSorted(),
  );
  expect(progress.at(-1)?.repaired).toBe(3);
  expect(await damagesOf(contextOf(tables))).toEqual([]);
  expect(await allItems(tables)).toEqual(await allItems(memory));
});

test('changed and missing commits are the same damage as in memory', async () => {
  const memory = memoryTables();
  await randomStore(memory, seed, 30);
  const store = new Altered(await allItems(memory));
  const [first, second] = store.entries().flatMap(({ commits }) => commits);
  if (first === undefined || second === undefined) {
    throw new Error('the log has two commits');
  }
  store.setCommit(first.streamId, first.version, (commit) => ({ ...commit, timestamp: '2020-01-01T00:00:00.000Z' }));
  store.delete('events', commitKey(second.streamId, second.version));
  const tables = await tablesOf(store.items, await newTables());
  const found = await damagesOf(contextOf(tables));
  expect(found.toSorted()).toEqual((await damagesOf(contextOf(await tablesOf(store.items)))).toSorted());
  expect(found).toHaveLength(2);
});
