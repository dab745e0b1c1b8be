/** Every bound of the HTTP API, each with its reason. */

/** Bytes of a request's body: what Lambda takes in one synchronous invocation ("Lambda quotas"). */
export const BODY_BYTES_MAX = 6 * 1024 * 1024;

/** Events on one page: a page of the largest events still fits into an answer of Lambda's 6 MB nearly always. */
export const PAGE_EVENTS_MAX = 1000;
export const PAGE_EVENTS_DEFAULT = 100;

/** Throttling passes within moments; a client that waits this long spreads its load. */
export const RETRY_AFTER_SECONDS = 1;
