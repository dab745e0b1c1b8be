/** Every bound of the functions that no layer below has, each with its reason. */

/**
 * Time that must be left for another transaction of a projection: its page of the log (16 MB, four requests at once), its functions,
 * the wait of up to 2 s behind an event that fails, and its write, tried again where DynamoDB throttles. A function with less time
 * than this does one transaction in each invocation.
 */
export const TRANSACTION_TIME_MS = 10_000;

/** Damages that one invocation names in the log: one that has hit a whole table would fill it. The metric counts all of them. */
export const DAMAGE_LINES_MAX = 100;

/** Correlation ids that a log line has, and characters of each: clients choose them. */
export const CORRELATION_IDS_MAX = 10;
export const CORRELATION_ID_LENGTH_MAX = 128;
