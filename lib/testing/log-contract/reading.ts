import assert from 'node:assert/strict';
import { placedCommits } from '../../log/log-entry.ts';
import type { LoggedEvent } from '../../log/log-reader.ts';
import type { LogOptions } from '../../log/read-log.ts';
import { createEventStore } from '../../store/event-store.ts';
import { PAGES_MAX } from '../bounds.ts';
import type { Cases } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { numbered } from '../numbered-events.ts';
import { allCommits, soundLog } from '../stored-log.ts';
import { type Sequenced, sequencerOn, together } from './sequenced.ts';

/** Three entries, of commits of several categories and types. */
async function fillLog({ tables, store }: Sequenced): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const streamId of ['Order-1', 'Cart-1', 'Order-2']) {
      await store.append(streamId, numbered(1 + round, streamId));
    }
    await store.appendMany(together('Cart-1', 'Order-3'));
    await sequencerOn(tables).sequence(await allCommits(tables));
  }
}

/** All events of the log, told in another way: as their streams have them, at the places that the entries say. */
async function toldLog({ tables, store }: Sequenced): Promise<LoggedEvent[]> {
  const told: LoggedEvent[] = [];
  for (const { streamId, version, count, position } of (await soundLog(tables)).flatMap(placedCommits)) {
    const { events } = await store.read(streamId, { from: version, limit: count });
    told.push(...events.map((event, index) => ({ ...event, position: position + index })));
  }
  return told;
}

/** All pages behind a position, one after another, up to the head. */
async function follow({ store }: Sequenced, options: LogOptions): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  let after = options.after ?? 0;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await store.log({ ...options, after });
    events.push(...page.events);
    after = page.position;
    if (page.position === page.head) {
      break;
    }
  }
  return events;
}

const OPTIONS: readonly LogOptions[] = [
  {},
  { limit: 1 },
  { after: 4, limit: 3 },
  { category: 'Order' },
  { category: 'Cart', types: ['Counted'], limit: 2 },
  { types: ['Together'], after: 5 },
  { types: ['Never'] },
];

export const readingCases: Cases<Sequenced> = {
  'following the pages gives every wanted event once, in order, as its stream has it': async (sequenced) => {
    await fillLog(sequenced);
    const told = await toldLog(sequenced);
    assert.equal(told.length, 24);
    for (const options of OPTIONS) {
      const { after = 0, category, types } = options;
      const wanted = told
        .filter(({ position }) => position > after)
        .filter(({ streamId }) => category === undefined || streamId.startsWith(`${category}-`))
        .filter(({ type }) => types === undefined || types.includes(type));
      expectEqual(await follow(sequenced, options), wanted, JSON.stringify(options));
    }
  },

  'behind the head there is nothing, nor in an empty log': async (sequenced) => {
    const { store } = sequenced;
    expectEqual(await store.log(), { events: [], position: 0, head: 0 });
    await fillLog(sequenced);
    assert.equal(await store.logHead(), 24);
    expectEqual(await store.log({ after: 24 }), { events: [], position: 24, head: 24 });
    expectEqual(await store.log({ after: 31 }), { events: [], position: 31, head: 24 });
  },

  'who follows the log sees an event that is appended later': async ({ tables, store }) => {
    const appendAndSequence = async () => {
      await store.append('Order-1', numbered(1));
      await sequencerOn(tables).sequence(await allCommits(tables));
    };
    await appendAndSequence();
    // Whoever follows waits at the head, and that is when the next event comes.
    const following = createEventStore({ tables, delay: appendAndSequence });
    const seen: number[] = [];
    for await (const { position, version } of following.subscribe()) {
      seen.push(position, version);
      if (position >= 4) {
        break;
      }
    }
    expectEqual(seen, [1, 1, 2, 2, 3, 3, 4, 4]);
  },
};
