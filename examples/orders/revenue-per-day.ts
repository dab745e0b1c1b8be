/** One document for each day, made from the orders of all streams. */
import { defineProjection } from 'tidemark';
import { ORDERS, orderEvents, toldOf } from './events.ts';

export type DayRevenue = {
  /** Such as `2026-11-23`, UTC. */
  readonly day: string;
  /** Orders that were placed, those without a total included. */
  readonly orders: number;
  readonly revenueCents: number;
};

const initial: DayRevenue = { day: '', orders: 0, revenueCents: 0 };

export const revenuePerDay = defineProjection({
  name: 'revenue-per-day',
  version: 1,
  events: orderEvents,
  category: ORDERS,
  onError: 'park',
  // When it was appended: the store sets it, and no clock is asked again when the projection is rebuilt.
  key: ({ metadata }) => dayOf(metadata.timestamp),
  initial,
  evolve: {
    OrderPlaced: ({ orders, revenueCents }, { data, metadata }) => ({
      day: dayOf(metadata.timestamp),
      orders: orders + 1,
      revenueCents: revenueCents + (toldOf(data).totalCents ?? 0),
    }),
  },
});

function dayOf(timestamp: string): string {
  return timestamp.slice(0, 'YYYY-MM-DD'.length);
}
