/** One run: what its processes share, and what is kept of it. */

import { decodeCommit } from '../../lib/events/stored-commit.ts';
import { memoryTables, type NewEvent } from '../../lib/index.ts';
import type { StoreContext } from '../../lib/store/context.ts';
import type { ConditionalPut, Tables } from '../../lib/tables/tables.ts';
import { chooserOf } from './choices.ts';
import { partOf } from './crash-calls.ts';
import { Model } from './model.ts';
import { parametersOf as logParameters, type Parameters } from './parameters.ts';
import { NOTHING_PLANTED, type Plant } from './plant.ts';
import { Prng } from './prng.ts';
import { Process, Scheduler } from './scheduler.ts';
import { StreamRecords } from './stream-records.ts';

/** 2026-01-01; a run's clock goes on from there. */
const BEGIN_MS = 1_767_225_600_000;

/** A run without faults is at rest long before. */
const STEPS_MAX = 30_000;

export interface WorldOptions {
  readonly plant?: Plant;
  /** Keeps the history; costs time. */
  readonly isTraced?: boolean;
  /** The point of a call at which the first process that comes to it, while there are faults, dies. */
  readonly diesAt?: string | undefined;
  /** Default: those of the log. */
  readonly parametersOf?: (prng: Prng) => Parameters;
  /** What writers append. Default: events of any types, to any stream. */
  readonly newEvent?: MakeEvent;
}

/** Makes an event that carries the label of its append. */
export type MakeEvent = (
  world: Pick<World, 'prng' | 'parameters'>,
  streamId: string,
  data: { readonly label: string; readonly index: number },
) => NewEvent;

export class World {
  readonly prng: Prng;
  readonly parameters: Parameters;
  readonly scheduler: Scheduler;
  readonly model = new Model();
  readonly records: StreamRecords;
  /** The tables without faults and without turns. */
  readonly memory: Tables;
  readonly plant: Plant;
  /** One line for each step; undefined where nobody asked for it. */
  readonly history: string[] | undefined;
  /** Whether the faulty part of the run is over. */
  isHealed = false;
  /** Whether a scan has found what nobody was told of, when the faults were over. */
  hasScannedLast = false;
  /** So far, stale reads among them. */
  faults = 0;
  readonly newEvent: MakeEvent;
  /** How often what has happened. */
  readonly met = new Map<string, number>();
  /** The points of calls that processes have come to while there were faults. */
  readonly passed = new Set<string>();
  /** Are told of every write, in the order in which they take effect. */
  readonly watchers: ((put: ConditionalPut) => void)[] = [];
  /** The point of a call at which the first process that comes to it dies. */
  readonly diesAt: string | undefined;
  #ids = 0;
  #clock = BEGIN_MS;
  #living = new Set<Process>();

  constructor(seed: number, options: WorldOptions = {}) {
    const { plant = NOTHING_PLANTED, isTraced = false, parametersOf = logParameters, newEvent = anyEvent } = options;
    this.prng = new Prng(seed);
    this.newEvent = newEvent;
    this.parameters = parametersOf(this.prng);
    this.scheduler = new Scheduler(chooserOf(this.parameters.choice, this.prng));
    this.records = new StreamRecords(this.prng);
    this.plant = plant;
    this.diesAt = options.diesAt;
    this.history = isTraced ? [] : undefined;
    const memory = memoryTables({
      lag: (writes) => this.#lag(writes),
      unprocessed: (keys) => (this.happens('unprocessed') ? this.prng.between(1, keys) : 0),
    });
    this.memory = {
      ...memory,
      put: async (put) => {
        const result = await memory.put(put);
        return this.#tell([put], result);
      },
      transact: async (puts) => {
        const result = await memory.transact(puts);
        return this.#tell(puts, result);
      },
    };
  }

  /** Whether reads are no longer stale: after the last scan, which must not depend on it. */
  get isFresh(): boolean {
    return this.isHealed && (this.records.dropped === 0 || this.hasScannedLast);
  }

  /** Whether a fault happens now. */
  happens(fault: Exclude<keyof Parameters['rates'], 'staleWrites'>): boolean {
    const isOver = fault === 'stale' ? this.isFresh : this.isHealed;
    const isFault = !isOver && this.prng.chance(this.parameters.rates[fault]);
    this.faults += isFault ? 1 : 0;
    return isFault;
  }

  /** Whether a process dies at a point of a call. */
  crashesAt(point: string): boolean {
    if (this.isHealed) {
      return false;
    }
    const isFirst = !this.passed.has(point);
    this.passed.add(point);
    if (isFirst && point === this.diesAt) {
      this.faults += 1;
      return true;
    }
    return partOf(point) === this.parameters.crashCalls && this.happens('crashAtCall');
  }

  /** What nobody can die at is not counted. */
  calls(name: string): void {
    if (!this.isHealed) {
      this.meet(`calls ${name}`);
    }
  }

  meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }

  note(process: Process, text: () => string): void {
    this.history?.push(`${this.scheduler.steps} ${process.name}: ${text()}`);
  }

  /** A process that lives until it dies, and then again. What it must remember is not its own. */
  run(name: string, live: (process: Process) => Promise<void>, generation = 1): void {
    const process = new Process(`${name}#${generation}`);
    this.#living.add(process);
    process.onDeath = () => {
      this.#living.delete(process);
      this.run(name, live, generation + 1);
    };
    live(process).catch((error: unknown) => this.unexpected(process, error));
  }

  unexpected(process: Process, error: unknown): void {
    this.model.violate('nothing fails without a fault', `${process.name}: ${String(error)}`);
    this.note(process, () => `fails: ${error instanceof Error ? error.stack : String(error)}`);
  }

  /** What it has sent off may still arrive. */
  kill(process: Process): void {
    this.note(process, () => 'dies');
    for (const { effect, point } of this.scheduler.kill(process)) {
      if (point !== undefined) {
        this.meet(`dies ${point}`);
      }
      if (effect !== undefined && this.prng.chance(0.5)) {
        this.later(process, effect);
      }
    }
  }

  killOne(): void {
    if (this.#living.size > 0) {
      this.kill(this.prng.pick([...this.#living]));
    }
  }

  /** So many steps, or until nobody can go on; afterwards there are no more faults. */
  async runFaulty(steps: number): Promise<void> {
    const { model, scheduler } = this;
    while (model.violation === undefined && scheduler.steps < steps && (await scheduler.step())) {
      if (this.happens('crash')) {
        this.killOne();
      }
    }
    this.isHealed = true;
    this.history?.push('No more faults');
  }

  /** Until nobody can go on. */
  async rest(): Promise<void> {
    const { model, scheduler } = this;
    while (model.violation === undefined && (await scheduler.step())) {
      model.require(scheduler.steps < STEPS_MAX, 'all comes to rest', () => `not after ${STEPS_MAX} steps`);
    }
  }

  /** Something that is on its way, whatever becomes of its process. */
  later(sender: Process, effect: () => void): void {
    const message = new Process(`${sender.name}, on the way`);
    this.scheduler
      .turn(message)
      .then(() => {
        this.note(message, () => 'arrives');
        effect();
      })
      .catch((error: unknown) => this.unexpected(message, error));
  }

  /** What a process's store or sequencer works with; a process's clock may be behind. */
  context(process: Process, tables: Tables): StoreContext {
    const skew = this.prng.between(0, 20);
    return {
      tables,
      delay: () => this.scheduler.turn(process),
      random: () => this.prng.next(),
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
      now: () => {
        this.#clock += this.prng.between(0, 3);
        return new Date(this.#clock - skew);
      },
    };
  }

  #lag(writes: number): number {
    return this.happens('stale') ? Math.min(writes, this.prng.between(1, this.parameters.rates.staleWrites)) : 0;
  }

  #tell<Result extends { readonly outcome: string }>(puts: readonly ConditionalPut[], result: Result): Result {
    for (const put of result.outcome === 'written' ? puts : []) {
      this.model.written(put);
      for (const watcher of this.watchers) {
        watcher(put);
      }
      if (put.table === 'events') {
        const { eventsJson: _, ...head } = decodeCommit(put.item);
        const { dropped, doubled } = this.parameters.rates;
        this.records.add(head, this.isHealed ? { dropped: 0, doubled } : { dropped, doubled });
      }
    }
    return result;
  }
}

export const EVENT_TYPES = ['X', 'Y', 'Z'];

const anyEvent: MakeEvent = ({ prng }, _, data) => ({ type: prng.pick(EVENT_TYPES), data });
