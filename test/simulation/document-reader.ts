/** A process that reads documents, and never goes back in time. */
import type { OnError } from '../../lib/projections/definition.ts';
import { createReadModels } from '../../lib/projections/read-model.ts';
import { processTables } from './process-tables.ts';
import { PROJECTION, type TrailModel } from './projection-model.ts';
import { projectionMayPass } from './projection-processes.ts';
import type { World } from './world.ts';

export interface DocumentReaderOptions {
  readonly trails: TrailModel;
  readonly keys: readonly string[];
  readonly onError: OnError;
  readonly times: number;
}

export function runDocumentReader(world: World, name: string, options: DocumentReaderOptions): void {
  const { trails, keys, onError } = options;
  let left = options.times;
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
      const key = world.prng.pick(keys);
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
        reached.set(key, trails.check(key, onError, found, at, reached.get(key) ?? 0));
      } catch (error) {
        projectionMayPass(world, process, error);
      }
    }
  });
}
