import { UnknownProjection } from '../events/errors.ts';
import type { ReadModels } from '../projections/read-model.ts';

/** Read models that know no projection, for a server that has none. */
export const NO_READ_MODELS: ReadModels = {
  document: async (projection) => unknown(projection),
  statuses: async () => [],
  waitFor: async (projection) => unknown(projection),
};

function unknown(projection: string): never {
  throw new UnknownProjection(projection);
}
