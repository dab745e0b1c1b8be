/** Runners of several versions, rebuilds, redrives and readers, every table call interleaved at random, with lost answers and crashes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Throttled, TidemarkError, Unavailable } from '../../lib/index.ts';
import type { ProjectionContext } from '../../lib/projections/context.ts';
import { createReadModels, type ReadModels } from '../../lib/projections/read-model.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner } from '../../lib/projections/runner.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { logSeed, seed } from '../seed.ts';
import { losingAnswers, withCalls } from '../support/faulty-tables.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { added, contextOn, labelsProjection, type ProjectedStore, projectedStore } from './projected-store.ts';

logSeed();

const KEYS = ['Order-1', 'Order-2', 'Order-3'];

type Step =
  | { readonly kind: 'append'; readonly key: number; readonly labels: number; readonly isBad: boolean }
  | { readonly kind: 'run'; readonly version: number; readonly runner: number }
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'read'; readonly key: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      key: fc.nat(2),
      labels: fc.integer({ min: 1, max: 3 }),
      isBad: fc.nat(5).map((chance) => chance === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('run'), version: fc.integer({ min: 1, max: 2 }), runner: fc.nat(1) }),
  },
  fc.record({ kind: fc.constant('rebuild') }),
  fc.record({ kind: fc.constant('redrive') }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), key: fc.nat(2) }) },
);

interface Run {
  readonly projected: ProjectedStore;
  readonly readers: ReadModels;
  readonly context: ProjectionContext;
  readonly runners: Map<string, ReturnType<typeof createProjectionRunner>>;
  /** What each reader has seen last of each key. */
  readonly seen: Map<string, number>;
  isMended: boolean;
  labels: number;
}

async function simulate(runs: number, from: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      fc.infiniteStream(fc.nat(9)),
      async (scheduler, processes, chance) => {
        const random = () => chance.next().value ?? 1;
        let isSettling = false;
        const projected = projectedStore({ lag: (writes) => (isSettling ? 0 : Math.min(writes, random())) });
        const turn = () => scheduler.schedule(Promise.resolve());
        const lost = losingAnswers(projected.tables, () => (random() === 0 ? 'fail' : 'no'));
        const context = { ...contextOn(interleaved(throttling(lost, random), turn)), delay: turn };
        const readers = createReadModels(contextOn(interleaved(projected.tables, turn)));
        const run: Run = {
          projected,
          readers,
          context,
          runners: new Map(),
          seen: new Map(),
          isMended: false,
          labels: 0,
        };
        await scheduler.waitFor(Promise.all(processes.map((steps, process) => runProcess(run, steps, process))));
        isSettling = true;
        await settle(run);
      },
    ),
    { seed: from, numRuns: runs, endOnFailure: true },
  );
}

/** Calls that fail without effect. */
function throttling(tables: Tables, random: () => number): Tables {
  const maybe = async () => {
    if (random() === 1 && random() === 1) {
      throw new Throttled(new Error('too much'));
    }
  };
  return withCalls(tables, {
    put: async (put) => maybe().then(() => tables.put(put)),
    transact: async (puts) => maybe().then(() => tables.transact(puts)),
    get: async (...rest) => maybe().then(() => tables.get(...rest)),
  });
}

async function runProcess(run: Run, steps: readonly Step[], process: number): Promise<void> {
  for (const one of steps) {
    try {
      await runStep(run, one, process);
    } catch (error) {
      // A fault: the process dies, and another one begins where the tables are.
      if (!(error instanceof Throttled || error instanceof Unavailable)) {
        throw error;
      }
      run.runners.clear();
    }
  }
}

async function runStep(run: Run, one: Step, process: number): Promise<void> {
  const { projected, readers, context, runners, seen } = run;
  if (one.kind === 'append') {
    const labels = Array.from({ length: one.labels }, () => `${one.isBad ? 'bad' : 'good'} ${run.labels++}`);
    await projected.store.append(KEYS[one.key] ?? '', added(...labels));
    await projected.sequence();
  } else if (one.kind === 'run') {
    const name = `${process} ${one.version} ${one.runner}`;
    const runner = runners.get(name) ?? createProjectionRunner(context, projectionOf(run, one.version));
    runners.set(name, runner);
    await runner.run();
  } else if (one.kind === 'rebuild') {
    await createProjectionRunner(context, projectionOf(run, 2), 'rebuild').run();
  } else if (one.kind === 'redrive') {
    await redrive(context, projectionOf(run, 2)).catch(ignoreUnknown);
  } else {
    const found = await readers.document('labels', KEYS[one.key] ?? '').catch(ignoreUnknown);
    const name = `${process} ${one.key}`;
    expect(found?.position ?? 0, 'readers never go back in time').toBeGreaterThanOrEqual(
      found === undefined ? 0 : (seen.get(name) ?? 0),
    );
    seen.set(name, Math.max(found?.position ?? 0, seen.get(name) ?? 0));
  }
}

/** What has never run cannot be read or redriven. */
function ignoreUnknown(error: unknown): undefined {
  if (!(error instanceof TidemarkError && ['unknown-projection', 'projection-contention'].includes(error.code))) {
    throw error;
  }
}

function projectionOf(run: Run, version: number) {
  return labelsProjection({
    version,
    onError: 'park',
    check: (label) => {
      if (label.startsWith('bad') && !run.isMended) {
        throw new Error(label);
      }
    },
  });
}

/** Without faults: everything is applied, once and in order, and nothing is left of what was replaced. */
async function settle(run: Run): Promise<void> {
  const { tables, store, readModels } = run.projected;
  run.isMended = true;
  await run.projected.sequence();
  const context = contextOn(tables);
  const runner = createProjectionRunner(context, projectionOf(run, 2));
  expect(await runner.run()).toMatchObject({ outcome: 'caught-up' });
  await redrive(context, projectionOf(run, 2));
  await runner.run();
  // A rebuild that has died is brought to its end, or another one is made.
  expect(await createProjectionRunner(context, projectionOf(run, 2), 'rebuild').run()).toMatchObject({
    outcome: 'caught-up',
  });
  // What it had set aside is its own.
  await redrive(context, projectionOf(run, 2));
  for (const key of KEYS) {
    const { events } = await store.read(key);
    const labels = events.map(({ data }) => Object(data).label);
    const expected = labels.length === 0 ? undefined : { labels };
    expect((await readModels.document('labels', key))?.document, key).toEqual(expected);
  }
  const [status] = await readModels.statuses();
  expect(status).toMatchObject({ version: 2, parked: 0, lag: 0 });
  const { items } = await tables.scan('readModels', { consistency: 'strong' });
  const builds = new Set(items.map(({ PK }) => PK.split('#')[0]));
  expect([...builds], 'nothing is left of other builds').toEqual(items.length === 0 ? [] : [`labels@${status?.build}`]);
}

test('whatever the interleaving and the faults, each event counts once and in order', async () => {
  await simulate(400, seed);
}, 120_000);
