/** What `npm start` runs, and the command line finds. `order-rows` is not one of them: it needs a file. */
import type { Projection, Tables } from 'tidemark';
import { orderSummary } from './order-summary.ts';
import { revenuePerDay } from './revenue-per-day.ts';
import { orderReviews } from './review.ts';

export function projections(tables: Tables): readonly Projection[] {
  return [orderSummary, revenuePerDay, orderReviews(tables)];
}
