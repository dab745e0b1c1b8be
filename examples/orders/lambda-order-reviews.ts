/** Lambda function: the process manager `order-reviews`. */
import { projectionHandler } from 'tidemark/lambda';
import { orderReviews } from './review.ts';

export const handler = projectionHandler(orderReviews);
