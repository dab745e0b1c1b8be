/** A Lambda function that sequences: it gets batches of stream records, keeps its memory from one to the next, and may die. */

import type { CommitHead } from '../../lib/events/stored-commit.ts';
import { createSequencer, type Sequencer } from '../../lib/index.ts';
import { sequenceScan } from '../../lib/log/scan-events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { mayPass } from './may-pass.ts';
import { processTables } from './process-tables.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

export function runSequencer(world: World, name: string): void {
  world.run(name, async (process) => {
    const sequencer = sequencerOf(world, process);
    const { onDeath } = process;
    for (;;) {
      await world.scheduler.turn(process, () => world.records.size > 0);
      const batches = [world.records.take(), ...(world.prng.chance(0.1) ? [world.records.take()] : [])];
      process.onDeath = () => {
        world.records.giveBack(batches.flat());
        onDeath();
      };
      const left = await Promise.all(batches.map((batch) => leftOf(world, process, sequencer, batch)));
      world.records.giveBack(left.flat());
      process.onDeath = onDeath;
    }
  });
}

/**
 * Scans that begin at any time; the last one begins when the faults are over, where records have been dropped.
 *
 * @param isLast whether the last one is done here
 */
export function runScanner(world: World, isLast = true): void {
  let scans = 0;
  const isDue = () => (world.isHealed ? isLast && !world.isFresh : scans < world.parameters.scans);
  world.run('scanner', async (process) => {
    const { context, sequencer } = scanning(world, process);
    for (;;) {
      await world.scheduler.turn(process, isDue);
      scans += 1;
      const { isHealed, model } = world;
      const stored = model.versions();
      world.note(process, () => 'scans');
      try {
        for await (const { damaged } of sequenceScan(context, sequencer)) {
          requireSound(world, damaged);
        }
        model.checkInLog(stored);
        world.hasScannedLast = isHealed;
      } catch (error) {
        mayPass(world, process, error);
      }
    }
  });
}

/** What a scan works with: pages of few commits, in some processes. */
export function scanning(world: World, process: Process) {
  const tables = tablesOf(world, process);
  const limit = world.prng.pick([0, 1, 3, 8]);
  const paged = withCalls(tables, {
    scan: (table, options) => tables.scan(table, limit === 0 ? options : { ...options, limit }),
  });
  const context = world.context(process, world.plant.scanner?.(paged, world.memory) ?? paged);
  return { context, sequencer: createSequencer(context) };
}

function tablesOf(world: World, process: Process) {
  const tables = processTables(world, process);
  return world.plant.sequencer?.(tables, world.memory) ?? tables;
}

function sequencerOf(world: World, process: Process): Sequencer {
  return createSequencer(world.context(process, tablesOf(world, process)));
}

/** The records that are delivered again: of a failed batch, or those that there was no time for. */
async function leftOf(
  world: World,
  process: Process,
  sequencer: Sequencer,
  batch: readonly CommitHead[],
): Promise<readonly CommitHead[]> {
  let turns = world.happens('timeUp') ? world.prng.between(0, 2) : Number.MAX_SAFE_INTEGER;
  world.note(process, () => `gets ${batch.map(({ streamId, version }) => `${streamId}@${version}`).join(' ')}`);
  const mayGoOn = () => {
    turns -= 1;
    return turns >= 0;
  };
  try {
    const { left, damaged } = await sequencer.sequence(batch, { mayGoOn });
    requireSound(world, damaged);
    return left;
  } catch (error) {
    mayPass(world, process, error);
    return batch;
  }
}

/** Nothing is ever damaged here. */
export function requireSound({ model }: World, damaged: ReadonlyMap<string, Error>): void {
  for (const [streamId, error] of damaged) {
    model.violate('nothing fails without a fault', `${streamId} is called damaged: ${error.message}`);
  }
}
