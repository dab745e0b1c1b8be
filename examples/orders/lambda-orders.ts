/** Lambda function: the requests of orders. It reads what the projection order-summary has made, and appends to streams. */
import { apiHandler } from '../../lambdas/api-handler.ts';
import { orderOperations } from './http.ts';
import { orderHandler } from './order.ts';

export const handler = apiHandler([], ['events', 'state', 'readModels'], (tables) =>
  orderOperations(orderHandler(tables)),
);
