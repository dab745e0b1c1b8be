/** What a cost depends on besides the work and the prices: each is an assumption, and said as one. */

/** A month: the twelfth part of a year. */
export const DAYS_PER_MONTH = 365 / 12;
const SECONDS_PER_MONTH = DAYS_PER_MONTH * 24 * 60 * 60;

/** How much of an event is like the others of its append, so that deflate finds it again: as in the shop events of the tests. */
export const ALIKE = 0.85;

/** The lengths of keys: a category and a UUID. */
export const STREAM_ID = 'Order-0b54c1f2-7a31-4f5e-9d1c-5a6b7c8d9e0f';

/** Billed durations, with the memory that the functions are deployed with. */
export const FUNCTION_GB = 1;
export const APPEND_SECONDS = 0.015;
export const BATCH_SECONDS = 0.05;
export const WAKE_UP_SECONDS = 0.02;

/** What one request leaves behind: a line of access log, and a trace in one of twenty. */
export const ACCESS_LOG_BYTES = 400;
export const TRACED = 0.05;

/** DynamoDB adds so much to each stored item ("DynamoDB storage", item size and formats). */
export const ITEM_OVERHEAD_BYTES = 100;

/** A GB of DynamoDB: "1 GB = 1024 MB" ("Quotas in Amazon DynamoDB"). */
export const GB = 1024 ** 3;

/** Calls by the schedules of a deployment: each projection once a minute, verification once an hour, a scan once a week. */
export const WAKE_UPS_PER_MONTH = DAYS_PER_MONTH * 24 * 60;
export const VERIFICATIONS_PER_MONTH = DAYS_PER_MONTH * 24;
export const SCANS_PER_MONTH = DAYS_PER_MONTH / 7;

/** A wake-up that finds nothing: the end of the log at half a unit, the checkpoint consistently. */
export const WAKE_UP_READ_UNITS = 1.5;

/** Commits of a stream, as far as the scan is concerned: it reads a mark for each stream. */
export const COMMITS_PER_STREAM = 10;

/** What `Monitoring` deploys for a store with an API and one projection. */
export const ALARM_METRICS = 27;
export const DASHBOARDS = 2;
export const METRICS = 5;

/** Projections that the Log table's stream serves by itself; from then on all but one have a queue ("DynamoDB Streams", two readers). */
export const STREAM_PROJECTIONS_MAX = 2;

/** Lambda asks a stream's shard four times a second ("Polling and batching streams"); a pipe, which pays for it, is taken to do the same. */
export const PIPE_POLLS_PER_MONTH = SECONDS_PER_MONTH * 4;

/** Lambda polls an idle queue with five pollers that wait up to 20 s ("Using Lambda with Amazon SQS"). */
export const QUEUE_POLLS_PER_MONTH = (SECONDS_PER_MONTH * 5) / 20;

/** Sent, received and deleted. */
export const QUEUE_REQUESTS_PER_MESSAGE = 3;

/** Looks for something new by whoever follows the log: each half a unit where there is nothing. */
export const READER_POLLS_PER_MONTH = SECONDS_PER_MONTH * 4;
