import type { RecordedEvent } from '../events/event.ts';
import { emptyStream, type NewEvent } from '../events/event.ts';
import { newCommit } from '../events/new-commit.ts';
import { commitAfter, recordedEvents } from '../events/stored-commit.ts';

/** When events of a test are appended, unless it says otherwise. */
const TIMESTAMP = '2026-01-01T00:00:00.000Z';

/**
 * Events as they are read from a stream that has nothing but them: through their stored form, so that what is no JSON is found out here.
 *
 * @throws {InvalidEvent} they cannot be stored
 */
export function recorded(
  streamId: string,
  events: readonly NewEvent[],
  timestamp: string = TIMESTAMP,
): RecordedEvent[] {
  return events.length === 0
    ? []
    : recordedEvents(commitAfter(emptyStream(streamId), newCommit(streamId, 'given', events), timestamp));
}
