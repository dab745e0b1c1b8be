import { sequenceScan } from '../log/scan-events.ts';
import { createSequencer, type Sequencer } from '../log/sequencer.ts';
import { createProjectionContext, type ProjectionContext } from '../projections/context.ts';
import type { Projection } from '../projections/definition.ts';
import { createReadModels, type ReadModels } from '../projections/read-model.ts';
import { createProjectionRunner, type ProjectionRunner } from '../projections/runner.ts';
import { createEventStore, type EventStore } from '../store/event-store.ts';
import { memoryTables } from '../tables/memory-tables.ts';
import type { Tables } from '../tables/tables.ts';
import { SETTLE_ROUNDS_MAX } from './bounds.ts';

/** What a store in memory is made of. */
export interface MemorySystemOptions {
  /** What `settle` runs: projections; process managers are made of the tables. Default: none. */
  readonly projections?: readonly Projection[] | ((tables: Tables) => readonly Projection[]);
  /** Default: the system's clock. */
  readonly now?: () => Date;
  /** Default: tables in memory that nobody else uses. */
  readonly tables?: Tables;
}

/** A whole store in memory. */
export interface MemorySystem {
  /** For whatever needs them: `commandHandler({ tables, … })`, `createEventStore({ tables, events })`. */
  readonly tables: Tables;
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /**
   * Does what goes on by itself in a real one, until there is nothing left to do: puts what was appended into the log and runs the projections.
   * Nothing waits.
   *
   * @throws {Error} a projection halts, with what it says; or process managers go on for ever
   */
  settle(): Promise<void>;
}

/**
 * A whole store in memory, for tests that go through several parts of it: append, log, projections, process managers, commands. It is the same
 * code as on DynamoDB. Nothing happens by itself: `settle` says when.
 *
 * @example
 * const { tables, settle, readModels } = memorySystem({ projections: [orderSummary] });
 * await commandHandler({ tables, decider: order }).handle('Order-1', placeOrder);
 * await settle();
 * const summary = await readModels.document('order-summary', '1');
 */
export function memorySystem(options: MemorySystemOptions = {}): MemorySystem {
  const { tables = memoryTables(), now = () => new Date() } = options;
  const { projections: given = [] } = options;
  const projections = typeof given === 'function' ? given(tables) : given;
  const context: ProjectionContext = { ...createProjectionContext(tables), now, delay: async () => {} };
  const sequencer = createSequencer(context);
  const runners = projections.map((projection) => createProjectionRunner(context, projection));
  return {
    tables,
    store: createEventStore({ ...context }),
    readModels: createReadModels(context),
    settle: () => settle(context, sequencer, projections, runners),
  };
}

async function settle(
  context: ProjectionContext,
  sequencer: Sequencer,
  projections: readonly Projection[],
  runners: readonly ProjectionRunner[],
): Promise<void> {
  for (let round = 1; round <= SETTLE_ROUNDS_MAX; round++) {
    const added = await sequenceAll(context, sequencer);
    if (added === 0 && round > 1) {
      return;
    }
    for (const [index, runner] of runners.entries()) {
      const { outcome, failure } = await runner.run();
      if (outcome === 'halted') {
        const { type, position, message } = failure ?? { type: '?', position: 0, message: '?' };
        throw new Error(`Projection ${projections[index]?.name} halts at position ${position} (${type}): ${message}`);
      }
    }
  }
  throw new Error(`After ${SETTLE_ROUNDS_MAX} rounds there are still new events: process managers cause each other`);
}

/** @returns how many commits */
async function sequenceAll(context: ProjectionContext, sequencer: Sequencer): Promise<number> {
  let sequenced = 0;
  for await (const progress of sequenceScan(context, sequencer)) {
    sequenced = progress.sequenced;
    for (const error of progress.damaged.values()) {
      throw error;
    }
  }
  return sequenced;
}
