/** The projections that `npm start` runs, and that the command line finds. `order-rows` is not one of them: it needs a file. */
import type { Projection } from 'tidemark';
import { orderSummary } from './order-summary.ts';
import { revenuePerDay } from './revenue-per-day.ts';

export const projections: readonly Projection[] = [orderSummary, revenuePerDay];
