/** Processes that run one projection: runners of two versions of its code, rebuilds, redrives, and the last one, without faults. */
import {
  createProjectionRunner,
  ProjectionContention,
  type ProjectionContext,
  UnknownProjection,
} from '../../lib/index.ts';
import type { Purpose } from '../../lib/projections/builds.ts';
import type { Projection } from '../../lib/projections/definition.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import type { ProjectionRunner } from '../../lib/projections/runner.ts';
import { decodeCheckpoint } from '../../lib/projections/stored-checkpoint.ts';
import { decodeParked, parkedPartition } from '../../lib/projections/stored-parked.ts';
import { mayPass } from './may-pass.ts';
import type { Double } from './plant.ts';
import type { Prng } from './prng.ts';
import { processTables } from './process-tables.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

const FINAL_RUNS_MAX = 20;

export interface ProjectionProcessesOptions {
  readonly world: World;
  /** The name of the projection. */
  readonly name: string;
  /** Of the code of a version, as a process has it deployed. */
  readonly projectionOf: (process: Process, version: number, isMended: () => boolean) => Projection;
  readonly plant: Double | undefined;
  /** How many steps there are until a mended version is deployed, and the second one. */
  readonly mendedAt: number;
  readonly secondAt: number;
  /** Appends something, in the end, where it is known that runners remember what was there. */
  readonly feed?: () => Promise<void>;
}

/** So late that what fails is set aside, or halts its projection, before; so early that it is redriven afterwards. */
export function mendedAt(prng: Prng, faultySteps: number): number {
  return prng.between(Math.ceil(faultySteps * 0.3), Math.ceil(faultySteps * 0.8));
}

export class ProjectionProcesses {
  readonly #options: ProjectionProcessesOptions;
  readonly #world: World;
  /** Those that are alive, with what they remember. */
  readonly #warm = new Map<string, ProjectionRunner>();

  constructor(options: ProjectionProcessesOptions) {
    this.#options = options;
    this.#world = options.world;
  }

  /** A version of the code that is deployed by now. */
  get version(): number {
    const { scheduler, prng } = this.#world;
    return scheduler.steps >= this.#options.secondAt ? prng.pick([1, 2]) : 1;
  }

  /** The version that is deployed in the end. */
  get lastVersion(): number {
    return this.#options.secondAt === Number.MAX_SAFE_INTEGER ? 1 : 2;
  }

  /** Runners of both versions, maybe a rebuild, and redrives. */
  runAll(kind: string, faultySteps: number): void {
    const { parameters, prng, scheduler } = this.#world;
    for (let index = 1; index <= prng.between(1, 3); index++) {
      this.runRunner(`${kind} ${index}`, 1, 'run', prng.between(1, 12), () => true);
    }
    const isSecond = () => scheduler.steps >= this.#options.secondAt;
    for (let index = 1; index <= prng.between(1, 2); index++) {
      this.runRunner(`${kind} 2.${index}`, 2, 'run', prng.between(1, 8), isSecond);
    }
    if (prng.chance(0.6)) {
      const begin = prng.between(20, faultySteps);
      const version = begin >= this.#options.secondAt ? prng.pick([1, 2]) : 1;
      this.runRunner(`${kind} rebuild 1`, version, 'rebuild', prng.between(1, 3), () => scheduler.steps >= begin);
    }
    const redrivers = parameters.badness > 0 ? prng.between(1, 2) : prng.between(0, 1);
    for (let index = 1; index <= redrivers; index++) {
      const begin = prng.pick([prng.between(0, faultySteps), this.#options.mendedAt, this.#options.mendedAt]);
      this.runRedriver(`${kind} redrive ${index}`, prng.between(1, 6), () => scheduler.steps >= begin);
    }
  }

  runRunner(name: string, version: number, purpose: Purpose, runs: number, isDue: () => boolean): void {
    const world = this.#world;
    let left = runs;
    world.run(name, async (process) => {
      const projection = this.#options.projectionOf(process, version, () => this.#isMended);
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

  runRedriver(name: string, times: number, isDue: () => boolean): void {
    const world = this.#world;
    let left = times;
    world.run(name, async (process) => {
      while (left > 0) {
        await world.scheduler.turn(process, () => !world.isHealed && isDue());
        left -= 1;
        const { version } = this;
        try {
          const projection = this.#options.projectionOf(process, version, () => this.#isMended);
          world.note(process, () => `redrives with ${version}`);
          const result = await redrive(this.#context(process), projection);
          world.meet(`redrive: ${result.applied > 0 ? 'applied' : 'nothing'}`);
          world.note(process, () => `has redriven: ${JSON.stringify(result)}`);
        } catch (error) {
          projectionMayPass(world, process, error);
        }
      }
    });
  }

  /** Without faults: all that remember something run again, and one who does not; then all is as it should be. */
  async finish(process: Process): Promise<void> {
    const { feed = async () => {}, name, projectionOf } = this.#options;
    const world = this.#world;
    const { model } = world;
    const context = this.#context(process);
    const projection = projectionOf(process, this.lastVersion, () => true);
    const runWarm = async () => {
      for (const [, runner] of this.#warm) {
        await feed();
        await this.#runOnce(process, runner);
      }
    };
    await runWarm();
    await this.#toEnd(process, context, projection, 'run');
    // A rebuild that has died is brought to its end, or another one is made.
    const isBuilding = (await createReadModels(context).statuses(name)).length > 1;
    if (isBuilding || world.prng.chance(0.5)) {
      await this.#toEnd(process, context, projection, 'rebuild');
    }
    await runWarm();
    // What a process manager has caused goes on into the log meanwhile.
    const { head } = model;
    await this.#toEnd(process, context, projection, 'run');
    await redrive(context, projection);
    const [status] = await createReadModels(context).statuses(name);
    model.require(
      status !== undefined && status.position >= head && status.parked === 0 && status.error === undefined,
      'projections get to the end',
      () => `${JSON.stringify(status)} of ${head}`,
    );
    await this.#checkLeft(status?.build ?? '');
  }

  get #isMended(): boolean {
    return this.#world.isHealed || this.#world.scheduler.steps >= this.#options.mendedAt;
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
      world.meet(`run: ${result.outcome}`);
      world.note(process, () => `has run: ${JSON.stringify(result)}`);
    } catch (error) {
      projectionMayPass(world, process, error);
    }
  }

  async #toEnd(process: Process, context: ProjectionContext, projection: Projection, purpose: Purpose): Promise<void> {
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
    const { name } = this.#options;
    const { memory, model } = this.#world;
    const { items: documents } = await memory.scan('readModels', { consistency: 'strong' });
    const { items: state } = await memory.scan('state', { consistency: 'strong' });
    const checkpoints = state.filter(({ SK }) => SK.startsWith('BUILD#')).map(decodeCheckpoint);
    const own = checkpoints.filter((checkpoint) => checkpoint.name === name);
    const retired = own.filter(({ isRetired }) => isRetired);
    const partitions = new Set(own.map((checkpoint) => parkedPartition(name, checkpoint.build)));
    const parked = state.filter(({ PK }) => PK.startsWith(`PARKED#${name}@`) || partitions.has(PK)).map(decodeParked);
    const waiting = parked.filter(({ position }) => position > 0);
    const old = documents.filter(({ PK }) => PK.startsWith(`${name}@`) && !PK.startsWith(`${name}@${build}#`));
    model.require(
      retired.length === 0 && waiting.length === 0 && old.length === 0,
      'nothing is left of old builds',
      () => `beside ${build}: ${JSON.stringify([...retired, ...waiting, ...old.map(({ PK }) => PK)])}`,
    );
  }

  #context(process: Process): ProjectionContext {
    const world = this.#world;
    const tables = processTables(world, process);
    return world.context(process, this.#options.plant?.(tables, world.memory) ?? tables);
  }
}

/** What a runner or a reader of projections may fail with, faults aside. */
export function projectionMayPass(world: World, process: Process, error: unknown): void {
  if (error instanceof UnknownProjection || error instanceof ProjectionContention) {
    world.note(process, () => `fails: ${error.message}`);
  } else {
    mayPass(world, process, error);
  }
}
