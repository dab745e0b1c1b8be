/** Eventually consistent reads of a stream whose replicas are each behind by some writes, item by item. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';

logSeed();

const counts = fc.array(fc.integer({ min: 1, max: 4 }), {
  minLength: 1,
  maxLength: 12,
});
const options = fc.record(
  {
    from: fc.integer({ min: 1, max: 40 }),
    limit: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: [] },
);

test('a stale read is a part of the stream without gaps, its state is one that the stream has had, and next goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      counts,
      options,
      fc.constantFrom('forward', 'backward'),
      fc.infiniteStream(fc.nat(6)),
      async (commits, range, direction, lags) => {
        const tables = memoryTables({ lag: (writes) => Math.min(writes, lags.next().value ?? 0) });
        const store = createEventStore({ tables, delay: async () => {} });
        const states = new Map([[0, await store.head('Test-1')]]);
        for (const count of commits) {
          const { state } = await store.append('Test-1', numbered(count));
          states.set(state.version, state);
        }
        const whole = (await store.read('Test-1')).events;
        const page = await store.read('Test-1', { ...range, direction, consistency: 'eventual' });
        expect(page.state).toEqual(states.get(page.state.version));
        const versions = page.events.map(({ version }) => version);
        expect(page.events).toEqual(versions.map((version) => whole[version - 1]));
        const head = page.state.version;
        const first = direction === 'forward' ? (range.from ?? 1) : Math.min(range.from ?? head, head);
        const step = direction === 'forward' ? 1 : -1;
        const available = direction === 'forward' ? Math.max(0, head - first + 1) : first;
        const length = Math.min(available, range.limit ?? available);
        expect(versions).toEqual(Array.from({ length }, (_, index) => first + step * index));
        expect(page.next).toBe(length < available ? first + step * length : undefined);
      },
    ),
    { seed, numRuns: 1_000 },
  );
});
