import { expect, test } from 'vitest';
import type { Item } from '../../lib/events/item.ts';
import { createEventStore, createSequencer, InvalidArgument, memoryTables } from '../../lib/index.ts';
import { encodeMark, markKey, type SequencedMark } from '../../lib/log/sequenced-mark.ts';
import type { ConditionalPut, Tables } from '../../lib/tables/tables.ts';
import { verify } from '../../lib/verify/verify.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import {
  Altered,
  allHeads,
  allItems,
  contextOf,
  damagesOf,
  nameOf,
  short,
  tablesOf,
  verified,
} from './stored-items.ts';

/** Three streams of 2 versions, one more in the last entry. */
async function storeToAlter(): Promise<Altered> {
  const tables = memoryTables();
  const context = contextOf(tables);
  const store = createEventStore({ tables, delay: context.delay });
  const sequencer = createSequencer(context);
  for (let round = 0; round < 2; round++) {
    for (const stream of ['A-1', 'B-1', 'C-1']) {
      await store.append(stream, numbered(1));
    }
    await sequencer.sequence(await allHeads(tables));
  }
  await store.append('D-1', numbered(1));
  await sequencer.sequence(await allHeads(tables));
  return new Altered(await allItems(tables));
}

function watched(tables: Tables): { readonly tables: Tables; readonly puts: ConditionalPut[] } {
  const puts: ConditionalPut[] = [];
  return {
    puts,
    tables: withCalls(tables, {
      put: (put) => {
        puts.push(put);
        return tables.put(put);
      },
    }),
  };
}

const plants: { readonly [name: string]: readonly [(store: Altered) => void, string] } = {
  ahead: [(store) => store.setMark({ streamId: 'B-1', version: 3, position: 5 }), 'mark-ahead'],
  'ahead of the log': [(store) => store.setMark({ streamId: 'B-1', version: 3, position: 50 }), 'mark-ahead'],
  behind: [(store) => store.setMark({ streamId: 'B-1', version: 1, position: 2 }), 'mark-behind'],
  missing: [(store) => store.delete('state', markKey('B-1')), 'mark-missing'],
  'at another position': [(store) => store.setMark({ streamId: 'B-1', version: 2, position: 4 }), 'mark-position'],
};

test.each(Object.entries(plants))('a mark that is %s is made again, by that one write', async (_, [plant, kind]) => {
  const store = await storeToAlter();
  const right = store.mark('B-1');
  plant(store);
  const found = store.items.state.get('SEQUENCED#B-1 / MARK');
  const { tables, puts } = watched(await tablesOf(store.items));
  expect(await damagesOf(contextOf(tables))).toEqual([`${kind} SEQUENCED#B-1 / MARK`]);
  expect(puts).toEqual([]);
  const repaired = await verified(contextOf(tables), { repair: true });
  expect(repaired.found.map(short)).toEqual([`${kind} SEQUENCED#B-1 / MARK`]);
  expect(repaired.progress.at(-1)?.repaired).toBe(1);
  expect(puts).toEqual([
    {
      table: 'state',
      item: encodeMark(right),
      ...(found === undefined ? {} : { over: { attribute: 'version', is: found['version'] } }),
    },
  ]);
  expect(await damagesOf(contextOf(tables), { repair: true })).toEqual([]);
  expect(puts).toHaveLength(1);
  expect(await allItems(tables)).toEqual((await storeLike(store, right)).items);
});

async function storeLike(store: Altered, mark: SequencedMark): Promise<Altered> {
  const like = new Altered(await allItems(await tablesOf(store.items)));
  like.setMark(mark);
  return like;
}

test('several damaged marks are made again, also in several passes', async () => {
  const store = await storeToAlter();
  store.setMark({ streamId: 'A-1', version: 1, position: 1 });
  store.setMark({ streamId: 'B-1', version: 9, position: 5 });
  store.delete('state', markKey('C-1'));
  const tables = await tablesOf(store.items);
  const { found, progress } = await verified(contextOf(tables), { repair: true, streamsMax: 1 });
  expect(found).toHaveLength(3);
  expect(progress.at(-1)?.repaired).toBe(3);
  expect(await damagesOf(contextOf(tables))).toEqual([]);
});

test.each([
  ['of a stream that is not in the log', encodeMark({ streamId: 'Z-1', version: 1, position: 1 })],
  ['that cannot be read', { ...encodeMark({ streamId: 'A-1', version: 2, position: 4 }), format: 2 }],
] satisfies readonly (readonly [string, Item])[])('a mark %s is left as it is', async (_, mark) => {
  const store = await storeToAlter();
  store.set('state', mark);
  const { tables, puts } = watched(await tablesOf(store.items));
  const { found, progress } = await verified(contextOf(tables), { repair: true });
  expect(found.map(({ key }) => nameOf(key))).toEqual([nameOf(mark)]);
  expect(progress.at(-1)?.repaired).toBe(0);
  expect(puts).toEqual([]);
});

test('nothing is repaired where the log is damaged: what cannot be read there would be put into it again', async () => {
  const store = await storeToAlter();
  const entry = [...store.items.log.values()][1];
  if (entry !== undefined) {
    store.set('log', { ...entry, format: 9 });
  }
  store.setMark({ streamId: 'D-1', version: 3, position: 7 });
  const { tables, puts } = watched(await tablesOf(store.items));
  const { found } = await verified(contextOf(tables), { repair: true });
  expect(found.map(short)).toContain('mark-ahead SEQUENCED#D-1 / MARK');
  expect(puts).toEqual([]);
});

test('a mark that a sequencer moves while it is repaired is not moved back', async () => {
  const store = await storeToAlter();
  store.setMark({ streamId: 'B-1', version: 1, position: 2 });
  const memory = await tablesOf(store.items);
  const moved = { streamId: 'B-1', version: 3, position: 8 };
  const tables = withCalls(memory, {
    put: async (put) => {
      await memory.put({ table: 'state', item: encodeMark(moved), over: { attribute: 'version', below: 3 } });
      return memory.put(put);
    },
  });
  const { found, progress } = await verified(contextOf(tables), { repair: true });
  expect(found.map(short)).toEqual(['mark-behind SEQUENCED#B-1 / MARK']);
  expect(progress.at(-1)?.repaired).toBe(0);
  const mark = await memory.get('state', markKey('B-1'), 'strong');
  expect(mark).toEqual(encodeMark(moved));
});

test('a part of the log repairs nothing, and options out of range are refused at once', () => {
  const context = contextOf(memoryTables());
  expect(() => verify(context, { from: 2, repair: true })).toThrow(InvalidArgument);
  expect(() => verify(context, { from: 0 })).toThrow('from must be a whole number from 1, not 0');
  expect(() => verify(context, { from: 1.5 })).toThrow(InvalidArgument);
  expect(() => verify(context, { streamsMax: 0 })).toThrow('streamsMax must be a whole number from 1, not 0');
});
