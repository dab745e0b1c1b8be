/** What one call of a sequencer holds, however much an outage has left behind. */
import { expect, test } from 'vitest';
import { createEventStore, createSequencer, memoryTables } from '../../lib/index.ts';
import { PLANNED_COMMITS_MAX } from '../../lib/log/bounds.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { allCommits, expectAllSequenced } from '../support/stored-log.ts';

test('streams that are far behind share what a plan holds, and each entry makes progress', async () => {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  for (let stream = 0; stream < 24; stream++) {
    let state = await store.head(`Order-${stream}`);
    for (let commit = 0; commit < 500; commit++) {
      ({ state } = await store.append(`Order-${stream}`, numbered(1), { expect: state }));
    }
  }
  let read = 0;
  const counting = withCalls(tables, {
    query: async (table, range, options) => {
      const page = await tables.query(table, range, options);
      read += table === 'events' ? page.items.length : 0;
      return page;
    },
  });
  const sequencer = createSequencer({ tables: counting, delay: async () => {}, random: () => 0 });
  const last = (await allCommits(tables)).filter(({ version }) => version === 500);
  expect(await sequencer.sequence(last, { entriesMax: 1 })).toMatchObject({ entries: 1, commits: 1_000 });
  expect(read).toBeLessThanOrEqual(PLANNED_COMMITS_MAX);
  expect(await sequencer.sequence(last)).toMatchObject({ commits: 11_000, left: [] });
  await expectAllSequenced(tables);
}, 60_000);

test('a chain of groups is followed to its beginning', async () => {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  for (let link = 0; link < 300; link++) {
    await store.appendMany([`Link-${link}`, `Link-${link + 1}`].map((streamId) => ({ streamId, events: numbered(1) })));
  }
  const sequencer = createSequencer({ tables, delay: async () => {}, random: () => 0 });
  const last = (await allCommits(tables)).filter(({ streamId }) => streamId === 'Link-300');
  expect(await sequencer.sequence(last)).toMatchObject({ commits: 600, left: [] });
  await expectAllSequenced(tables);
});
