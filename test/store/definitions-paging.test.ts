/** Upcasting commutes with reading in pages: random histories of all schema versions, in streams and in the log, page by page. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import {
  createEventStore,
  defineEvents,
  type LogFilter,
  memoryTables,
  type NewEvent,
  type RecordedEvent,
  type Tables,
} from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { isWanted, sequenceAll } from '../support/logged.ts';

logSeed();

/** Each upcaster leaves a trace, and one changes what it is given. */
const traced = z.object({ n: z.int(), trace: z.string() });
const definitions = defineEvents({
  Counted: {
    schema: traced,
    upcasters: [
      ({ n }: { n: number }) => ({ n, trace: '1' }),
      (data: { n: number; trace: string }) => {
        data.trace += '2';
        return data;
      },
      ({ n, trace }: { n: number; trace: string }) => ({ n, trace: `${trace}3` }),
    ],
  },
  Renamed: { schema: traced, upcasters: [(_: unknown, { version }) => ({ n: version, trace: 'renamed' })] },
  Same: { schema: z.unknown() },
});
const VERSIONS: Record<string, number> = { Counted: 4, Renamed: 2, Same: 1 };

/** What comes of an event, told in another way. */
function told<Event extends RecordedEvent>(event: Event): Event {
  const { type, schemaVersion, data, version } = event;
  const n = z.object({ n: z.int() }).parse(data).n;
  const steps = '123'.slice(schemaVersion - 1);
  const current: Record<string, unknown> = {
    Counted: schemaVersion === 4 ? data : { n, trace: schemaVersion === 1 ? steps : `stored${steps}` },
    Renamed: schemaVersion === 2 ? data : { n: version, trace: 'renamed' },
    Same: data,
  };
  return { ...event, data: current[type], schemaVersion: VERSIONS[type] ?? 0 };
}

const STREAMS = ['Order-1', 'Order-2', 'Cart-1'];
const event: fc.Arbitrary<NewEvent> = fc
  .tuple(fc.constantFrom(...Object.keys(VERSIONS)), fc.nat(), fc.nat(1_000))
  .map(([type, chosen, n]) => {
    const schemaVersion = 1 + (chosen % (VERSIONS[type] ?? 1));
    return { type, schemaVersion, data: schemaVersion === 1 ? { n } : { n, trace: 'stored' } };
  });
const append = fc.record({
  streamId: fc.constantFrom(...STREAMS),
  events: fc.array(event, { minLength: 1, maxLength: 6 }),
  isSequenced: fc.boolean(),
});
const history = fc.array(append, { minLength: 1, maxLength: 12 });
const limit = fc.integer({ min: 1, max: 9 });
const filter: fc.Arbitrary<LogFilter> = fc.record(
  { category: fc.constantFrom('Order', 'Cart'), types: fc.subarray(Object.keys(VERSIONS), { minLength: 1 }) },
  { requiredKeys: [] },
);

/** More pages than any history has events: a loop that does not end fails. */
const PAGES_MAX = 100;

async function storesOf(appends: readonly { streamId: string; events: NewEvent[]; isSequenced: boolean }[]) {
  const tables: Tables = memoryTables();
  const plain = createEventStore({ tables });
  for (const { streamId, events, isSequenced } of appends) {
    await plain.append(streamId, events);
    if (isSequenced) {
      await sequenceAll(tables);
    }
  }
  await sequenceAll(tables);
  return { plain, typed: createEventStore({ tables, events: definitions }) };
}

test('of a stream, in both directions, from any version', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.constantFrom(...STREAMS),
      limit,
      fc.constantFrom('forward' as const, 'backward' as const),
      fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      async (appends, streamId, max, direction, first) => {
        const { plain, typed } = await storesOf(appends);
        const start = first === undefined ? {} : { from: first };
        const whole = (await plain.read(streamId, { direction, ...start })).events.map(told);
        expect((await typed.read(streamId, { direction, ...start })).events).toEqual(whole);
        const paged: RecordedEvent[] = [];
        let from: { readonly from?: number } | undefined = start;
        for (let pages = 0; from !== undefined; pages++) {
          expect(pages).toBeLessThan(PAGES_MAX);
          const page: { readonly events: readonly RecordedEvent[]; readonly next?: number } = await typed.read(
            streamId,
            { direction, limit: max, ...from },
          );
          expect(page.events.length).toBeLessThanOrEqual(max);
          paged.push(...page.events);
          from = page.next === undefined ? undefined : { from: page.next };
        }
        expect(paged).toEqual(whole);
      },
    ),
    { seed, numRuns: 200 },
  );
}, 60_000);

test('of the log, page by page, by a reader, and followed', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      filter,
      fc.array(limit, { minLength: 1, maxLength: 5 }),
      async (appends, wanted, limits) => {
        const { plain, typed } = await storesOf(appends);
        const all = await plain.log({ limit: PAGES_MAX });
        const whole = all.events.filter((one) => isWanted(wanted, one)).map(told);
        const maxOf = (page: number) => limits[page % limits.length] ?? 1;
        const paged: RecordedEvent[] = [];
        const read: RecordedEvent[] = [];
        const reader = typed.logReader(wanted);
        let [after, readTo] = [0, 0];
        for (let page = 0; after < all.position || readTo < all.position; page++) {
          expect(page).toBeLessThan(PAGES_MAX);
          const [ofLog, ofReader] = [
            await typed.log({ ...wanted, after, limit: maxOf(page) }),
            await reader.next(maxOf(page)),
          ];
          expect(Math.max(ofLog.events.length, ofReader.events.length)).toBeLessThanOrEqual(maxOf(page));
          paged.push(...ofLog.events);
          read.push(...ofReader.events);
          after = ofLog.position;
          readTo = ofReader.position;
        }
        expect(paged).toEqual(whole);
        expect(read).toEqual(whole);
        const followed: RecordedEvent[] = [];
        const ending = new AbortController();
        for await (const one of whole.length === 0 ? [] : typed.subscribe({ ...wanted, signal: ending.signal })) {
          followed.push(one);
          if (followed.length === whole.length) {
            ending.abort();
          }
        }
        expect(followed).toEqual(whole);
      },
    ),
    { seed, numRuns: 200 },
  );
}, 60_000);
