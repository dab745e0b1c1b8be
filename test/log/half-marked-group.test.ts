import { expect, test } from 'vitest';
import { createEventStore, createSequencer, memoryTables } from '../../lib/index.ts';
import { EMPTY_LOG, encodeEntry, entryAfter } from '../../lib/log/log-entry.ts';
import { markForward, markKey, marksOf } from '../../lib/log/sequenced-mark.ts';
import { numbered } from '../support/events.ts';
import { withReplica } from '../support/logged.ts';
import { allCommits } from '../support/stored-log.ts';

test('a group that another sequencer is just marking is not called damaged, however old the tail is that replicas show', async () => {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  await store.appendMany(['Order-1', 'Order-2'].map((streamId) => ({ streamId, events: numbered(1) })));
  const group = await allCommits(tables);
  await store.append('Damaged-1', numbered(1));
  const entry = entryAfter(EMPTY_LOG, group);
  await tables.put({ table: 'log', item: encodeEntry(entry) });
  for (const mark of [...marksOf(entry).values()].slice(0, 1)) {
    await tables.put(markForward(mark));
  }
  // That this one is given up in the same turn is progress, so the turn does not count as a lost race.
  await tables.put({ table: 'state', item: { ...markKey('Damaged-1'), format: 99 } });
  const context = { tables: withReplica(tables, memoryTables()), delay: async () => {}, random: () => 0 };
  const { damaged, left } = await createSequencer(context).sequence(await allCommits(tables));
  expect([...damaged.keys()]).toEqual(['Damaged-1']);
  expect(left).toEqual([]);
});
