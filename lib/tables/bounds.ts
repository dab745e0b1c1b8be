/** Every bound on a request to DynamoDB, each with its reason. */

/** Bytes after which a Query or a Scan ends its page ("Query" and "Scan", Amazon DynamoDB API reference). */
export const PAGE_BYTES_MAX = 1024 * 1024;

/** Items in one BatchGetItem, and bytes of its answer ("BatchGetItem", Amazon DynamoDB API reference). */
export const BATCH_GET_ITEMS_MAX = 100;
export const BATCH_GET_BYTES_MAX = 16 * 1024 * 1024;

/** Items that one BatchWriteItem removes ("BatchWriteItem", Amazon DynamoDB API reference). */
export const REMOVE_ITEMS_MAX = 25;

/** Actions in one transaction, and bytes of its items ("TransactWriteItems", Amazon DynamoDB API reference). */
export const TRANSACTION_ITEMS_MAX = 100;
export const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Tries of one request by the SDK, throttling and network faults included. Between three it waits random parts of 1 and 2 seconds
 * where DynamoDB throttles, and of 50 and 100 milliseconds after other faults. An append is two requests at the most where there
 * are no conflicts, and API Gateway waits for 30 seconds: whoever calls is told to come back long before.
 */
export const SDK_ATTEMPTS_MAX = 3;

/** DynamoDB answers in milliseconds; a connection that is silent for longer is lost, and the next try finds another. */
export const CONNECTION_TIMEOUT_MS = 1_000;
export const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Requests for keys of a batch that DynamoDB leaves unprocessed one time after the other, and the waits between them: where it
 * throttles, some seconds help or nothing does.
 */
export const UNPROCESSED_ATTEMPTS_MAX = 10;
export const UNPROCESSED_MS_MIN = 50;
export const UNPROCESSED_MS_MAX = 1_000;
