/**
 * One run of projections: runners of two versions, rebuilds, redrives and readers beside a log that grows, every step and every
 * fault chosen by a seed. The log itself is written without faults: `simulate.ts` is about that.
 */
import type { ItemKey } from '../../lib/events/item.ts';
import { commitKey, decodeCommitHead } from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, type NewEvent } from '../../lib/index.ts';
import type { OnError } from '../../lib/projections/definition.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { runDocumentReader } from './document-reader.ts';
import { type Outcome, outcomeOf, withoutTraces } from './outcome.ts';
import { PROJECTION, TrailModel, trailProjection } from './projection-model.ts';
import { mendedAt, ProjectionProcesses } from './projection-processes.ts';
import type { Simulate } from './simulate.ts';
import { World } from './world.ts';

const KEYS = ['A-1', 'A-2', 'B-1'];

export const simulateProjections: Simulate = (seed, options = {}) =>
  withoutTraces(options.isTraced ?? false, () => new ProjectionRun(new World(seed, options)).run(seed));

class ProjectionRun {
  readonly #world: World;
  readonly #trails: TrailModel;
  readonly #onError: OnError;
  readonly #faultySteps: number;
  /** Appends of all of the run. */
  readonly #appends: number;
  readonly #feed: () => Promise<void>;
  readonly #processes: ProjectionProcesses;
  #appended = 0;
  #hasEnded = false;

  constructor(world: World) {
    const { prng } = world;
    this.#world = world;
    this.#trails = new TrailModel(world.model);
    this.#onError = prng.pick(['halt', 'park']);
    this.#faultySteps = prng.between(150, 900);
    this.#appends = prng.between(5, 30);
    this.#feed = feeder(world, () => this.#newEvents());
    this.#processes = new ProjectionProcesses({
      world,
      name: PROJECTION,
      projectionOf: (_, version, isMended) => trailProjection(version, this.#onError, isMended),
      plant: world.plant.projection,
      mendedAt: mendedAt(prng, this.#faultySteps),
      secondAt: prng.chance(0.6) ? prng.between(0, this.#faultySteps) : Number.MAX_SAFE_INTEGER,
      feed: this.#feed,
    });
  }

  async run(seed: number): Promise<Outcome> {
    const world = this.#world;
    const { model, prng } = world;
    this.#runFeeder();
    this.#processes.runAll('runner', this.#faultySteps);
    for (let index = 1; index <= prng.between(1, 2); index++) {
      const options = { trails: this.#trails, keys: KEYS, onError: this.#onError, times: prng.between(5, 40) };
      runDocumentReader(world, `reader ${index}`, options);
    }
    await world.runFaulty(this.#faultySteps);
    // Nobody scans here: from now on reads are fresh.
    world.hasScannedLast = true;
    await world.rest();
    if (model.violation === undefined) {
      this.#runFinale();
      await world.rest();
      model.require(this.#hasEnded, 'all comes to rest', () => 'the finale does not end');
    }
    return outcomeOf(world, seed);
  }

  #newEvents(): NewEvent[] {
    const { parameters, prng } = this.#world;
    return Array.from({ length: prng.between(1, 3) }, () => {
      const type = prng.pick(['Added', 'Added', 'Added', 'Added', 'Other', 'Ended']);
      const isBad = !this.#world.isHealed && prng.chance(parameters.badness);
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

  #runFinale(): void {
    const world = this.#world;
    world.run('finale', async (process) => {
      await world.scheduler.turn(process);
      await this.#processes.finish(process);
      await this.#trails.checkAllLast(world.memory, KEYS, this.#processes.lastVersion);
      this.#hasEnded = true;
    });
  }
}

/** Appends, and puts it into the log, without faults, keys that are left unprocessed among them. */
function feeder({ memory, prng }: World, newEvents: () => NewEvent[]): () => Promise<void> {
  const getAll = async (table: Table, keys: readonly ItemKey[]) =>
    (await Promise.all(keys.map((key) => memory.get(table, key, 'strong')))).filter((item) => item !== undefined);
  const tables = withCalls(memory, {
    batchGet: async (table, keys) => ({ items: await getAll(table, keys), unprocessed: [] }),
  });
  const direct = { tables, delay: async () => {}, random: () => 0.5 };
  const store = createEventStore({ ...direct, now: () => new Date(0), newId: idsOf('commit') });
  const sequencer = createSequencer(direct);
  return async () => {
    const { streamId, firstVersion } = await store.append(prng.pick(KEYS), newEvents());
    const item = await memory.get('events', commitKey(streamId, firstVersion), 'strong');
    await sequencer.sequence(item === undefined ? [] : [decodeCommitHead(item)]);
  };
}

function idsOf(name: string): () => string {
  let ids = 0;
  return () => {
    ids += 1;
    return `${name}-${ids}`;
  };
}
