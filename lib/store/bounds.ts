/** Every bound of appending and reading, each with its reason. */

/**
 * Writes that one append tries before it gives up. Each loss means that another writer's append succeeded, so the store as a
 * whole always moves on; 64 writers of one stream at once stay far below it (test/store/contention.test.ts).
 */
export const APPEND_ATTEMPTS_MAX = 40;

/** Waiting between two tries: a random part of a time that doubles from the first to the second of these. */
export const BACKOFF_MS_MIN = 10;
export const BACKOFF_MS_MAX = 250;

/** How long a used idempotency key is known at least. DynamoDB deletes it within days after that. */
export const IDEMPOTENCY_KEY_SECONDS = 7 * 24 * 60 * 60;
