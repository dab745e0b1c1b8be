/** Every bound of aggregates, each with its reason. */

/**
 * Tries of one command before it gives up. Each loss means that another writer's command was accepted, so the store as a whole always
 * moves on; 16 writers of one stream at once stay far below it (test/aggregates/contention.test.ts).
 */
export const COMMAND_ATTEMPTS_MAX = 40;

/** Waiting between two tries: a random part of a time that doubles from the first to the second of these. */
export const COMMAND_BACKOFF_MS_MIN = 10;
export const COMMAND_BACKOFF_MS_MAX = 250;

/** Events between two snapshots, unless the caller wants another number: so many small events are read with one request. */
export const SNAPSHOT_EVERY_DEFAULT = 50;
