/** Every bound of projections, each with its reason. */

/** Events that a runner reads of the log at once. */
export const PAGE_EVENTS_MAX = 1_000;

/** Items of one transaction besides the checkpoint: DynamoDB takes 100 ("TransactWriteItems", Amazon DynamoDB API reference). */
export const BATCH_ITEMS_MAX = 99;

/** Bytes of the documents of one transaction: DynamoDB takes 4 MB, keys and conditions included. */
export const BATCH_BYTES_MAX = 3.5 * 1024 * 1024;

/** Bytes of documents that a warm runner remembers, as JSON. */
export const REMEMBERED_BYTES_MAX = 32 * 1024 * 1024;

/** Tries of an event that fails before the projection halts: with the waits between them, some seconds. */
export const EVENT_ATTEMPTS_MAX = 5;
export const EVENT_BACKOFF_MS_MIN = 100;
export const EVENT_BACKOFF_MS_MAX = 2_000;

/** Tries of a write that loses against other transactions on the same items. */
export const WRITE_ATTEMPTS_MAX = 10;
export const WRITE_BACKOFF_MS_MIN = 10;
export const WRITE_BACKOFF_MS_MAX = 500;

/** Characters of a key: with the names around it, far below the 2,048 bytes of a partition key. */
export const KEY_LENGTH_MAX = 256;

/** Characters of an error message that a status keeps. */
export const MESSAGE_LENGTH_MAX = 500;

/** How often a reader that waits for a position looks: two read units each time. */
export const WAIT_POLL_MS = 100;

/** Times that a read starts again because a new version took over in the middle of it; that happens seldom enough for one. */
export const SWITCHES_MAX = 3;

/**
 * Times that one run begins again: because a build has taken over, or was touched by somebody else. A rebuild under continuous appends
 * is behind the live one by less each time.
 */
export const ROUNDS_MAX = 50;

/** Times that a build is found behind the live one when it has caught up; then the live one is stopped for it. */
export const SWITCH_REFUSALS_MAX = 3;
