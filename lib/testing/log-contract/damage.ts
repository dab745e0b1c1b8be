import assert from 'node:assert/strict';
import type { Item, ItemKey } from '../../events/item.ts';
import { commitKey } from '../../events/stored-commit.ts';
import { sequenceScan } from '../../log/scan-events.ts';
import { markForward, markKey } from '../../log/sequenced-mark.ts';
import type { Tables } from '../../tables/tables.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { withCalls } from '../faulty-tables.ts';
import { numbered } from '../numbered-events.ts';
import { allCommits, namesOf, soundLog } from '../stored-log.ts';
import { type Sequenced, sequencerOn, together } from './sequenced.ts';

/** Tables whose queries do not find an item. */
function withoutItem(tables: Tables, { PK, SK }: ItemKey): Tables {
  return withCalls(tables, {
    query: async (table, range, options) => {
      const page = await tables.query(table, range, options);
      return { ...page, items: page.items.filter((item) => !(item.PK === PK && item.SK === SK)) };
    },
  });
}

/** A page on which the commits of one stream cannot be read. */
function damagedPage<Page extends { readonly items: readonly Item[] }>(page: Page): Page {
  const items = page.items.map((item) => (item.PK === 'STREAM#BadCommit-1' ? { ...item, format: 7 } : item));
  return { ...page, items };
}

const streams: Cases<Sequenced> = {
  'a stream that is damaged is named, and holds up nobody but those that were appended with it': async ({
    tables,
    store,
  }) => {
    await store.append('Order-1', numbered(1));
    await store.append('Order-2', numbered(1));
    await store.append('Order-2', numbered(1));
    await store.appendMany(together('Order-2', 'Order-3'));
    await store.append('Order-3', numbered(1));
    const hints = (await allCommits(tables)).filter(({ streamId, version }) => version > 1 || streamId !== 'Order-2');
    const without = withoutItem(tables, commitKey('Order-2', 1));
    const { damaged, left } = await sequencerOn(without).sequence(hints);
    expectEqual([...damaged].map(([streamId, { code }]) => `${streamId}: ${code}`).toSorted(), [
      'Order-2: missing-commit',
      'Order-3: not-sequenceable',
    ]);
    for (const { message } of damaged.values()) {
      assert.match(message, /version 1/);
    }
    expectEqual(left, []);
    expectEqual(namesOf(await soundLog(tables)), ['Order-1@1']);
  },

  'what stands before a hole is put into the log': async ({ tables, store }) => {
    for (let index = 0; index < 5; index++) {
      await store.append('Order-1', numbered(1));
    }
    const hints = (await allCommits(tables)).filter(({ version }) => version !== 4);
    const without = withoutItem(tables, commitKey('Order-1', 4));
    const { damaged, left } = await sequencerOn(without).sequence(hints.slice(-1));
    expectEqual(wrongWith(damaged, 'Order-1'), { code: 'missing-commit', version: 4 });
    expectEqual(left, []);
    expectEqual(namesOf(await soundLog(tables)), ['Order-1@1', 'Order-1@2', 'Order-1@3']);
  },
};

const marks: Cases<Sequenced> = {
  'marks that contradict each other are found out, and hold up nobody else': async ({ tables, store }) => {
    await store.appendMany(together('Order-1', 'Order-2'));
    await store.append('Order-3', numbered(1));
    await tables.put(markForward({ streamId: 'Order-2', version: 1, position: 9 }));
    const { damaged } = await sequencerOn(tables).sequence(await allCommits(tables));
    expectEqual([...damaged.keys()], ['Order-1']);
    expectEqual(wrongWith(damaged, 'Order-1'), { code: 'not-sequenceable', version: 1 });
    expectEqual(namesOf(await soundLog(tables)), ['Order-3@1']);
  },

  'streams that hang on damaged marks are given up, however many they are, and hold up nobody else': async ({
    tables,
    store,
  }) => {
    await store.appendMany(together('A-1', 'B-1'));
    await sequencerOn(tables).sequence(await allCommits(tables));
    // The mark of A-1 is lost, and C-1 hangs on A-1.
    await store.appendMany(together('A-1', 'C-1'));
    // Of sixty others, each second one has a mark that covers what was never put into the log.
    for (let index = 0; index < 60; index++) {
      const [one, other] = [`Torn-${index}`, `Torn-${index}x`];
      await store.appendMany(together(one, other));
      await tables.put(markForward({ streamId: other, version: 1, position: 1 }));
    }
    await store.append('Sound-1', numbered(1));
    const forgetful = withCalls(tables, {
      batchGet: async (table, keys, consistency) => {
        const page = await tables.batchGet(table, keys, consistency);
        return { ...page, items: page.items.filter(({ PK }) => PK !== 'SEQUENCED#A-1') };
      },
    });
    const hints = (await allCommits(tables)).filter(({ streamId }) => streamId !== 'A-1' && streamId !== 'B-1');
    const { damaged, left } = await sequencerOn(forgetful).sequence(hints);
    expectEqual(left, []);
    for (const streamId of ['C-1', 'Torn-0', 'Torn-59']) {
      assert(damaged.has(streamId), `${streamId} is damaged, as are ${[...damaged.keys()].join(', ')}`);
    }
    expectEqual(namesOf(await soundLog(tables)).at(-1), 'Sound-1@1');
  },

  'what cannot be read, a mark or a commit, holds up nobody else': async ({ tables, store }) => {
    for (const name of ['BadMark-1', 'BadCommit-1', 'BadTail-1', 'Sound-1']) {
      await store.append(name, numbered(1));
    }
    // The mark of a stream in the tail as well: everybody who starts reads it.
    await sequencerOn(tables).sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'BadTail-1'));
    await store.append('BadTail-1', numbered(1));
    await store.append('BadCommit-1', numbered(1));
    const unreadable = ['BadMark-1', 'BadTail-1'].map((streamId): Item => ({ ...markKey(streamId), format: 2 }));
    const damaging = withCalls(tables, {
      query: async (table, ...rest) => damagedPage(await tables.query(table, ...rest)),
      scan: async (table, options) => damagedPage(await tables.scan(table, options)),
      batchGet: async (table, keys, consistency) => {
        const page = await tables.batchGet(table, keys, consistency);
        const isAsked = ({ PK }: Item) => keys.some((key) => key.PK === PK);
        const readable = page.items.filter(({ PK }) => !PK.includes('Bad'));
        return { ...page, items: [...readable, ...unreadable.filter(isAsked)] };
      },
    });
    const context = { tables: damaging, delay: async () => {}, random: () => 0 };
    let damaged: readonly string[] = [];
    for await (const progress of sequenceScan(context, sequencerOn(damaging))) {
      damaged = [...progress.damaged.keys()].toSorted();
    }
    expectEqual(damaged, ['BadCommit-1', 'BadMark-1', 'BadTail-1']);
    expectEqual(namesOf(await soundLog(tables)).toSorted(), ['BadTail-1@1', 'Sound-1@1']);
  },
};

/** The code of what is wrong with a stream, and the version where it is. */
function wrongWith(damaged: ReadonlyMap<string, Error>, streamId: string) {
  const error = damaged.get(streamId);
  assert(error !== undefined, `${streamId} is damaged`);
  return { code: Reflect.get(error, 'code'), version: Reflect.get(error, 'version') };
}

export const damageCases: Cases<Sequenced> = { ...streams, ...marks };
