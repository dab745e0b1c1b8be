/** Lambda function: keeps `order-summary` up to date. Triggered by the stream of the Log table, and by a schedule. */
import { projectionHandler } from 'tidemark/lambda';
import { orderSummary } from './order-summary.ts';

export const handler = projectionHandler(orderSummary);
