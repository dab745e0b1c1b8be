import { LOOK_AHEAD_GROWTH_MAX, LOOK_AHEAD_GROWTH_MIN } from './bounds.ts';

/** What the references that a reader has read so far have come to. */
export interface LookedAt {
  /** Positions, those included of events that are not wanted. */
  readonly positions: number;
  /** Wanted events among them, at the most. */
  readonly matching: number;
}

/**
 * How many positions the next Query of references looks at, to find so many wanted events.
 *
 * The first Query of a reader looks at as many as are wanted: that is exact where all events are, and what it costs says nothing
 * of the log. The following ones look at twice as many as would do if wanted events stood as close as they did so far; for a
 * page that was not full by then, and for whoever goes on reading.
 */
export function positionsAhead({ positions, matching }: LookedAt, wanted: number): number {
  if (positions === 0) {
    return wanted;
  }
  const likely = (2 * wanted * positions) / matching;
  const least = LOOK_AHEAD_GROWTH_MIN * positions;
  return Math.ceil(Math.min(Math.max(likely, least), LOOK_AHEAD_GROWTH_MAX * positions));
}
