import * as z from 'zod';
import { defineOperation, NO_BODY } from './operation.ts';

export const healthOperation = defineOperation({
  method: 'GET',
  path: '/health',
  id: 'health',
  summary: 'Whether the API answers; it asks nothing of DynamoDB',
  request: z.object({
    path: z.strictObject({}),
    query: z.object({}),
    headers: z.object({}),
    body: NO_BODY,
  }),
  answers: {
    200: {
      description: 'It does',
      schema: z.strictObject({ status: z.literal('ok') }),
    },
  },
  handle: async () => ({ status: 200, body: { status: 'ok' } }),
});
