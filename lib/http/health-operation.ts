import * as z from 'zod';
import { BARE_REQUEST, defineOperation } from './operation.ts';

export const healthOperation = defineOperation({
  method: 'GET',
  path: '/health',
  id: 'health',
  summary: 'Whether the API answers; it asks nothing of DynamoDB',
  request: BARE_REQUEST,
  answers: {
    200: {
      description: 'It does',
      schema: z.strictObject({ status: z.literal('ok') }),
    },
  },
  handle: async () => ({ status: 200, body: { status: 'ok' } }),
});
