/** Every bound of the HTTP API, each with its reason. */

/** Bytes of a request's body: what Lambda takes in one synchronous invocation ("Lambda quotas"). */
export const BODY_BYTES_MAX = 6 * 1024 * 1024;

/** Events on one page, where they are small enough for `PAGE_BYTES_MAX`. */
export const PAGE_EVENTS_MAX = 1000;
export const PAGE_EVENTS_DEFAULT = 100;

/**
 * Bytes of the events on one page, as Lambda counts them: it answers with at most 6 MB, in which the body is a string inside
 * JSON ("Lambda quotas"). The rest is room for what stands around them. An event of 400 KB stays far below it, so a page has
 * always some.
 */
export const PAGE_BYTES_MAX = 5 * 1024 * 1024;

/** Errors that one answer names, and characters of each: 6 MB of body can have millions, each larger than what it is about. */
export const ERRORS_MAX = 100;
export const ERROR_LENGTH_MAX = 500;

/** Throttling passes within moments; a client that waits this long spreads its load. */
export const RETRY_AFTER_SECONDS = 1;

/**
 * Seconds for which an answer is held: the reads after it included, it is there before API Gateway gives up after 30 s
 * ("Quotas for configuring and running an HTTP API").
 */
export const WAIT_SECONDS_MAX = 20;

/** Characters of a projection's name: no longer one can be defined. */
export const PROJECTION_NAME_LENGTH_MAX = 63;

/** How often a request for events that is held looks again: one read unit each time, more behind a large entry. */
export const LOG_POLL_MS = 250;

/**
 * Requests that one process holds: each looks 4 to 10 times a second, so these are 1,000 reads at the most, which DynamoDB Local has time for.
 * A Lambda function has one at a time.
 */
export const HELD_REQUESTS_MAX = 100;

/** Event types of one filter: each is compared with those of each of the 100,000 commits that one page may pass over. */
export const FILTER_TYPES_MAX = 100;
