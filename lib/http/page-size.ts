import type { RecordedEvent } from '../events/event.ts';
import { PAGE_BYTES_MAX } from './bounds.ts';

/** How many of the events fit on a page; at least one. */
export function countOnPage(events: readonly RecordedEvent[]): number {
  // Inside another string JSON is at most twice as long: most pages are far too small to be counted event by event.
  if (2 * Buffer.byteLength(JSON.stringify(events)) <= PAGE_BYTES_MAX) {
    return events.length;
  }
  let bytes = 0;
  const over = events.findIndex((event) => {
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(event)));
    return bytes > PAGE_BYTES_MAX;
  });
  return over === -1 ? events.length : Math.max(1, over);
}
