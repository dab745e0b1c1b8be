/** Lambda function: `POST /streams/{streamId}`. */
import { APPEND_OPERATIONS } from '../lib/http/app.ts';
import { apiHandler } from './api-handler.ts';

export const handler = apiHandler(APPEND_OPERATIONS, ['events', 'state']);
