/** Lambda function: the process manager `order-reviews`. */
import { projectionHandler } from '../../lambdas/projection.ts';
import { orderReviews } from './review.ts';

export const handler = projectionHandler(orderReviews);
