import { beforeEach, describe, expect, test } from 'vitest';
import { commitKey } from '../../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, type EventStore, Unavailable } from '../../../lib/index.ts';
import { sequenceScan } from '../../../lib/log/scan-events.ts';
import { markForward } from '../../../lib/log/sequenced-mark.ts';
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
        const commits = results.reduce((sum, result) => sum + result.commits, 0);
        expect(namesOf(await expectAllSequenced(tables))).toHaveLength(9 * (round + 1) + round + 1);
        expect(commits).toBe(10);
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
      for await (const progress of sequenceScan(context, sequencer, first?.resumeAfter)) {
        last = progress;
      }
      expect(last).toMatchObject({ seen: 7, damaged: new Map(), resumeAfter: undefined });
      sequenced += typeof last === 'object' && last !== null && 'sequenced' in last ? Number(last.sequenced) : 0;
      expect(sequenced).toBe(8);
      await expectAllSequenced(tables);
    });
  });
}

/** Tables whose scans have pages of so many items. */
function pagesOf(tables: Tables, limit: number): Tables {
  return withCalls(tables, { scan: (table, options) => tables.scan(table, { ...options, limit }) });
}
