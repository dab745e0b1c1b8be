/**
 * One run of everything at once: writers, callers of commands, sequencers, scans, readers, a projection and a process manager, several of each,
 * every step and every fault chosen by a seed.
 */

import type { OnError } from '../../lib/projections/definition.ts';
import { newSystemEvent, SYSTEM_STREAMS, SYSTEM_TRAILS, systemParametersOf } from './accounts.ts';
import { Claims } from './claims.ts';
import { handlersOf, runCaller } from './command-caller.ts';
import { CommandClaims } from './command-claims.ts';
import { CommandModel } from './command-model.ts';
import { runDocumentReader } from './document-reader.ts';
import { type Outcome, outcomeOf, withoutTraces } from './outcome.ts';
import { PROJECTION, TrailModel, trailProjection } from './projection-model.ts';
import { mendedAt, ProjectionProcesses } from './projection-processes.ts';
import { KEEPER, ledgerKeeper, ReactionModel } from './reactions.ts';
import type { Reader } from './readers.ts';
import { runScansOn } from './scan-on-process.ts';
import type { Process } from './scheduler.ts';
import { checkLog, numbers, runLog, type Simulate } from './simulate.ts';
import { runSnapshotDamage } from './snapshot-damage.ts';
import { World } from './world.ts';

export const simulateSystem: Simulate = (seed, options = {}) =>
  withoutTraces(options.isTraced ?? false, () => {
    const world = new World(seed, { ...options, parametersOf: systemParametersOf, newEvent: newSystemEvent });
    return new SystemRun(world).run(seed);
  });

class SystemRun {
  readonly #world: World;
  readonly #claims: Claims;
  readonly #trails: TrailModel;
  readonly #reactions: ReactionModel;
  readonly #projection: ProjectionProcesses;
  readonly #keeper: ProjectionProcesses;

  constructor(world: World) {
    const { model, plant, prng } = world;
    this.#world = world;
    this.#claims = new Claims(model);
    this.#trails = new TrailModel(model, SYSTEM_TRAILS);
    this.#reactions = new ReactionModel(model);
    world.watchers.push((put) => this.#reactions.written(put));
    const onError = prng.pick<OnError>(['halt', 'park']);
    this.#projection = new ProjectionProcesses({
      ...this.#deployments(),
      name: PROJECTION,
      projectionOf: (_, version, isMended) => trailProjection(version, onError, isMended, SYSTEM_TRAILS),
      plant: plant.projection,
    });
    const keeperOnError = prng.pick<OnError>(['halt', 'park']);
    const limits = { snapshotEvery: prng.pick([0, 2, 3]), cachedStatesMax: prng.pick([0, 2]), isLouder: false };
    this.#keeper = new ProjectionProcesses({
      ...this.#deployments(),
      name: KEEPER,
      projectionOf: (process, version, isMended) => {
        const handlers = handlersOf(world, process, limits, plant.keeper);
        return ledgerKeeper({ handlers, version, onError: keeperOnError, isMended });
      },
      plant: plant.keeper,
    });
    this.#runReaders(onError);
  }

  async run(seed: number): Promise<Outcome> {
    const world = this.#world;
    const { model } = world;
    const readers = this.#runAll();
    await world.runFaulty(world.parameters.faultySteps);
    await world.rest();
    await this.#finale((process) => this.#keeper.finish(process));
    await this.#finale((process) => this.#projection.finish(process));
    if (model.violation === undefined) {
      checkLog(world, this.#claims, readers);
      this.#reactions.checkAll();
      await this.#trails.checkAllLast(world.memory, SYSTEM_STREAMS, this.#projection.lastVersion);
    }
    return outcomeOf(world, seed);
  }

  #runAll(): Reader[] {
    const world = this.#world;
    const { model, parameters, prng } = world;
    const scansOnLast = prng.chance(0.5);
    const readers = runLog(world, this.#claims, !scansOnLast);
    const commands = new CommandModel(model);
    world.watchers.push((put) => commands.written(put));
    const claims = new CommandClaims(commands);
    const callers = prng.between(1, 4);
    const operations = Math.ceil(prng.between(5, 25) / callers);
    for (const caller of numbers(callers)) {
      runCaller(world, `caller ${caller}`, { commands, claims, operations });
    }
    runScansOn(world, scansOnLast);
    runSnapshotDamage(world, prng.pick([0, 0, 3, 10]));
    this.#keeper.runAll('keeper', parameters.faultySteps);
    this.#projection.runAll('runner', parameters.faultySteps);
    return readers;
  }

  /** When a mended version is deployed, and the second one. */
  #deployments() {
    const world = this.#world;
    const { faultySteps } = world.parameters;
    return {
      world,
      mendedAt: mendedAt(world.prng, faultySteps),
      secondAt: world.prng.chance(0.6) ? world.prng.between(0, faultySteps) : Number.MAX_SAFE_INTEGER,
    };
  }

  #runReaders(onError: OnError): void {
    const { prng } = this.#world;
    for (const reader of numbers(prng.between(1, 2))) {
      const options = { trails: this.#trails, keys: SYSTEM_STREAMS, onError, times: prng.between(3, 20) };
      runDocumentReader(this.#world, `reader ${reader}`, options);
    }
  }

  /** Something without faults, and all that follows from it. */
  async #finale(run: (process: Process) => Promise<void>): Promise<void> {
    const world = this.#world;
    let hasEnded = false;
    if (world.model.violation === undefined) {
      world.run('finale', async (process) => {
        await world.scheduler.turn(process);
        await run(process);
        hasEnded = true;
      });
      await world.rest();
      world.model.require(hasEnded, 'all comes to rest', () => 'the finale does not end');
    }
  }
}
