import { expect, test } from 'vitest';
import { commitKey } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, memoryTables, type TableRequest } from '../../lib/index.ts';
import { placedCommits } from '../../lib/log/log-entry.ts';
import { markKey, marksOf } from '../../lib/log/sequenced-mark.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import {
  Altered,
  allHeads,
  allItems,
  contextOf,
  damagesOf,
  nameOf,
  randomStore,
  short,
  tablesOf,
  verified,
} from './stored-items.ts';

logSeed();

test.each([0, 1, 2, 3, 4])('a sound store has no damage, in one pass or in several (%i)', async (round) => {
  const tables = memoryTables();
  await randomStore(tables, seed + round);
  const items = await allItems(tables);
  const once = await verified(contextOf(tables));
  expect(once.found).toEqual([]);
  const streams = new Set([...items.events.values()].map(({ PK }) => PK)).size;
  const last = once.progress.at(-1);
  expect(last).toMatchObject({
    phase: 'events',
    pass: 1,
    passes: 1,
    commits: items.events.size,
    scanned: items.events.size,
    marks: streams,
    position: last?.head,
    repaired: 0,
  });
  expect(last?.events).toBe(last?.head);
  const several = await verified(contextOf(tables), { streamsMax: 3 });
  expect(several.found).toEqual([]);
  const { pass, passes } = several.progress.at(-1) ?? {};
  expect(pass).toBeGreaterThan(1);
  expect(several.progress.at(-1)).toEqual({ ...last, pass, passes, streams: several.progress.at(-1)?.streams });
  expect(Math.max(...several.progress.map((one) => one.streams))).toBeLessThanOrEqual(3);
  expect(await allItems(tables)).toEqual(items);
});

test('stale reads are no damage', async () => {
  const tables = memoryTables({ lag: (writes) => Math.floor(writes / 2) });
  await randomStore(tables, seed);
  expect((await verified(contextOf(tables))).found).toEqual([]);
  expect((await verified(contextOf(tables), { streamsMax: 2 })).found).toEqual([]);
});

test('an empty store has no damage', async () => {
  const { found, progress } = await verified(contextOf(memoryTables()));
  expect(found).toEqual([]);
  expect(progress.at(-1)).toMatchObject({ position: 0, head: 0, commits: 0 });
});

test('copied items are the same store', async () => {
  const tables = memoryTables();
  await randomStore(tables, seed);
  expect((await verified(contextOf(await tablesOf(await allItems(tables))))).found).toEqual([]);
});

test('the streams of a last entry that is not marked yet are no damage', async () => {
  const tables = memoryTables();
  await randomStore(tables, seed);
  const store = new Altered(await allItems(tables));
  const last = store.entries().at(-1);
  if (last === undefined) {
    throw new Error('the log is not empty');
  }
  for (const streamId of marksOf(last).keys()) {
    const before = store
      .entries()
      .slice(0, -1)
      .flatMap((entry) => [...marksOf(entry).values()])
      .findLast((mark) => mark.streamId === streamId);
    if (before === undefined) {
      store.delete('state', markKey(streamId));
    } else {
      store.setMark(before);
    }
  }
  expect(await damagesOf(contextOf(await tablesOf(store.items)))).toEqual([]);
});

test('a verification goes on where another has ended: from any position, and with what lies before it', async () => {
  const tables = memoryTables();
  await randomStore(tables, seed, 25);
  const { progress } = await verified(contextOf(tables));
  const { head = 0, commits = 0 } = progress.at(-1) ?? {};
  for (let from = 1; from <= head + 1; from++) {
    const part = await verified(contextOf(tables), { from, streamsMax: from % 2 === 0 ? 3 : 100 });
    expect(part.found, `from ${from}`).toEqual([]);
    expect(part.progress.at(-1)?.position).toBe(head);
    expect(part.progress.at(-1)?.commits).toBeLessThanOrEqual(commits);
  }
});

test('from a position on, damage is found there and not before', async () => {
  const tables = memoryTables();
  await randomStore(tables, seed);
  const store = new Altered(await allItems(tables));
  const commits = store.entries().flatMap(placedCommits);
  const middle = commits[Math.floor(commits.length / 2)];
  if (middle === undefined) {
    throw new Error('the log is not empty');
  }
  const { streamId, version, position, count } = middle;
  store.setCommit(streamId, version, (commit) => ({ ...commit, timestamp: '2020-01-01T00:00:00.000Z' }));
  const context = contextOf(await tablesOf(store.items));
  const found = [`changed-commit ${nameOf(commitKey(streamId, version))}`];
  for (const from of [1, position, position + count - 1]) {
    expect(await damagesOf(context, { from }), `from ${from}`).toEqual(found);
  }
  expect(await damagesOf(context, { from: position + count })).toEqual([]);
});

test('a verification that is stopped can be gone on with behind its last progress, whatever the pass', async () => {
  const tables = memoryTables();
  const eventStore = createEventStore({ tables });
  for (let commit = 0; commit < 1_300; commit++) {
    await eventStore.append(`Order-${Math.floor(commit / 130) + (commit % 2)}`, numbered(1));
  }
  await createSequencer(contextOf(tables)).sequence(await allHeads(tables));
  const store = new Altered(await allItems(tables));
  for (const { streamId, version, position } of store.entries().flatMap(placedCommits)) {
    if (position % 37 === 0) {
      store.setCommit(streamId, version, (commit) => ({ ...commit, commitId: 'another' }));
    }
  }
  const context = contextOf(await tablesOf(store.items));
  const { found, progress } = await verified(context, { streamsMax: 5 });
  expect(found.map(({ kind }) => kind)).toEqual(Array.from({ length: 35 }, () => 'changed-commit'));
  const all = found.map(short).toSorted();
  const logProgress = progress.filter(({ phase }) => phase === 'log');
  const positions = logProgress.map(({ position }) => position);
  expect(positions).toEqual(positions.toSorted((one, other) => one - other));
  expect(new Set(positions).size).toBeGreaterThan(2);
  expect(new Set(logProgress.map(({ pass }) => pass)).size).toBeGreaterThan(2);
  for (const [index, { position }] of logProgress.entries()) {
    const before = logProgress.slice(0, index + 1).flatMap((one) => one.found.map(short));
    const after = await damagesOf(context, { from: position + 1 });
    expect([...new Set([...before, ...after])].toSorted(), `from ${position + 1}`).toEqual(all);
  }
});

test('a commit that is sequenced while it is waited for is no damage; one that is not is waited for 10 seconds', async () => {
  const tables = memoryTables();
  await createEventStore({ tables }).append('Order-1', numbered(1));
  let waited = 0;
  const patient = contextOf(tables, async (ms) => {
    waited += ms;
  });
  expect(await damagesOf(patient)).toEqual([`not-in-log ${nameOf(commitKey('Order-1', 1))}`]);
  expect(waited).toBe(10_000);
  const sequencer = createSequencer(contextOf(tables));
  const sequencing = contextOf(tables, async () => {
    await sequencer.sequence(await allHeads(tables));
  });
  expect(await damagesOf(sequencing)).toEqual([]);
});

test('verification costs a few requests, and reads each commit once in the log and once in its table', async () => {
  let requests: TableRequest[] = [];
  const tables = memoryTables({ observer: (request) => requests.push(request) });
  const store = createEventStore({ tables });
  for (let stream = 0; stream < 50; stream++) {
    await store.append(`Order-${stream}`, numbered(1));
    await store.append(`Order-${stream}`, numbered(2));
  }
  await createSequencer(contextOf(tables)).sequence(await allHeads(tables));
  requests = [];
  await verified(contextOf(tables));
  const counted = requests.map(({ operation, readUnits }) => `${operation} ${readUnits}`);
  expect(counted).toEqual([
    // The tail of the log, then all of it.
    expect.stringMatching(/^query [12]$/),
    expect.stringMatching(/^query [12]$/),
    // 100 commits at half a unit each.
    'batchGet 50',
    // 50 marks in one page.
    expect.stringMatching(/^scan [0-9.]+$/),
    // 100 commits in one page, and the marks of their 50 streams.
    expect.stringMatching(/^scan [0-9.]+$/),
    'batchGet 25',
  ]);
  expect(requests[3]?.readUnits).toBeLessThanOrEqual(1);
  expect(requests[4]?.readUnits).toBeLessThanOrEqual(8);
  expect(requests.every(({ writeUnits }) => writeUnits === 0)).toBe(true);
});

test('more passes read no commit again but one of each stream', async () => {
  const requests: TableRequest[] = [];
  const tables = memoryTables({ observer: (request) => requests.push(request) });
  const store = createEventStore({ tables });
  for (let commit = 0; commit < 1_600; commit++) {
    await store.append(`Order-${commit % 20}`, numbered(1));
  }
  await createSequencer(contextOf(tables)).sequence(await allHeads(tables));
  const readUnitsOf = async (streamsMax: number) => {
    requests.length = 0;
    const { progress } = await verified(contextOf(tables), { streamsMax });
    const gets = requests.filter(({ operation }) => operation === 'batchGet');
    const units = gets.reduce((sum, { readUnits }) => sum + readUnits, 0);
    return { units, commits: progress.at(-1)?.commits, passes: progress.at(-1)?.passes ?? 0 };
  };
  const once = await readUnitsOf(20);
  const several = await readUnitsOf(5);
  expect(once.passes).toBe(1);
  expect(several.passes).toBeGreaterThanOrEqual(4);
  expect(several.commits).toBe(once.commits);
  // Of each pass, the commits that were read together with the one by which it turned out that there are more streams.
  expect(several.units).toBeLessThanOrEqual(once.units + several.passes * (400 + 20) * 0.5);
});

test('an entry that is written while a page of the log is read, and is not in it, is no hole', async () => {
  const tables = memoryTables();
  await randomStore(tables, seed);
  let pages = 0;
  const tearing = withCalls(tables, {
    query: async (table, range, options) => {
      const page = await tables.query(table, range, options);
      const isFirstPage = options.direction === 'forward' && pages++ === 0;
      return isFirstPage ? { ...page, items: page.items.filter((_, index) => index !== 1 && index !== 2) } : page;
    },
  });
  const { found, progress } = await verified(contextOf(tearing));
  expect(found).toEqual([]);
  expect(pages).toBe(2);
  expect(progress.at(-1)?.commits).toBe((await allHeads(tables)).length);
});
