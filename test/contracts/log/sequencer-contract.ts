import { beforeEach, describe, expect, test } from 'vitest';
import type { Item } from '../../../lib/events/item.ts';
import { commitKey } from '../../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, type EventStore, Unavailable } from '../../../lib/index.ts';
import { sequenceScan } from '../../../lib/log/scan-events.ts';
import { markForward, markKey } from '../../../lib/log/sequenced-mark.ts';
import type { Tables } from '../../../lib/tables/tables.ts';
import { numbered } from '../../support/events.ts';
import { withCalls } from '../../support/faulty-tables.ts';
import { allCommits, expectAllSequenced, namesOf, soundLog } from '../../support/stored-log.ts';

/** What holds for sequencing on any tables. @param makeTables makes empty ones */
export function sequencerContract(name: string, makeTables: () => Promise<Tables> | Tables): void {
  describe(`sequencer on ${name}`, () => {
    let tables: Tables;
    let store: EventStore;
    beforeEach(async () => {
      tables = await makeTables();
      // A clock that moves with each append: commits of one batch are put into the log in the order of their times.
      let time = Date.now();
      store = createEventStore({ tables, now: () => new Date(time++) });
    });
    const sequencerOn = (some: Tables) => createSequencer({ tables: some, delay: async () => {}, random: () => 0 });

    test('commits are in the log once and in order, however their hints come', async () => {
      for (const count of [1, 3, 2]) {
        await store.append('Order-1', numbered(count));
        await store.append('Order-2', numbered(count));
      }
      const hints = await allCommits(tables);
      const sequencer = sequencerOn(tables);
      // The last one only: what is before it, no record tells.
      await sequencer.sequence(hints.filter(({ streamId, version }) => streamId === 'Order-2' && version === 5));
      expect(namesOf(await soundLog(tables))).toEqual(['Order-2@1', 'Order-2@2', 'Order-2@5']);
      await sequencer.sequence([...hints.toReversed(), ...hints]);
      await sequencerOn(tables).sequence(hints);
      await expectAllSequenced(tables);
      expect(await sequencerOn(tables).sequence(hints)).toEqual({
        entries: 0,
        commits: 0,
        left: [],
        damaged: new Map(),
      });
    });

    test('commits that were appended together stand together, each behind all that its stream lacks', async () => {
      await store.append('A-1', numbered(2));
      await store.append('B-1', numbered(1));
      const [together] = await store.appendMany([
        { streamId: 'B-1', events: numbered(2) },
        { streamId: 'A-1', events: numbered(1) },
      ]);
      await store.append('C-1', numbered(1));
      await store.appendMany([
        { streamId: 'C-1', events: numbered(1) },
        { streamId: 'B-1', events: numbered(1) },
      ]);
      expect(together).toMatchObject({ streamId: 'B-1', firstVersion: 2 });
      // One hint, from which all of the others must be found.
      const hint = (await allCommits(tables)).filter(({ streamId, version }) => streamId === 'C-1' && version === 2);
      await sequencerOn(tables).sequence(hint);
      const entries = await expectAllSequenced(tables);
      expect(namesOf(entries)).toEqual(['A-1@1', 'B-1@1', 'B-1@2', 'A-1@3', 'C-1@1', 'C-1@2', 'B-1@4']);
    });

    test('a crash between an entry and its marks is mended by whoever comes next', async () => {
      await store.append('Order-1', numbered(2));
      await store.append('Order-2', numbered(1));
      const dying = withCalls(tables, {
        put: (put) => (put.table === 'state' ? Promise.reject(new Unavailable(new Error('died'))) : tables.put(put)),
      });
      await expect(sequencerOn(dying).sequence(await allCommits(tables))).rejects.toThrow('died');
      expect(await store.logHead()).toBe(3);
      expect(await store.sequenced('Order-1')).toBeUndefined();
      await store.append('Order-2', numbered(1));
      await sequencerOn(tables).sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'Order-2'));
      await expectAllSequenced(tables);
    });

    test('an entry whose answer was lost is not put a second time', async () => {
      await store.append('Order-1', numbered(2));
      let isLost = false;
      const losing = withCalls(tables, {
        put: async (put) => {
          const result = await tables.put(put);
          if (put.table === 'log' && !isLost) {
            isLost = true;
            throw new Unavailable(new Error('lost'));
          }
          return result;
        },
      });
      const sequencer = sequencerOn(losing);
      await expect(sequencer.sequence(await allCommits(tables))).rejects.toThrow('lost');
      await store.append('Order-1', numbered(1));
      await sequencer.sequence(await allCommits(tables));
      expect(namesOf(await expectAllSequenced(tables))).toEqual(['Order-1@1', 'Order-1@3']);
    });

    test('of sequencers that race, each commit is taken by one', async () => {
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          Array.from({ length: 8 }, (_, index) => store.append(`Order-${index}`, numbered(1 + (index % 3)))),
        );
        await store.appendMany([
          { streamId: 'Order-0', events: numbered(1) },
          { streamId: 'Order-7', events: numbered(1) },
        ]);
        const hints = await allCommits(tables);
        const results = await Promise.all(
          [0, 1, 2, 3].map((part) =>
            sequencerOn(tables).sequence(hints.filter((_, index) => index % 4 === part || index % 3 === 0)),
          ),
        );
        expect(namesOf(await expectAllSequenced(tables))).toHaveLength(9 * (round + 1) + round + 1);
        expect(results.flatMap(({ left }) => left)).toEqual([]);
      }
    });

    test('what there is no time for is left, after one entry at least', async () => {
      // Two that do not fit into one entry.
      const id = (letter: string) => `Order-${letter.repeat(200)}`;
      for (let index = 0; index < 600; index++) {
        await store.append(`${id('a')}${index}`, numbered(1), { expect: 'no-stream' });
        await store.append(`${id('b')}${index}`, numbered(1), { expect: 'no-stream' });
      }
      const hints = await allCommits(tables);
      const first = await sequencerOn(tables).sequence(hints, { mayGoOn: () => false });
      expect(first).toMatchObject({ entries: 1 });
      expect(first.left).toHaveLength(1200 - first.commits);
      const second = await sequencerOn(tables).sequence(first.left, { entriesMax: 1 });
      expect(second).toMatchObject({ entries: 1, left: [] });
      await expectAllSequenced(tables);
    }, 60_000);

    test('a stream that is damaged is named, and holds up nobody but those that were appended with it', async () => {
      await store.append('Order-1', numbered(1));
      await store.append('Order-2', numbered(1));
      await store.append('Order-2', numbered(1));
      await store.appendMany([
        { streamId: 'Order-2', events: numbered(1) },
        { streamId: 'Order-3', events: numbered(1) },
      ]);
      await store.append('Order-3', numbered(1));
      const lost = commitKey('Order-2', 1);
      const without = withCalls(tables, {
        query: async (table, range, options) => {
          const page = await tables.query(table, range, options);
          return { ...page, items: page.items.filter(({ PK, SK }) => !(PK === lost.PK && SK === lost.SK)) };
        },
      });
      const hints = (await allCommits(tables)).filter(({ streamId, version }) => version > 1 || streamId !== 'Order-2');
      const { damaged, left } = await sequencerOn(without).sequence(hints);
      expect(
        Object.fromEntries([...damaged].map(([streamId, { code, message }]) => [streamId, { code, message }])),
      ).toEqual({
        'Order-2': { code: 'missing-commit', message: expect.stringContaining('version 1') },
        'Order-3': { code: 'not-sequenceable', message: expect.stringContaining('version 1') },
      });
      expect(left).toEqual([]);
      expect(namesOf(await soundLog(tables))).toEqual(['Order-1@1']);
    });

    test('marks that contradict each other are found out, and hold up nobody else', async () => {
      await store.appendMany([
        { streamId: 'Order-1', events: numbered(1) },
        { streamId: 'Order-2', events: numbered(1) },
      ]);
      await store.append('Order-3', numbered(1));
      await tables.put(markForward({ streamId: 'Order-2', version: 1, position: 9 }));
      const { damaged } = await sequencerOn(tables).sequence(await allCommits(tables));
      expect([...damaged.keys()]).toEqual(['Order-1']);
      expect(damaged.get('Order-1')).toMatchObject({ code: 'not-sequenceable', version: 1 });
      expect(namesOf(await soundLog(tables))).toEqual(['Order-3@1']);
    });

    test('streams that hang on damaged marks are given up, however many they are, and hold up nobody else', async () => {
      await store.appendMany([
        { streamId: 'A-1', events: numbered(1) },
        { streamId: 'B-1', events: numbered(1) },
      ]);
      await sequencerOn(tables).sequence(await allCommits(tables));
      // The mark of A-1 is lost, and C-1 hangs on A-1.
      await store.appendMany([
        { streamId: 'A-1', events: numbered(1) },
        { streamId: 'C-1', events: numbered(1) },
      ]);
      // Of sixty others, each second one has a mark that covers what was never put into the log.
      for (let index = 0; index < 60; index++) {
        const [one, other] = [`Torn-${index}`, `Torn-${index}x`];
        await store.appendMany([one, other].map((streamId) => ({ streamId, events: numbered(1) })));
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
      expect(left).toEqual([]);
      expect([...damaged.keys()]).toEqual(expect.arrayContaining(['C-1', 'Torn-0', 'Torn-59']));
      expect(namesOf(await soundLog(tables)).at(-1)).toBe('Sound-1@1');
    });

    test('what cannot be read, a mark or a commit, holds up nobody else', async () => {
      for (const name of ['BadMark-1', 'BadCommit-1', 'BadTail-1', 'Sound-1']) {
        await store.append(name, numbered(1));
      }
      // The mark of a stream in the tail as well: everybody who starts reads it.
      await sequencerOn(tables).sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'BadTail-1'));
      await store.append('BadTail-1', numbered(1));
      await store.append('BadCommit-1', numbered(1));
      const damaging = withCalls(tables, {
        query: async (table, ...rest) => damagedPage(await tables.query(table, ...rest)),
        scan: async (table, options) => damagedPage(await tables.scan(table, options)),
        batchGet: async (table, keys, consistency) => {
          const marks = [
            { ...markKey('BadMark-1'), format: 2 },
            { ...markKey('BadTail-1'), format: 2 },
          ];
          const page = await tables.batchGet(table, keys, consistency);
          const isAsked = ({ PK }: { PK: string }) => keys.some((key) => key.PK === PK);
          return { ...page, items: [...page.items.filter(({ PK }) => !PK.includes('Bad')), ...marks.filter(isAsked)] };
        },
      });
      const context = { tables: damaging, delay: async () => {}, random: () => 0 };
      let damaged: readonly string[] = [];
      for await (const progress of sequenceScan(context, sequencerOn(damaging))) {
        damaged = [...progress.damaged.keys()].toSorted();
      }
      expect(damaged).toEqual(['BadCommit-1', 'BadMark-1', 'BadTail-1']);
      expect(namesOf(await soundLog(tables)).toSorted()).toEqual(['BadTail-1@1', 'Sound-1@1']);
    });

    test('what stands before a hole is put into the log', async () => {
      for (let index = 0; index < 5; index++) {
        await store.append('Order-1', numbered(1));
      }
      const lost = commitKey('Order-1', 4);
      const without = withCalls(tables, {
        query: async (table, range, options) => {
          const page = await tables.query(table, range, options);
          return { ...page, items: page.items.filter(({ PK, SK }) => !(PK === lost.PK && SK === lost.SK)) };
        },
      });
      const hints = (await allCommits(tables)).filter(({ version }) => version !== 4);
      const { damaged, left } = await sequencerOn(without).sequence(hints.slice(-1));
      expect(damaged.get('Order-1')).toMatchObject({ code: 'missing-commit', version: 4 });
      expect(left).toEqual([]);
      expect(namesOf(await soundLog(tables))).toEqual(['Order-1@1', 'Order-1@2', 'Order-1@3']);
    });

    test('items of a transaction that become visible one after the other are waited for, and heal what was given up', async () => {
      await store.appendMany([
        { streamId: 'A-1', events: numbered(1) },
        { streamId: 'B-1', events: numbered(1) },
      ]);
      await store.append('A-1', numbered(1));
      let hidden = 3;
      const showing = withCalls(tables, {
        query: async (table, range, options) => {
          const page = await tables.query(table, range, options);
          const isHidden = range.partition === 'STREAM#B-1' && hidden > 0;
          hidden -= isHidden ? 1 : 0;
          return isHidden ? { items: [] } : page;
        },
      });
      const second = (await allCommits(tables)).filter(({ streamId, version }) => streamId === 'A-1' && version === 2);
      expect(await sequencerOn(showing).sequence(second)).toMatchObject({ commits: 3, damaged: new Map() });
      await expectAllSequenced(tables);

      await store.appendMany([
        { streamId: 'A-1', events: numbered(1) },
        { streamId: 'B-1', events: numbered(1) },
      ]);
      await store.append('A-1', numbered(1));
      hidden = Number.POSITIVE_INFINITY;
      const last = (await allCommits(tables)).filter(({ streamId, version }) => streamId === 'A-1' && version === 4);
      expect((await sequencerOn(showing).sequence(last)).damaged.size).toBe(2);
      // Whatever tells of a stream later brings all of it.
      const other = (await allCommits(tables)).filter(({ streamId, version }) => streamId === 'B-1' && version === 2);
      await sequencerOn(tables).sequence(other);
      await expectAllSequenced(tables);
    });

    test('an empty page is no end of a stream, nor of the log', async () => {
      await store.append('Order-1', numbered(1));
      await store.append('Order-1', numbered(1));
      const paging = withCalls(tables, {
        query: async (table, range, options) => {
          const { after, ...rest } = options;
          if (after === undefined && rest.direction === 'forward') {
            return { items: [], resumeAfter: 'somewhere' };
          }
          return tables.query(table, range, after === 'somewhere' ? rest : options);
        },
      });
      expect(await sequencerOn(paging).sequence((await allCommits(tables)).slice(-1))).toMatchObject({ commits: 2 });
      await expectAllSequenced(tables);
    });

    test('the scan finds what no record tells of, also from where an earlier one was stopped', async () => {
      for (let index = 0; index < 5; index++) {
        await store.append(`Order-${index}`, numbered(1));
        await store.append(`Order-${index}`, numbered(2));
      }
      const sequencer = sequencerOn(tables);
      await sequencer.sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'Order-3'));
      const context = { tables: pagesOf(tables, 3), delay: async () => {}, random: () => 0 };
      const scan = sequenceScan(context, sequencer);
      const first = (await scan.next()).value;
      expect(first).toMatchObject({ seen: 3 });
      await scan.return();
      let sequenced = first?.sequenced ?? 0;
      let last: unknown;
      for await (const progress of sequenceScan(context, sequencer, { after: first?.resumeAfter })) {
        last = progress;
      }
      expect(last).toMatchObject({ seen: 7, damaged: new Map(), resumeAfter: undefined });
      sequenced += typeof last === 'object' && last !== null && 'sequenced' in last ? Number(last.sequenced) : 0;
      expect(sequenced).toBe(8);
      await expectAllSequenced(tables);
    });
  });
}

/** A page on which the commits of one stream cannot be read. */
function damagedPage<Page extends { readonly items: readonly Item[] }>(page: Page): Page {
  const items = page.items.map((item) => (item.PK === 'STREAM#BadCommit-1' ? { ...item, format: 7 } : item));
  return { ...page, items };
}

/** Tables whose scans have pages of so many items. */
function pagesOf(tables: Tables, limit: number): Tables {
  return withCalls(tables, { scan: (table, options) => tables.scan(table, { ...options, limit }) });
}
