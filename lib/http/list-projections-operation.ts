import * as z from 'zod';
import type { ProjectionStatus } from '../projections/read-model.ts';
import { defineOperation, NO_BODY } from './operation.ts';
import { BUSY, InvalidRequestProblem, Problem } from './problem.ts';

const ProjectionBody = z.strictObject({
  name: z.string(),
  version: z.int().min(1).meta({ description: 'Of its code' }),
  state: z.enum(['live', 'catching-up', 'rebuilding', 'failing', 'halted']).meta({
    description:
      '`live`: it has everything that is in the log. `catching-up`: not yet. `rebuilding`: it is built beside the live one, ' +
      'which is read until then. `failing`: an event fails, and is tried again. `halted`: it is not tried again by itself',
  }),
  position: z.int().min(0).meta({ description: 'How far in the log it is' }),
  head: z.int().min(0).meta({ description: 'The position of the last event of the log; 0 where there is none' }),
  lag: z.int().min(0).meta({ description: 'Events of the log that it has not come to, whether it wants them or not' }),
  updatedAt: z.iso.datetime().meta({ description: 'When its position was written last, UTC' }),
  parked: z.int().min(0).meta({ description: 'Events that are set aside because they failed' }),
  error: z
    .strictObject({
      position: z.int().min(1).meta({ description: 'Of the event that fails' }),
      eventId: z.string(),
      type: z.string(),
      message: z.string(),
      since: z.iso.datetime().meta({ description: 'When it failed first, UTC' }),
      attempts: z.int().min(1),
    })
    .optional()
    .meta({ description: 'Why it is `failing` or `halted`' }),
});

export const listProjectionsOperation = defineOperation({
  method: 'GET',
  path: '/projections',
  id: 'listProjections',
  summary: 'The projections: how far each has come, and whether one fails',
  request: z.object({ path: z.strictObject({}), query: z.strictObject({}), headers: z.object({}), body: NO_BODY }),
  answers: {
    200: {
      description: 'All that have run, by name. One that is rebuilt comes twice, the one that is read first',
      schema: z.strictObject({ projections: z.array(ProjectionBody) }),
    },
    400: { description: 'It takes no parameters', schema: InvalidRequestProblem },
    500: { description: 'The server failed', schema: Problem },
    503: BUSY,
  },
  handle: async ({ readModels }) => {
    const statuses = await readModels.statuses();
    return { status: 200, body: { projections: statuses.map(bodyOf) } };
  },
});

/** Member by member: what the library says besides is not part of the API. */
function bodyOf(status: ProjectionStatus): z.infer<typeof ProjectionBody> {
  const { name, version, state, position, head, lag, updatedAt, parked } = status;
  return { name, version, state, position, head, lag, updatedAt, parked, ...errorOf(status) };
}

function errorOf({ error }: ProjectionStatus): Pick<z.infer<typeof ProjectionBody>, 'error'> {
  if (error === undefined) {
    return {};
  }
  const { position, eventId, type, message, since, attempts } = error;
  return { error: { position, eventId, type, message, since, attempts } };
}
