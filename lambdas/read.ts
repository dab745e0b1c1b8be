/** Lambda function: everything of the API that reads. */
import { READ_OPERATIONS } from '../lib/http/app.ts';
import { apiHandler } from './api-handler.ts';

export const handler = apiHandler(READ_OPERATIONS, ['events', 'log', 'state', 'readModels']);
