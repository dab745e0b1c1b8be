import assert from 'node:assert/strict';
import { Unavailable } from '../../events/errors.ts';
import { type ScanProgress, sequenceScan } from '../../log/scan-events.ts';
import { APPENDS_AT_ONCE } from '../bounds.ts';
import type { Cases } from '../contract.ts';
import { expectEqual, expectProperties } from '../expect.ts';
import { withCalls } from '../faulty-tables.ts';
import { numbered } from '../numbered-events.ts';
import { allCommits, expectAllSequenced, namesOf, soundLog } from '../stored-log.ts';
import { type Sequenced, sequencerOn, together } from './sequenced.ts';

const order: Cases<Sequenced> = {
  'commits are in the log once and in order, however their hints come': async ({ tables, store }) => {
    for (const count of [1, 3, 2]) {
      await store.append('Order-1', numbered(count));
      await store.append('Order-2', numbered(count));
    }
    const hints = await allCommits(tables);
    const sequencer = sequencerOn(tables);
    // The last one only: what is before it, no record tells.
    await sequencer.sequence(hints.filter(({ streamId, version }) => streamId === 'Order-2' && version === 5));
    expectEqual(namesOf(await soundLog(tables)), ['Order-2@1', 'Order-2@2', 'Order-2@5']);
    await sequencer.sequence([...hints.toReversed(), ...hints]);
    await sequencerOn(tables).sequence(hints);
    await expectAllSequenced(tables);
    expectEqual(await sequencerOn(tables).sequence(hints), { entries: 0, commits: 0, left: [], damaged: new Map() });
  },

  'commits that were appended together stand together, each behind all that its stream lacks': async ({
    tables,
    store,
  }) => {
    await store.append('A-1', numbered(2));
    await store.append('B-1', numbered(1));
    const [first] = await store.appendMany([
      { streamId: 'B-1', events: numbered(2) },
      { streamId: 'A-1', events: numbered(1) },
    ]);
    await store.append('C-1', numbered(1));
    await store.appendMany(together('C-1', 'B-1'));
    expectEqual([first?.streamId, first?.firstVersion], ['B-1', 2]);
    // One hint, from which all of the others must be found.
    const hint = (await allCommits(tables)).filter(({ streamId, version }) => streamId === 'C-1' && version === 2);
    await sequencerOn(tables).sequence(hint);
    const entries = await expectAllSequenced(tables);
    expectEqual(namesOf(entries), ['A-1@1', 'B-1@1', 'B-1@2', 'A-1@3', 'C-1@1', 'C-1@2', 'B-1@4']);
  },

  'of sequencers that race, each commit is taken by one': async ({ tables, store }) => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => store.append(`Order-${index}`, numbered(1 + (index % 3)))),
      );
      await store.appendMany(together('Order-0', 'Order-7'));
      const hints = await allCommits(tables);
      const results = await Promise.all(
        [0, 1, 2, 3].map((part) =>
          sequencerOn(tables).sequence(hints.filter((_, index) => index % 4 === part || index % 3 === 0)),
        ),
      );
      assert.equal(namesOf(await expectAllSequenced(tables)).length, 9 * (round + 1) + round + 1);
      expectEqual(
        results.flatMap(({ left }) => left),
        [],
      );
    }
  },

  'what there is no time for is left, after one entry at least': async ({ tables, store }) => {
    // References that do not fit into one entry.
    const streamIds = Array.from({ length: 1_200 }, (_, index) => `Order-${'a'.repeat(200)}${index}`);
    for (let index = 0; index < streamIds.length; index += APPENDS_AT_ONCE) {
      const some = streamIds.slice(index, index + APPENDS_AT_ONCE);
      await Promise.all(some.map((streamId) => store.append(streamId, numbered(1), { expect: 'no-stream' })));
    }
    const hints = await allCommits(tables);
    const first = await sequencerOn(tables).sequence(hints, { mayGoOn: () => false });
    expectEqual([first.entries, first.left.length], [1, 1200 - first.commits]);
    const second = await sequencerOn(tables).sequence(first.left, { entriesMax: 1 });
    expectEqual([second.entries, second.left], [1, []]);
    await expectAllSequenced(tables);
  },
};

const failures: Cases<Sequenced> = {
  'a crash between an entry and its marks is mended by whoever comes next': async ({ tables, store }) => {
    await store.append('Order-1', numbered(2));
    await store.append('Order-2', numbered(1));
    const dying = withCalls(tables, {
      put: (put) => (put.table === 'state' ? Promise.reject(new Unavailable(new Error('died'))) : tables.put(put)),
    });
    await assert.rejects(sequencerOn(dying).sequence(await allCommits(tables)), /died/);
    assert.equal(await store.logHead(), 3);
    assert.equal(await store.sequenced('Order-1'), undefined);
    await store.append('Order-2', numbered(1));
    await sequencerOn(tables).sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'Order-2'));
    await expectAllSequenced(tables);
  },

  'an entry whose answer was lost is not put a second time': async ({ tables, store }) => {
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
    await assert.rejects(sequencer.sequence(await allCommits(tables)), /lost/);
    await store.append('Order-1', numbered(1));
    await sequencer.sequence(await allCommits(tables));
    expectEqual(namesOf(await expectAllSequenced(tables)), ['Order-1@1', 'Order-1@3']);
  },

  'items of a transaction that become visible one after the other are waited for, and heal what was given up': async ({
    tables,
    store,
  }) => {
    const hintsOf = async (stream: string, wanted: number) =>
      (await allCommits(tables)).filter(({ streamId, version }) => streamId === stream && version === wanted);
    await store.appendMany(together('A-1', 'B-1'));
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
    const waited = await sequencerOn(showing).sequence(await hintsOf('A-1', 2));
    expectProperties(waited, { commits: 3, damaged: new Map() });
    await expectAllSequenced(tables);

    await store.appendMany(together('A-1', 'B-1'));
    await store.append('A-1', numbered(1));
    hidden = Number.POSITIVE_INFINITY;
    assert.equal((await sequencerOn(showing).sequence(await hintsOf('A-1', 4))).damaged.size, 2);
    // Whatever tells of a stream later brings all of it.
    await sequencerOn(tables).sequence(await hintsOf('B-1', 2));
    await expectAllSequenced(tables);
  },

  'an empty page is no end of a stream, nor of the log': async ({ tables, store }) => {
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
    const { commits } = await sequencerOn(paging).sequence((await allCommits(tables)).slice(-1));
    assert.equal(commits, 2);
    await expectAllSequenced(tables);
  },
};

const scans: Cases<Sequenced> = {
  'the scan finds what no record tells of, also from where an earlier one was stopped': async ({ tables, store }) => {
    for (let index = 0; index < 5; index++) {
      await store.append(`Order-${index}`, numbered(1));
      await store.append(`Order-${index}`, numbered(2));
    }
    const sequencer = sequencerOn(tables);
    await sequencer.sequence((await allCommits(tables)).filter(({ streamId }) => streamId === 'Order-3'));
    const inPagesOfThree = withCalls(tables, {
      scan: (table, options) => tables.scan(table, { ...options, limit: 3 }),
    });
    const context = { tables: inPagesOfThree, delay: async () => {}, random: () => 0 };
    const scan = sequenceScan(context, sequencer);
    const { value: first } = await scan.next();
    assert(first !== undefined);
    assert.equal(first.seen, 3);
    await scan.return();
    let last: ScanProgress | undefined;
    for await (const progress of sequenceScan(context, sequencer, { after: first.resumeAfter })) {
      last = progress;
    }
    assert(last !== undefined);
    expectProperties(last, { seen: 7, damaged: new Map(), resumeAfter: undefined });
    assert.equal(first.sequenced + last.sequenced, 8);
    await expectAllSequenced(tables);
  },
};

export const sequencingCases: Cases<Sequenced> = { ...order, ...failures, ...scans };
