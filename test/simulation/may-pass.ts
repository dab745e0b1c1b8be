import { Throttled, Unavailable } from '../../lib/index.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

/** Errors that a fault explains; whoever gets one tries again. Any other is a violation. */
export function mayPass(world: World, process: Process, error: unknown): void {
  const { throttled, lost, late, contended, unprocessed } = world.parameters.rates;
  const hasFaults = throttled + lost + late + contended + unprocessed > 0;
  const isExplained = hasFaults && (error instanceof Throttled || error instanceof Unavailable);
  if (isExplained) {
    world.note(process, () => `fails: ${error.message}`);
  } else {
    world.unexpected(process, error);
  }
}
