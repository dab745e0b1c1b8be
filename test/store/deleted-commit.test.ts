/** What a read says of a stream from which somebody has deleted a commit, and what only the log can tell. */
import { expect, test } from 'vitest';
import { createEventStore, createSequencer, memoryTables, type Tables } from '../../lib/index.ts';
import { verify } from '../../lib/verify/verify.ts';
import { numbered } from '../support/events.ts';
import { allCommits } from '../support/stored-log.ts';

const STREAM = 'Order-1';
const context = (tables: Tables) => ({ tables, delay: async () => {}, random: () => 0.5 });

/** A stream of commits that begin at versions 1, 2, 6 and 8, and end at 12; all of them are in the log. */
async function storedStream(): Promise<Tables> {
  const tables = memoryTables();
  const store = createEventStore({ tables });
  for (const count of [1, 4, 2, 5]) {
    await store.append(STREAM, numbered(count));
  }
  await createSequencer(context(tables)).sequence(await allCommits(tables));
  return tables;
}

/** The same tables, but for the commit that begins at a version. */
async function withoutCommit(tables: Tables, version: number): Promise<Tables> {
  const copy = memoryTables();
  for (const table of ['events', 'log', 'state'] as const) {
    const { items } = await tables.scan(table, { consistency: 'strong' });
    const kept = items.filter(({ SK }) => table !== 'events' || Number(SK.replace('VERSION#', '')) !== version);
    expect(kept).toHaveLength(items.length - (table === 'events' ? 1 : 0));
    await Promise.all(kept.map((item) => copy.put({ table, item })));
  }
  return copy;
}

test.each([1, 2, 6])(
  'a commit at version %i that others follow: a read of the whole stream fails and names it',
  async (version) => {
    const store = createEventStore(context(await withoutCommit(await storedStream(), version)));
    for (const direction of ['forward', 'backward'] as const) {
      for (const consistency of ['strong', 'eventual'] as const) {
        const read = store.read(STREAM, { direction, consistency });
        await expect(read).rejects.toMatchObject({ code: 'missing-commit', streamId: STREAM, version });
      }
    }
  },
);

test('the last commit: a read sees a shorter stream, and verify names the commit by the log', async () => {
  const tables = await withoutCommit(await storedStream(), 8);
  const { events, state } = await createEventStore(context(tables)).read(STREAM);
  expect([events.length, state.version]).toEqual([7, 7]);
  const kinds = new Set<string>();
  for await (const { found } of verify(context(tables))) {
    for (const { kind } of found) {
      kinds.add(kind);
    }
  }
  expect(kinds).toContain('missing-commit');
});
