/**
 * Process managers of two versions and several runners at once, with rebuilds, resets, redrives, commands of others, crashes before and after
 * any table call, lost answers and stale reads: each event causes its commands once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordedEvents } from '../../lib/events/stored-commit.ts';
import {
  createProjectionRunner,
  createReadModels,
  type ProjectionContext,
  type ProjectionRunner,
  redrive,
  resetProjection,
  type Tables,
  TidemarkError,
  Unavailable,
} from '../../lib/index.ts';
import { contextOn, type ProjectedStore, projectedStore } from '../projections/projected-store.ts';
import { logSeed, seed } from '../seed.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { soundStream } from '../support/stored-stream.ts';
import { deposit } from './account.ts';
import { ledgerOf, ledgersOn } from './ledger.ts';

logSeed();

const ACCOUNTS = ['Account-1', 'Account-2'];

type Step =
  | { readonly kind: 'deposit'; readonly account: number; readonly times: number; readonly isBad: boolean }
  | { readonly kind: 'run'; readonly version: number; readonly runner: number }
  | { readonly kind: 'rebuild' | 'redrive' | 'reset' | 'other' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deposit'),
      account: fc.nat(1),
      times: fc.integer({ min: 1, max: 3 }),
      isBad: fc.nat(4).map((chance) => chance === 0),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('run'), version: fc.integer({ min: 1, max: 2 }), runner: fc.nat(1) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('rebuild', 'redrive', 'reset', 'other') }) },
);

interface Run {
  readonly projected: ProjectedStore;
  readonly tables: Tables;
  readonly context: ProjectionContext;
  readonly runners: Map<string, ProjectionRunner>;
  isMended: boolean;
}

const met: Record<string, number> = {};
const meet = (what: string) => {
  met[what] = (met[what] ?? 0) + 1;
};

test.each(['halt', 'park'] as const)(
  'whatever the interleaving and the faults, each event causes its commands once (%s)',
  async (onError) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat(29)),
        async (scheduler, processes, chance) => {
          let isSettling = false;
          const random = () => (isSettling ? 29 : (chance.next().value ?? 29));
          const projected = projectedStore({ lag: (writes) => (random() < 10 ? Math.min(writes, random()) : 0) });
          const turn = () => scheduler.schedule(Promise.resolve());
          const tables = interleaved(crashing(projected.tables, random), turn);
          const run: Run = {
            projected,
            tables,
            context: { ...contextOn(tables), delay: turn },
            runners: new Map(),
            isMended: false,
          };
          await scheduler.waitFor(Promise.all(processes.map((steps, index) => runProcess(run, steps, index, onError))));
          isSettling = true;
          await settle(run, onError);
        },
      ),
      { seed, numRuns: 100, endOnFailure: true },
    );
    console.log('what was met', met);
    expect(met).toMatchObject({ crash: expect.any(Number), lost: expect.any(Number), duplicate: expect.any(Number) });
  },
  180_000,
);

/** Calls that fail before they take effect, or after. */
function crashing(tables: Tables, random: () => number): Tables {
  const maybe = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const chance = random();
    if (chance === 0) {
      meet('crash');
      throw new Unavailable(new Error('before'));
    }
    const answer = await call();
    if (chance === 1) {
      meet('lost');
      throw new Unavailable(new Error('after'));
    }
    return chance === 2 ? call() : answer;
  };
  return {
    get: (...parameters) => maybe(() => tables.get(...parameters)),
    query: (...parameters) => maybe(() => tables.query(...parameters)),
    scan: (...parameters) => maybe(() => tables.scan(...parameters)),
    batchGet: (...parameters) => maybe(() => tables.batchGet(...parameters)),
    put: (...parameters) => maybe(() => tables.put(...parameters)),
    remove: (...parameters) => maybe(() => tables.remove(...parameters)),
    transact: (...parameters) => maybe(() => tables.transact(...parameters)),
  };
}

async function runProcess(run: Run, steps: readonly Step[], index: number, onError: 'halt' | 'park'): Promise<void> {
  for (const one of steps) {
    try {
      await runStep(run, one, index, onError);
    } catch (error) {
      // The process has died, and another one begins where the tables are.
      if (!(error instanceof TidemarkError && ['unavailable', 'unknown-projection'].includes(error.code))) {
        throw error;
      }
      run.runners.clear();
    }
  }
}

async function runStep(run: Run, one: Step, index: number, onError: 'halt' | 'park'): Promise<void> {
  const { projected, context, runners, tables } = run;
  if (one.kind === 'deposit') {
    // Of a bad one the first command is done, and the second is not sent.
    const { accounts } = ledgersOn(projected.tables);
    await accounts.handle(ACCOUNTS[one.account] ?? '', deposit(one.isBad ? 13 : 5, one.times));
    await projected.sequence();
  } else if (one.kind === 'run') {
    const name = `${index} ${one.version} ${one.runner}`;
    const runner = runners.get(name) ?? createProjectionRunner(context, keeperOf(run, tables, one.version, onError));
    runners.set(name, runner);
    await runner.run();
  } else if (one.kind === 'rebuild') {
    await createProjectionRunner(context, keeperOf(run, tables, 2, onError), 'rebuild').run();
  } else if (one.kind === 'redrive') {
    await redrive(context, keeperOf(run, tables, 2, onError));
  } else if (one.kind === 'reset') {
    await resetProjection(context, keeperOf(run, tables, 2, onError));
  } else {
    await ledgersOn(tables, context.delay.bind(undefined, 0)).ledgers.handle('Ledger-1', deposit(1_000));
  }
}

/** Version 2 sends other amounts: of what was done already nothing changes. */
function keeperOf(run: Run, tables: Tables, version: number, onError: 'halt' | 'park') {
  const { ledgers, keeper } = ledgersOn(tables, () => run.context.delay(0));
  return keeper({
    version,
    onError,
    react: {
      Deposited: async ({ streamId, data }, send) => {
        const { duplicate } = await send(ledgers, ledgerOf(streamId), deposit(data.cents * version));
        meet(duplicate ? 'duplicate' : 'first');
        if (data.cents === 13 && !run.isMended) {
          throw new Error('13 brings no luck');
        }
        await send(ledgers, ledgerOf(streamId), deposit(version));
      },
    },
  });
}

/** Without faults: everything is reacted to, once, and a rebuild changes nothing of it. */
async function settle(run: Run, onError: 'halt' | 'park'): Promise<void> {
  const { tables, store } = run.projected;
  run.isMended = true;
  await run.projected.sequence();
  const context = contextOn(tables);
  const keeper = keeperOf({ ...run, context }, tables, 2, onError);
  await createProjectionRunner(context, keeper).run();
  await redrive(context, keeper);
  expect(await createProjectionRunner(context, keeper).run()).toMatchObject({ outcome: 'caught-up' });
  await redrive(context, keeper);
  expect((await createReadModels(context).statuses())[0]).toMatchObject({ version: 2, parked: 0, lag: 0 });
  const effects = await effectsOf(tables);
  await createProjectionRunner(context, keeper, 'rebuild').run();
  expect(await effectsOf(tables), 'a rebuild').toEqual(effects);
  for (const streamId of ACCOUNTS) {
    const { events } = await store.read(streamId);
    const caused = (effects.get(ledgerOf(streamId)) ?? []).filter(({ causationId }) => causationId !== undefined);
    expect(caused.map(({ causationId }) => causationId).toSorted()).toEqual(
      events.flatMap(({ id }) => [id, id]).toSorted(),
    );
    for (const event of events) {
      const cents = caused.filter(({ causationId }) => causationId === event.id).map((effect) => effect.cents);
      const amount = Object(event.data).cents;
      expect([amount, amount * 2], 'first what the deposit was').toContain(cents[0]);
      expect([1, 2], 'then one').toContain(cents[1]);
    }
  }
}

async function effectsOf(tables: Tables) {
  const effects = new Map<string, { readonly cents: number; readonly causationId: string | undefined }[]>();
  for (const streamId of ACCOUNTS.map(ledgerOf)) {
    const events = (await soundStream(tables, streamId)).flatMap(recordedEvents);
    effects.set(
      streamId,
      events.map(({ data, metadata }) => ({ cents: Object(data).cents, causationId: metadata.causationId })),
    );
  }
  return effects;
}
