/** Large orders are reviewed by a person: an aggregate of its own, in streams `Review-{orderId}`. */
import {
  type CommandHandler,
  commandHandler,
  defineDecider,
  defineEvents,
  defineProcessManager,
  type EventsOf,
  type HandlerProjection,
  type Tables,
} from 'tidemark';
import * as z from 'zod';
import { ORDERS, orderEvents, orderIdOf, toldOf } from './events.ts';

const reviewEvents = defineEvents({
  ReviewOpened: { schema: z.strictObject({ orderId: z.string(), totalCents: z.int() }) },
  ReviewClosed: { schema: z.strictObject({ isApproved: z.boolean() }) },
});

export type ReviewEvents = EventsOf<typeof reviewEvents>;

export interface ReviewCommands {
  readonly OpenReview: { readonly orderId: string; readonly totalCents: number };
  readonly CloseReview: { readonly isApproved: boolean };
}

export interface Review {
  readonly isOpen: boolean;
}

export const review = defineDecider<Review, ReviewCommands, ReviewEvents>({
  category: 'Review',
  initialState: { isOpen: false },
  decide: {
    OpenReview: ({ isOpen }, { data }) => (isOpen ? [] : [{ type: 'ReviewOpened', data }]),
    CloseReview: ({ isOpen }, { data }) => (isOpen ? [{ type: 'ReviewClosed', data }] : []),
  },
  evolve: {
    ReviewOpened: () => ({ isOpen: true }),
    ReviewClosed: () => ({ isOpen: false }),
  },
});

export function reviewHandler(tables: Tables): CommandHandler<Review, ReviewCommands, ReviewEvents> {
  return commandHandler({ tables, decider: review, events: reviewEvents });
}

/** Orders of 10,000.00 and more are looked at. */
const REVIEWED_CENTS_MIN = 1_000_000;

/**
 * The process manager that opens reviews: it reacts to an event of one aggregate with a command to another, once. However often the event
 * comes, also in a rebuild years later, a review that was closed is not opened again.
 */
export function orderReviews(tables: Tables): HandlerProjection {
  const reviews = reviewHandler(tables);
  return defineProcessManager({
    name: 'order-reviews',
    version: 1,
    category: ORDERS,
    events: orderEvents,
    react: {
      OrderPlaced: (event, send) => {
        const orderId = orderIdOf(event);
        const total = toldOf(event.data).totalCents ?? 0;
        return total < REVIEWED_CENTS_MIN
          ? undefined
          : send(reviews, `Review-${orderId}`, { type: 'OpenReview', data: { orderId, totalCents: total } });
      },
    },
  });
}
