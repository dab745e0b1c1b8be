/**
 * One run of projections: runners of two versions, rebuilds, redrives and readers beside a log that grows, every step and every
 * fault chosen by a seed. The log itself is written without faults: `simulate.ts` is about that.
 */
import type { ItemKey } from '../../lib/events/item.ts';
import { commitKey, decodeCommitHead } from '../../lib/events/stored-commit.ts';
import {
  createEventStore,
  createSequencer,
  type NewEvent,
  ProjectionContention,
  type ProjectionContext,
  UnknownProjection,
} from '../../lib/index.ts';
import type { Purpose } from '../../lib/projections/builds.ts';
import type { DocumentProjection, OnError } from '../../lib/projections/definition.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { createProjectionRunner, type ProjectionRunner } from '../../lib/projections/runner.ts';
import { decodeCheckpoint } from '../../lib/projections/stored-checkpoint.ts';
import { decodeParked } from '../../lib/projections/stored-parked.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { mayPass } from './may-pass.ts';
import { NOTHING_PLANTED } from './plant.ts';
import { processTables } from './process-tables.ts';
import { PROJECTION, TrailModel, trailProjection } from './projection-model.ts';
import type { Process } from './scheduler.ts';
import type { Outcome, SimulateOptions } from './simulate.ts';
import { World } from './world.ts';

const KEYS = ['A-1', 'A-2', 'B-1'];
const STEPS_MAX = 20_000;
const FINAL_RUNS_MAX = 20;

/** The same seed makes the same run, step for step, with and without its history. */
export async function simulateProjections(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const { plant = NOTHING_PLANTED, isTraced = false } = options;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = isTraced ? stackTraceLimit : 0;
  try {
    return await new ProjectionRun(new World(seed, plant, isTraced)).run(seed);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class ProjectionRun {
  readonly #world: World;
  readonly #trails: TrailModel;
  readonly #onError: OnError;
  readonly #faultySteps: number;
  /** From when on a mended version is deployed, and the second one. */
  readonly #mendedAt: number;
  readonly #secondAt: number;
  readonly #badness: number;
  /** Appends of all of the run. */
  readonly #appends: number;
  readonly #feed: () => Promise<void>;
  /** Those that are alive, with what they remember. */
  readonly #warm = new Map<string, ProjectionRunner>();
  #appended = 0;
  #hasEnded = false;

  constructor(world: World) {
    const { prng } = world;
    this.#world = world;
    this.#trails = new TrailModel(world);
    this.#onError = prng.pick(['halt', 'park']);
    this.#faultySteps = prng.between(150, 900);
    this.#mendedAt = prng.between(0, this.#faultySteps);
    this.#secondAt = prng.chance(0.6) ? prng.between(0, this.#faultySteps) : Number.MAX_SAFE_INTEGER;
    this.#badness = prng.pick([0, 0.05, 0.2]);
    this.#appends = prng.between(5, 30);
    const { memory } = world;
    // Without faults, keys that are left unprocessed among them.
    const getAll = async (table: Table, keys: readonly ItemKey[]) =>
      (await Promise.all(keys.map((key) => memory.get(table, key, 'strong')))).filter((item) => item !== undefined);
    const tables = withCalls(memory, {
      batchGet: async (table, keys) => ({ items: await getAll(table, keys), unprocessed: [] }),
    });
    const direct = { tables, delay: async () => {}, random: () => 0.5 };
    const store = createEventStore({ ...direct, now: () => new Date(0), newId: idsOf('commit') });
    const sequencer = createSequencer(direct);
    this.#feed = async () => {
      const { streamId, firstVersion } = await store.append(prng.pick(KEYS), this.#newEvents());
      const item = await memory.get('events', commitKey(streamId, firstVersion), 'strong');
      await sequencer.sequence(item === undefined ? [] : [decodeCommitHead(item)]);
    };
  }

  async run(seed: number): Promise<Outcome> {
    const world = this.#world;
    const { model, scheduler, parameters, prng } = world;
    this.#runFeeder();
    for (let index = 1; index <= prng.between(1, 3); index++) {
      this.#runRunner(`runner ${index}`, 1, 'run', prng.between(1, 12), () => true);
    }
    const isSecond = () => scheduler.steps >= this.#secondAt;
    for (let index = 1; index <= prng.between(1, 2); index++) {
      this.#runRunner(`second ${index}`, 2, 'run', prng.between(1, 8), isSecond);
    }
    if (prng.chance(0.6)) {
      const begin = prng.between(20, this.#faultySteps);
      const version = begin >= this.#secondAt ? prng.pick([1, 2]) : 1;
      this.#runRunner('rebuild', version, 'rebuild', prng.between(1, 3), () => scheduler.steps >= begin);
    }
    for (let index = 1; index <= prng.between(0, 2); index++) {
      this.#runRedriver(`redrive ${index}`, prng.between(1, 6));
    }
    for (let index = 1; index <= prng.between(1, 2); index++) {
      this.#runReader(`reader ${index}`, prng.between(5, 40));
    }
    while (model.violation === undefined && scheduler.steps < this.#faultySteps && (await scheduler.step())) {
      if (world.happens('crash')) {
        world.killOne();
      }
    }
    world.isHealed = true;
    // Nobody scans here: from now on reads are fresh.
    world.hasScannedLast = true;
    world.history?.push('No more faults');
    await this.#rest();
    if (model.violation === undefined) {
      this.#runFinale();
      await this.#rest();
      model.require(this.#hasEnded, 'all comes to rest', () => 'the finale does not end');
    }
    const { violation, head: events } = model;
    return {
      seed,
      parameters,
      violation,
      steps: scheduler.steps,
      events,
      faults: world.faults,
      history: world.history ?? [],
    };
  }

  get #isMended(): boolean {
    return this.#world.isHealed || this.#world.scheduler.steps >= this.#mendedAt;
  }

  async #rest(): Promise<void> {
    const { model, scheduler } = this.#world;
    while (model.violation === undefined && (await scheduler.step())) {
      model.require(scheduler.steps < STEPS_MAX, 'all comes to rest', () => `not after ${STEPS_MAX} steps`);
    }
  }

  #newEvents(): NewEvent[] {
    const { prng } = this.#world;
    return Array.from({ length: prng.between(1, 3) }, () => {
      const type = prng.pick(['Added', 'Added', 'Added', 'Added', 'Other', 'Ended']);
      const isBad = !this.#world.isHealed && prng.chance(this.#badness);
      return { type, data: isBad ? { isBad } : {} };
    });
  }

  #runFeeder(): void {
    const { scheduler } = this.#world;
    this.#world.run('feeder', async (process) => {
      while (this.#appended < this.#appends) {
        await scheduler.turn(process);
        this.#appended += 1;
        await this.#feed();
        this.#world.note(process, () => `the log has ${this.#world.model.head}`);
      }
    });
  }

  #runRunner(name: string, version: number, purpose: Purpose, runs: number, isDue: () => boolean): void {
    const world = this.#world;
    let left = runs;
    world.run(name, async (process) => {
      const projection = trailProjection(version, this.#onError, () => this.#isMended);
      const runner = createProjectionRunner(this.#context(process), projection, purpose);
      const { onDeath } = process;
      process.onDeath = () => {
        this.#warm.delete(name);
        onDeath();
      };
      while (left > 0) {
        await world.scheduler.turn(process, () => !world.isHealed && isDue());
        left -= 1;
        if (purpose === 'run') {
          this.#warm.set(name, runner);
        }
        await this.#runOnce(process, runner);
      }
    });
  }

  async #runOnce(process: Process, runner: ProjectionRunner): Promise<void> {
    const world = this.#world;
    let turns = world.happens('timeUp') ? world.prng.between(0, 3) : Number.MAX_SAFE_INTEGER;
    const mayGoOn = () => {
      turns -= 1;
      return turns >= 0;
    };
    world.note(process, () => 'runs');
    try {
      const result = await runner.run({ mayGoOn });
      world.note(process, () => `has run: ${JSON.stringify(result)}`);
    } catch (error) {
      this.#mayPass(process, error);
    }
  }

  #runRedriver(name: string, times: number): void {
    const world = this.#world;
    let left = times;
    world.run(name, async (process) => {
      while (left > 0) {
        await world.scheduler.turn(process, () => !world.isHealed);
        left -= 1;
        await this.#redriveOnce(process, this.#context(process));
      }
    });
  }

  async #redriveOnce(process: Process, context: ProjectionContext): Promise<void> {
    try {
      // Code of any version that is deployed.
      const version = this.#world.scheduler.steps >= this.#secondAt ? this.#world.prng.pick([1, 2]) : 1;
      const projection = trailProjection(version, this.#onError, () => this.#isMended);
      this.#world.note(process, () => `redrives with ${version}`);
      const result = await redrive(context, projection);
      this.#world.note(process, () => `has redriven: ${JSON.stringify(result)}`);
    } catch (error) {
      this.#mayPass(process, error);
    }
  }

  #runReader(name: string, times: number): void {
    const world = this.#world;
    let left = times;
    let position = 0;
    const reached = new Map<string, number>();
    world.run(name, async (process) => {
      const tables = processTables(world, process);
      const readModels = createReadModels(
        world.context(process, world.plant.documentReader?.(tables, world.memory) ?? tables),
      );
      while (left > 0) {
        await world.scheduler.turn(process, () => !world.isHealed);
        left -= 1;
        const key = world.prng.pick(KEYS);
        try {
          const found = await readModels.document(PROJECTION, key);
          world.note(process, () => `reads ${key}: ${JSON.stringify(found)}`);
          const at = found?.position ?? 0;
          world.model.require(
            found === undefined || at >= position,
            'readers of documents never go back',
            () => `${name} was at ${position}, and is at ${at} now`,
          );
          position = Math.max(position, at);
          const before = reached.get(key) ?? 0;
          reached.set(key, this.#trails.check(key, this.#onError, found, at, before));
        } catch (error) {
          this.#mayPass(process, error);
        }
      }
    });
  }

  /** Without faults: all that remember something run again, and one who does not; then all is as it should be. */
  #runFinale(): void {
    const world = this.#world;
    const { model } = world;
    world.run('finale', async (process) => {
      await world.scheduler.turn(process);
      const context = this.#context(process);
      const version = this.#secondAt === Number.MAX_SAFE_INTEGER ? 1 : 2;
      const projection = trailProjection(version, this.#onError, () => true);
      for (const [, runner] of this.#warm) {
        await this.#feed();
        await this.#runOnce(process, runner);
      }
      await this.#toEnd(process, context, projection, 'run');
      // A rebuild that has died is brought to its end, or another one is made.
      const isBuilding = (await createReadModels(context).statuses()).length > 1;
      if (isBuilding || world.prng.chance(0.5)) {
        await this.#toEnd(process, context, projection, 'rebuild');
      }
      for (const [, runner] of this.#warm) {
        await this.#feed();
        await this.#runOnce(process, runner);
      }
      await this.#toEnd(process, context, projection, 'run');
      await redrive(context, projection);
      const [status] = await createReadModels(context).statuses();
      model.require(
        status?.position === model.head && status.parked === 0 && status.error === undefined,
        'projections get to the end',
        () => `${JSON.stringify(status)} of ${model.head}`,
      );
      for (const key of KEYS) {
        const found = await createReadModels({ ...context, tables: world.memory }).document(PROJECTION, key);
        this.#trails.checkLast(key, version, found);
      }
      await this.#checkLeft(status?.build ?? '');
      this.#hasEnded = true;
    });
  }

  async #toEnd(
    process: Process,
    context: ProjectionContext,
    projection: DocumentProjection,
    purpose: Purpose,
  ): Promise<void> {
    const runner = createProjectionRunner(context, projection, purpose);
    for (let runs = 1; runs <= FINAL_RUNS_MAX; runs++) {
      const { outcome } = await runner.run();
      this.#world.note(process, () => `has run: ${outcome}`);
      if (outcome === 'caught-up') {
        return;
      }
      if (outcome === 'halted') {
        await redrive(context, projection);
      }
    }
    this.#world.model.violate('projections get to the end', `not in ${FINAL_RUNS_MAX} runs`);
  }

  /** Nothing is left of builds that were replaced, and nothing is set aside. */
  async #checkLeft(build: string): Promise<void> {
    const { memory, model } = this.#world;
    const { items: documents } = await memory.scan('readModels', { consistency: 'strong' });
    const { items: state } = await memory.scan('state', { consistency: 'strong' });
    const parked = state.filter(({ PK }) => PK.startsWith('PARKED#')).map(decodeParked);
    const checkpoints = state.filter(({ SK }) => SK.startsWith('BUILD#')).map(decodeCheckpoint);
    const retired = checkpoints.filter(({ isRetired }) => isRetired);
    const old = documents.filter(({ PK }) => !PK.startsWith(`${PROJECTION}@${build}#`));
    const waiting = parked.filter(({ position }) => position > 0);
    model.require(
      retired.length === 0 && waiting.length === 0 && old.length === 0,
      'nothing is left of old builds',
      () => `beside ${build}: ${JSON.stringify([...retired, ...waiting, ...old.map(({ PK }) => PK)])}`,
    );
  }

  #context(process: Process): ProjectionContext {
    const world = this.#world;
    const tables = processTables(world, process);
    return world.context(process, world.plant.projection?.(tables, world.memory) ?? tables);
  }

  #mayPass(process: Process, error: unknown): void {
    if (error instanceof UnknownProjection || error instanceof ProjectionContention) {
      this.#world.note(process, () => `fails: ${error.message}`);
    } else {
      mayPass(this.#world, process, error);
    }
  }
}

function idsOf(name: string): () => string {
  let ids = 0;
  return () => {
    ids += 1;
    return `${name}-${ids}`;
  };
}
