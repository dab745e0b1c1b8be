import { ProjectionContention } from '../events/errors.ts';
import { WRITE_ATTEMPTS_MAX } from './bounds.ts';
import { openBuild, takeOver } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import type { Projection } from './definition.ts';

/**
 * Begins a projection anew from position 0, at once: until its runner has caught up, readers find less than before. A rebuild, which
 * takes over when it has caught up, is what one most often wants.
 *
 * @throws {ProjectionContention} its runner was always faster
 */
export async function resetProjection(
  context: ProjectionContext,
  projection: Projection,
): Promise<'reset' | 'outdated'> {
  const runner = context.newId();
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
    const opened = await openBuild(context, projection, runner, 'rebuild');
    if (opened.kind === 'outdated') {
      return 'outdated';
    }
    if ((await takeOver(context, opened.entry, opened.checkpoint, true)) === 'taken') {
      return 'reset';
    }
  }
  throw new ProjectionContention(projection.name, WRITE_ATTEMPTS_MAX);
}
