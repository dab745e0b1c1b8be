import { openBuild } from '../projections/builds.ts';
import type { ProjectionContext } from '../projections/context.ts';
import type { Projection } from '../projections/definition.ts';
import { createProjectionRunner } from '../projections/runner.ts';
import type { TableNames } from '../tables/definitions.ts';
import { startProjectionLoop } from './projection-loop.ts';
import { pause } from './stream-pause.ts';
import { startStreamPoller } from './stream-poller.ts';

export interface LocalProjectionsOptions {
  readonly endpoint: string;
  readonly names: TableNames;
  readonly context: ProjectionContext;
  readonly projections: readonly Projection[];
  /** Is told what fails. Must not throw. */
  readonly reportError: (error: unknown) => void;
}

export interface LocalProjections {
  /** Begins no more transactions, and waits for those under way. */
  stop(): Promise<void>;
}

/**
 * The projections on this machine: what in AWS are Lambda functions, one for each, that the stream of the Log table triggers.
 *
 * One poller wakes them all and waits for none: each has a loop of its own, so that one that is slow or fails holds up neither the
 * others nor the stream.
 *
 * Resolves when all have begun: whoever asks for one, or waits for it, finds that there is one.
 */
export async function startLocalProjections(options: LocalProjectionsOptions): Promise<LocalProjections> {
  const { endpoint, names, context, projections, reportError } = options;
  await Promise.all(
    projections.map((projection) => openBuild(context, projection, context.newId(), 'run').catch(reportError)),
  );
  const loops = projections.map((projection) => {
    const { run } = createProjectionRunner(context, projection);
    return startProjectionLoop({ name: projection.name, run, pause, reportError });
  });
  const stopLoops = () => Promise.all(loops.map((loop) => loop.stop()));
  try {
    const poller = await startStreamPoller({
      endpoint,
      tableName: names.log,
      handler: async () => {
        for (const loop of loops) {
          loop.wake();
        }
      },
      reportError,
    });
    return {
      stop: async () => {
        await Promise.all([poller.stop(), stopLoops()]);
      },
    };
  } catch (error) {
    await stopLoops();
    throw error;
  }
}
