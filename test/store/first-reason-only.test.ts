import { expect, test } from 'vitest';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import type { PutOutcome } from '../../lib/tables/tables.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';

test('a key is found although a cancelled transaction gives the first of its reasons only', async () => {
  const tables = memoryTables();
  const { state } = await createEventStore({ tables }).append('Test-1', numbered(1));
  const store = createEventStore({
    tables: withCalls(tables, {
      transact: async (puts) => {
        const result = await tables.transact(puts);
        return result.outcome === 'written' ? result : { outcome: 'cancelled', puts: firstReason(result.puts) };
      },
    }),
  });
  const options = { expect: state, idempotencyKey: 'key' };
  const first = await store.append('Test-1', numbered(2), options);
  expect(await store.append('Test-1', numbered(2), options)).toEqual({ ...first, duplicate: true });
});

function firstReason(puts: readonly PutOutcome[]): PutOutcome[] {
  const first = puts.findIndex(({ outcome }) => outcome !== 'written');
  return puts.map((put, index) => (index === first ? put : { outcome: 'written' }));
}
