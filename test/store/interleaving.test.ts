/** Concurrent writers and readers, every table call of theirs interleaved at random, with lost answers and stale reads. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AppendOptions,
  type AppendResult,
  createEventStore,
  type EventStore,
  memoryTables,
  TidemarkError,
} from '../../lib/index.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { logSeed, seed } from '../seed.ts';
import { losingAnswers } from '../support/faulty-tables.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { soundStream } from '../support/stored-stream.ts';

logSeed();

const STREAM = 'Contended-1';
const OTHER_STREAM = 'Contended-2';

type Step =
  | {
      readonly kind: 'append';
      readonly count: number;
      readonly expect: 'any' | 'exists' | 'no-stream' | 'version' | 'state';
    }
  | { readonly kind: 'keyed'; readonly key: number }
  | { readonly kind: 'many'; readonly count: number }
  | { readonly kind: 'read'; readonly consistency: 'strong' | 'eventual' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append'),
    count: fc.integer({ min: 1, max: 4 }),
    expect: fc.constantFrom('any', 'exists', 'no-stream', 'version', 'state'),
  }),
  fc.record({ kind: fc.constant('keyed'), key: fc.nat(1) }),
  fc.record({
    kind: fc.constant('many'),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('read'), consistency: fc.constantFrom('strong', 'eventual') }),
);

/** What a call came to: the label of its events, and whether it says that they are stored. */
interface Claim {
  readonly label: string;
  readonly results: readonly AppendResult[];
}

test('whatever the interleaving, what succeeded is stored once, what was refused is not, and streams are sound', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
      fc.infiniteStream(fc.nat(4)),
      async (scheduler, writers, chance) => {
        const random = () => chance.next().value ?? 0;
        const memory = memoryTables({ lag: (writes) => Math.min(writes, random()) });
        const tables = interleaved(
          losingAnswers(memory, () => (random() === 0 ? 'repeat' : 'no')),
          () => scheduler.schedule(Promise.resolve()),
        );
        const store = createEventStore({
          tables,
          delay: () => scheduler.schedule(Promise.resolve()),
          random: () => 0.5,
        });
        const runs = writers.map((steps, writer) => runWriter(store, steps, writer));
        const claims = (await scheduler.waitFor(Promise.all(runs))).flat();
        await checkClaims(memory, claims);
      },
    ),
    { seed, numRuns: 300 },
  );
});

async function runWriter(store: EventStore, steps: readonly Step[], writer: number): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const [index, one] of steps.entries()) {
    const label = one.kind === 'keyed' ? `key ${one.key}` : `${writer}.${index}`;
    claims.push({ label, results: await runStep(store, one, label) });
  }
  return claims;
}

async function runStep(store: EventStore, one: Step, label: string): Promise<readonly AppendResult[]> {
  const events = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      type: 'A',
      data: { label, index },
    }));
  if (one.kind === 'read') {
    const { events: seen, state } = await store.read(STREAM, { consistency: one.consistency });
    expect(seen.map(({ version }) => version)).toEqual(Array.from({ length: state.version }, (_, index) => index + 1));
    return [];
  }
  try {
    if (one.kind === 'many') {
      return await store.appendMany(
        [STREAM, OTHER_STREAM].map((streamId) => ({ streamId, events: events(one.count) })),
      );
    }
    if (one.kind === 'keyed') {
      return [await store.append(STREAM, events(2), { idempotencyKey: `${one.key}` })];
    }
    return [await store.append(STREAM, events(one.count), { expect: await expectationOf(store, one.expect) })];
  } catch (error) {
    // Anything may be refused here but an append that takes any version.
    expect(error).toBeInstanceOf(TidemarkError);
    expect(error).toMatchObject({ code: 'wrong-expected-version' });
    expect(one).not.toMatchObject({ expect: 'any' });
    return [];
  }
}

async function expectationOf(
  store: EventStore,
  expected: 'any' | 'exists' | 'no-stream' | 'version' | 'state',
): Promise<NonNullable<AppendOptions['expect']>> {
  if (expected !== 'version' && expected !== 'state') {
    return expected;
  }
  const state = await store.head(STREAM, { consistency: 'eventual' });
  return expected === 'version' ? state.version : state;
}

async function checkClaims(tables: Tables, claims: readonly Claim[]): Promise<void> {
  const commits = [...(await soundStream(tables, STREAM)), ...(await soundStream(tables, OTHER_STREAM))];
  const stored = new Map<string, string[]>();
  for (const { streamId, version, eventsJson } of commits) {
    const label = /"label":"([^"]*)"/.exec(eventsJson)?.[1] ?? '';
    stored.set(label, [...(stored.get(label) ?? []), `${streamId} ${version}`]);
  }
  for (const { label, results } of claims) {
    const places = results.map(({ streamId, firstVersion }) => `${streamId} ${firstVersion}`);
    expect(stored.get(label) ?? [], label).toEqual(places);
  }
  expect(new Set(claims.filter(({ results }) => results.length > 0).map(({ label }) => label)).size).toBe(stored.size);
}
