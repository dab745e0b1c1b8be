/** Each damage is found, named, and nothing else but what follows from it. */
import { beforeAll, expect, test } from 'vitest';
import type { Item } from '../../lib/events/item.ts';
import { commitHash, commitKey, encodeCommit } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, memoryTables } from '../../lib/index.ts';
import type { CommitReference } from '../../lib/log/log-entry.ts';
import { encodeEntry, entryAfter, entryKey } from '../../lib/log/log-entry.ts';
import { markKey } from '../../lib/log/sequenced-mark.ts';
import type { DamageKind } from '../../lib/verify/verify.ts';
import { numbered, orderEvents } from '../support/events.ts';
import { Altered, allHeads, allItems, contextOf, damagesOf, type Items, tablesOf, verified } from './stored-items.ts';

let items: Items;

/** 30 positions in four entries: 1 to 3, 4 to 25, 26 to 28, 29 and 30. */
beforeAll(async () => {
  const tables = memoryTables();
  const context = contextOf(tables);
  const store = createEventStore({ tables, delay: context.delay });
  const sequencer = createSequencer(context);
  const sequenceAll = async () => sequencer.sequence(await allHeads(tables));
  await store.append('Order-1', numbered(2));
  await store.append('Order-2', numbered(1));
  await sequenceAll();
  await store.appendMany(['Order-1', 'Order-2'].map((streamId) => ({ streamId, events: numbered(1) })));
  await store.append('Order-3', orderEvents(20));
  await sequenceAll();
  await store.append('Order-1', numbered(2));
  await store.append('Order-2', numbered(1));
  await sequenceAll();
  await store.append('Order-3', numbered(1));
  await store.append('Order-4', numbered(1));
  await sequenceAll();
  items = await allItems(tables);
});

function copy(): Altered {
  return new Altered({
    events: new Map(items.events),
    log: new Map(items.log),
    state: new Map(items.state),
    readModels: new Map(items.readModels),
  });
}

type Plant = (store: Altered) => void;

function commitName(streamId: string, version: number): string {
  const { PK, SK } = commitKey(streamId, version);
  return `${PK} / ${SK}`;
}

function entryName(position: number): string {
  const { PK, SK } = entryKey(position);
  return `${PK} / ${SK}`;
}

function markName(streamId: string): string {
  return `SEQUENCED#${streamId} / MARK`;
}

function referencesOf(store: Altered): CommitReference[][] {
  return store.entries().map(({ commits }) => [...commits]);
}

function rawItem(store: Altered, table: keyof Items, name: string): Item {
  const item = store.items[table].get(name);
  if (item === undefined) {
    throw new Error(`there is no ${name}`);
  }
  return item;
}

const plants: { readonly [name: string]: readonly [Plant, readonly string[]] } = {
  'an event was changed': [
    (store) =>
      store.setCommit('Order-1', 3, (commit) => ({
        ...commit,
        eventsJson: commit.eventsJson.replace('"index":0', '"index":7'),
      })),
    [`changed-commit ${commitName('Order-1', 3)}`],
  ],
  'a compressed event was changed': [
    (store) => {
      expect(rawItem(store, 'events', commitName('Order-3', 1))['events']).toBeInstanceOf(Uint8Array);
      store.setCommit('Order-3', 1, (commit) => ({
        ...commit,
        eventsJson: commit.eventsJson.replace('front door', 'back door'),
      }));
    },
    [`changed-commit ${commitName('Order-3', 1)}`],
  ],
  'a timestamp was changed': [
    (store) => store.setCommit('Order-1', 1, (commit) => ({ ...commit, timestamp: '2020-01-01T00:00:00.000Z' })),
    [`changed-commit ${commitName('Order-1', 1)}`],
  ],
  "a commit's count was changed": [
    (store) => store.setCommit('Order-1', 1, (commit) => ({ ...commit, count: 3 })),
    [`changed-commit ${commitName('Order-1', 1)}`],
  ],
  "a commit's predecessor was changed": [
    (store) => store.setCommit('Order-1', 4, (commit) => ({ ...commit, previous: 1 })),
    [`changed-commit ${commitName('Order-1', 4)}`],
  ],
  "a commit's hash was changed": [
    (store) => store.setCommit('Order-1', 1, (commit) => ({ ...commit, hash: 'A'.repeat(43) })),
    [`changed-commit ${commitName('Order-1', 1)}`],
  ],
  'a commit was changed, and its hash was made again': [
    (store) =>
      store.setCommit('Order-1', 1, (commit) => {
        const changed = { ...commit, eventsJson: commit.eventsJson.replace('"index":0', '"index":7') };
        return { ...changed, hash: commitHash('', changed) };
      }),
    [`changed-commit ${commitName('Order-1', 3)}`],
  ],
  'a commit is missing': [
    (store) => store.delete('events', commitKey('Order-1', 3)),
    [`missing-commit ${commitName('Order-1', 3)}`],
  ],
  'the last commit is missing': [
    (store) => store.delete('events', commitKey('Order-4', 1)),
    [`missing-commit ${commitName('Order-4', 1)}`],
  ],
  'a stored event is not one, though its hash is right': [
    (store) =>
      store.setCommit('Order-4', 1, (commit) => {
        const changed = { ...commit, eventsJson: '[{"data":1}]' };
        return { ...changed, hash: commitHash('', changed) };
      }),
    [`unreadable ${commitName('Order-4', 1)}`],
  ],
  'a commit is of an unknown format': [
    (store) => store.set('events', { ...rawItem(store, 'events', commitName('Order-1', 3)), format: 9 }),
    [`unreadable ${commitName('Order-1', 3)}`],
  ],
  'a commit has no hash': [
    (store) => store.set('events', { ...rawItem(store, 'events', commitName('Order-2', 3)), hash: 'none' }),
    [`unreadable ${commitName('Order-2', 3)}`],
  ],
  'the events of a commit cannot be decompressed': [
    (store) =>
      store.set('events', { ...rawItem(store, 'events', commitName('Order-3', 1)), events: Buffer.from('none') }),
    [`unreadable ${commitName('Order-3', 1)}`],
  ],
  'something else is in the Events table': [
    (store) => store.set('events', { PK: 'STREAM#Order-1', SK: 'SNAPSHOT#1', format: 1 }),
    ['unreadable STREAM#Order-1 / SNAPSHOT#1'],
  ],
  'a commit has another key': [
    (store) => store.set('events', { ...rawItem(store, 'events', commitName('Order-4', 1)), SK: 'VERSION#2' }),
    ['unreadable STREAM#Order-4 / VERSION#2'],
  ],
  'a commit overlaps another': [
    (store) => {
      const first = store.commit('Order-1', 1);
      store.set('events', encodeCommit({ ...first, version: 2, previous: 1, count: 1 }));
    },
    [`not-following ${commitName('Order-1', 2)}`],
  ],
  'a commit overlaps the last one, and goes past it': [
    (store) => {
      const last = store.commit('Order-1', 4);
      store.set('events', encodeCommit({ ...last, version: 5, previous: 4, count: 3 }));
    },
    [`not-following ${commitName('Order-1', 5)}`],
  ],
  'a commit leaves a gap at the end': [
    (store) => {
      const last = store.commit('Order-1', 4);
      store.set('events', encodeCommit({ ...last, version: 9, previous: 6, count: 1 }));
    },
    [`missing-commit ${commitName('Order-1', 6)}`],
  ],
  'a commit begins a stream twice': [
    (store) => {
      const last = store.commit('Order-1', 4);
      store.set('events', encodeCommit({ ...last, version: 6, previous: 0, count: 1 }));
    },
    [`not-following ${commitName('Order-1', 6)}`],
  ],
  'a commit at the end is not in the log': [
    (store) => {
      const last = store.commit('Order-1', 4);
      const next = { ...last, version: 6, previous: 4, count: 2 };
      store.set('events', encodeCommit({ ...next, hash: commitHash(last.hash, next) }));
    },
    [`not-in-log ${commitName('Order-1', 6)}`],
  ],
  'the log lacks a commit in the middle of a stream': [
    (store) => {
      const entries = referencesOf(store);
      entries[0] = entries[0]?.filter(({ streamId }) => streamId !== 'Order-2') ?? [];
      store.setLog(entries);
    },
    [`out-of-order ${entryName(3)}`, `not-in-log ${commitName('Order-2', 1)}`],
  ],
  'the log lacks the last commit of a stream, and its mark knows it': [
    (store) => {
      const entries = referencesOf(store);
      entries[3] = entries[3]?.filter(({ streamId }) => streamId !== 'Order-3') ?? [];
      const { position } = store.mark('Order-3');
      store.setLog(entries);
      store.setMark({ streamId: 'Order-3', version: 20, position: 25 });
      expect(position).toBe(29);
    },
    [`not-in-log ${commitName('Order-3', 21)}`],
  ],
  'the log lacks the last commit of a stream, and its mark does not know': [
    (store) => {
      const entries = referencesOf(store);
      entries[3] = entries[3]?.filter(({ streamId }) => streamId !== 'Order-3') ?? [];
      const mark = store.mark('Order-3');
      store.setLog(entries);
      store.setMark(mark);
    },
    [`mark-ahead ${markName('Order-3')}`, `not-in-log ${commitName('Order-3', 21)}`],
  ],
  'a commit is in the log twice': [
    (store) => {
      const entries = referencesOf(store);
      entries.push([{ streamId: 'Order-1', version: 3, count: 1, types: ['Counted'] }]);
      const mark = store.mark('Order-1');
      store.setLog(entries);
      store.setMark(mark);
    },
    [`twice-in-log ${entryName(31)}`],
  ],
  'the log has a stream out of order': [
    (store) => {
      const entries = referencesOf(store);
      const [first = [], second = [], third = [], fourth = []] = entries;
      const without = third.filter(({ streamId }) => streamId !== 'Order-1');
      const moved = third.filter(({ streamId }) => streamId === 'Order-1');
      store.setLog([moved, first, second, without, fourth]);
      store.setMark({ streamId: 'Order-1', version: 5, position: 2 });
    },
    [`out-of-order ${entryName(1)}`],
  ],
  'a reference has another count': [
    (store) => {
      const entries = referencesOf(store);
      entries[3] =
        entries[3]?.map((commit) => (commit.streamId === 'Order-4' ? { ...commit, count: 2 } : commit)) ?? [];
      const mark = store.mark('Order-4');
      store.setLog(entries);
      store.setMark(mark);
    },
    [`wrong-reference ${entryName(29)}`, `mark-position ${markName('Order-4')}`],
  ],
  'a reference has other types': [
    (store) => {
      const entries = referencesOf(store);
      entries[1] = entries[1]?.map((commit) => ({ ...commit, types: commit.types.toReversed() })) ?? [];
      store.setLog(entries);
    },
    [`wrong-reference ${entryName(4)}`],
  ],
  'a group is torn within an entry': [
    (store) => {
      const [first = [], second = [], ...others] = referencesOf(store);
      const [one, two, three] = second;
      if (one === undefined || two === undefined || three === undefined) {
        throw new Error('the second entry has three commits');
      }
      store.setLog([first, [one, three, two], ...others]);
    },
    [`torn-group ${entryName(4)}`],
  ],
  'a group is torn between two entries': [
    (store) => {
      const [first = [], second = [], ...others] = referencesOf(store);
      store.setLog([first, second.slice(0, 1), second.slice(1), ...others]);
    },
    [`torn-group ${entryName(5)}`],
  ],
  'a group is in another order': [
    (store) => {
      const [first = [], [one, two, ...rest] = [], ...others] = referencesOf(store);
      store.setLog([first, [...(two === undefined || one === undefined ? [] : [two, one]), ...rest], ...others]);
    },
    [`torn-group ${entryName(4)}`],
  ],
  "an entry's hash was changed": [
    (store) => {
      const entry = store.entries()[1];
      if (entry !== undefined) {
        store.set('log', encodeEntry({ ...entry, hash: 'A'.repeat(43) }));
      }
    },
    [`wrong-entry-hash ${entryName(4)}`],
  ],
  'an entry was changed': [
    (store) => {
      const entry = store.entries()[2];
      if (entry !== undefined) {
        const commits = entry.commits.map((commit) => ({ ...commit, types: ['Other'] }));
        store.set('log', encodeEntry({ ...entry, commits }));
      }
    },
    [`wrong-entry-hash ${entryName(26)}`, `wrong-reference ${entryName(26)}`, `wrong-reference ${entryName(26)}`],
  ],
  'an entry is missing': [
    (store) => store.delete('log', entryKey(26)),
    [
      `hole-in-log ${entryName(26)}`,
      `not-in-log ${commitName('Order-1', 4)}`,
      `not-in-log ${commitName('Order-2', 3)}`,
    ],
  ],
  'an entry is missing whose streams go on': [
    (store) => store.delete('log', entryKey(1)),
    [`hole-in-log ${entryName(1)}`, `not-in-log ${commitName('Order-1', 1)}`, `not-in-log ${commitName('Order-2', 1)}`],
  ],
  'two entries hold the same positions': [
    (store) => {
      const { hash, position } = { hash: store.entries()[2]?.hash ?? '', position: 27 };
      const { mark } = { mark: store.mark('Order-1') };
      const again = [{ streamId: 'Order-1', version: 1, count: 2, types: ['Counted'] }];
      store.set('log', encodeEntry(entryAfter({ hash, position }, again)));
      store.setMark(mark);
    },
    [`overlapping-entry ${entryName(28)}`, `twice-in-log ${entryName(28)}`],
  ],
  'an entry is of an unknown format': [
    (store) => store.set('log', { ...rawItem(store, 'log', entryName(26)), format: 9 }),
    [`unreadable ${entryName(26)}`, `not-in-log ${commitName('Order-1', 4)}`, `not-in-log ${commitName('Order-2', 3)}`],
  ],
  'the last entry is unreadable': [
    (store) => store.set('log', { ...rawItem(store, 'log', entryName(29)), commits: Buffer.from('none') }),
    [
      `unreadable ${entryName(29)}`,
      `not-in-log ${commitName('Order-3', 21)}`,
      `not-in-log ${commitName('Order-4', 1)}`,
    ],
  ],
  'a mark is ahead': [
    (store) => store.setMark({ ...store.mark('Order-1'), version: 9 }),
    [`mark-ahead ${markName('Order-1')}`],
  ],
  'a mark is ahead, behind the end of the log': [
    (store) => store.setMark({ streamId: 'Order-1', version: 9, position: 99 }),
    [`mark-ahead ${markName('Order-1')}`],
  ],
  'a mark is behind': [
    (store) => store.setMark({ streamId: 'Order-1', version: 2, position: 2 }),
    [`mark-behind ${markName('Order-1')}`],
  ],
  'a mark is missing': [(store) => store.delete('state', markKey('Order-1')), [`mark-missing ${markName('Order-1')}`]],
  'a mark names another position': [
    (store) => store.setMark({ streamId: 'Order-2', version: 3, position: 27 }),
    [`mark-position ${markName('Order-2')}`],
  ],
  'a mark is of a stream that is not in the log': [
    (store) => store.setMark({ streamId: 'Order-9', version: 1, position: 3 }),
    [`mark-ahead ${markName('Order-9')}`],
  ],
  'a mark cannot be read': [
    (store) => store.set('state', { ...rawItem(store, 'state', markName('Order-1')), format: 9 }),
    [`unreadable ${markName('Order-1')}`],
  ],
};

test.each(Object.entries(plants))('%s', async (_, [plant, expected]) => {
  const store = copy();
  plant(store);
  const context = contextOf(await tablesOf(store.items));
  const found = await damagesOf(context);
  expect(found.toSorted()).toEqual([...expected].toSorted());
  for (const streamsMax of [1, 2, 3]) {
    expect((await damagesOf(context, { streamsMax })).toSorted(), `${streamsMax} streams`).toEqual(found.toSorted());
  }
});

const kinds: { readonly [kind in DamageKind]: true } = {
  'changed-commit': true,
  'missing-commit': true,
  'not-following': true,
  'not-in-log': true,
  'hole-in-log': true,
  'overlapping-entry': true,
  'wrong-entry-hash': true,
  'wrong-reference': true,
  'out-of-order': true,
  'twice-in-log': true,
  'torn-group': true,
  'mark-ahead': true,
  'mark-behind': true,
  'mark-missing': true,
  'mark-position': true,
  unreadable: true,
};

test('each kind of damage is planted', () => {
  const planted = Object.values(plants).flatMap(([, expected]) => expected.map((name) => name.split(' ')[0]));
  expect([...new Set(planted)].toSorted()).toEqual(Object.keys(kinds).toSorted());
});

test('a damage says the table, the key, and where in the log and in its stream', async () => {
  const store = copy();
  store.delete('events', commitKey('Order-1', 3));
  const { found } = await verified(contextOf(await tablesOf(store.items)));
  expect(found).toEqual([
    {
      kind: 'missing-commit',
      table: 'events',
      key: commitKey('Order-1', 3),
      message: 'The log names version 3 of stream "Order-1" at position 4, but there is no such commit',
      position: 4,
      streamId: 'Order-1',
      version: 3,
    },
  ]);
});
