/** Every bound and size of what is deployed, each with its reason. */
import { Duration } from 'aws-cdk-lib';

/**
 * DynamoDB Streams: "no more than two processes at most should be reading from the same stream's shard at the same time. Having more
 * than two readers per shard can result in throttling."
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
export const STREAM_READERS_MAX = 2;

/** Lambda gives processor time by memory (1,769 MB are one virtual CPU); with less, starting and JSON take longer than what is saved. */
export const MEMORY_MB = 1024;

/** API Gateway waits 30 s at most for an answer of an HTTP API; a function that is cut off by then is paid for and answers nobody. */
export const API_TIMEOUT = Duration.seconds(29);

/** The sequencer and projections stop by themselves when their time is nearly over, and go on in the next invocation. */
export const STREAM_FUNCTION_TIMEOUT = Duration.minutes(1);

/** Lambda's maximum. Scan and verify remember how far they have come, and go on from there. */
export const SCHEDULED_FUNCTION_TIMEOUT = Duration.minutes(15);

/**
 * Records of one invocation, at most; Lambda also cuts at 6 MB. A batch becomes one entry of the log, and a write for each stream in it:
 * large batches cost less, and they only become large when there is that much to do.
 */
export const STREAM_BATCH_SIZE = 1000;

/** Lambda's range of a stream's batch. */
export const STREAM_BATCH_SIZE_MAX = 10_000;

/** Messages of a queue are wake-ups: one invocation takes as many as there are. Above 10 Lambda wants a batching window. */
export const QUEUE_BATCH_SIZE = 1000;
export const QUEUE_BATCHING_WINDOW = Duration.seconds(1);

/** The least that Lambda allows for a queue. One runner works, the other one finds that out and stops. */
export const QUEUE_CONCURRENCY = 2;

/** "Set the queue's visibility timeout to at least six times the function timeout": AWS Lambda, Amazon SQS. */
export const VISIBILITY_TIMEOUTS = 6;

/** A wake-up that nobody has taken for an hour is worth nothing: the schedule has long done its work. */
export const WAKE_UP_RETENTION = Duration.hours(1);

/** Requests a second, and at once, to the whole API; more are answered 429. It bounds what a client gone mad can cost. */
export const API_RATE = 1000;
export const API_BURST = 1000;

/** Requests a second to `/health`, which is open to everybody: enough for load balancers and probes. */
export const HEALTH_RATE = 10;

/** Events that could not be delivered for 24 hours: time to notice, and to look at them. */
export const FAILED_RECORDS_RETENTION = Duration.days(90);

/** The least that Lambda allows. A call of a schedule that could not be made by then is followed by the next. */
export const CALL_AGE_MAX = Duration.minutes(1);
