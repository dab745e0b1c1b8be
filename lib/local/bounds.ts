/** Every bound of running Tidemark on one's own machine, each with its reason. */

/**
 * How long a start waits for the lock of the data folder. After a `kill -9` the guard of the old process may still be
 * stopping DynamoDB, or its last requests may still be under way (`REQUESTS_END_MS`); both are over sooner than this.
 */
export const LOCK_WAIT_MS = 5_000;
export const LOCK_POLL_MS = 50;

/**
 * How long a start waits for a port in use, which an old process of its own may still hold: long enough for that to see
 * that npm has ended (`PARENT_POLL_MS`), and if it has the data folder as well, for its last requests
 * (`REQUESTS_END_MS`).
 */
export const PORT_WAIT_MS = 1_000;
export const PORT_OF_HOLDER_WAIT_MS = 3_000;
export const PORT_POLL_MS = 50;

/** DynamoDB Local listens after 1 to 2 s on two cores; a machine that is busy with other things needs a multiple. */
export const JAVA_READY_MS = 30_000;
export const READY_POLL_MS = 25;

/** DynamoDB Local answers its first command in 0.1 s, unless it cannot open its data: then never. */
export const FIRST_COMMAND_MS = 10_000;

/**
 * Ports that are tried: between finding one free and Java taking it, another process may have been faster, but hardly
 * twice.
 */
export const JAVA_STARTS_MAX = 3;

/** `java -version` takes 0.15 s, and more when the disk is cold. */
export const JAVA_VERSION_MS = 10_000;

/** The longest that a guard can be silent: waiting for the lock, then every start of Java, then a second for itself. */
export const GUARD_ANSWER_MS = LOCK_WAIT_MS + JAVA_STARTS_MAX * (JAVA_READY_MS + FIRST_COMMAND_MS) + 1_000;

/** A killed Java is gone in milliseconds; the guard is killed too where the kernel takes longer than this. */
export const GUARD_STOP_MS = 5_000;

/** The first of what Java or the guard wrote as an error: the reason, and not the whole stack trace after it. */
export const OUTPUT_CHARS_MAX = 500;

/** How long a DynamoDB that is said to be there is waited for: it may have been started in the same moment. */
export const ENDPOINT_WAIT_MS = 3_000;
export const ENDPOINT_POLL_MS = 100;

/**
 * One request that asks whether a DynamoDB is there; it is answered in milliseconds, but the first one after a start in
 * up to 1 s.
 */
export const ENDPOINT_REQUEST_MS = 3_000;

/** A Docker engine that runs tells about itself in milliseconds, also through a remote DOCKER_HOST. */
export const DOCKER_PROBE_MS = 3_000;

/** DynamoDB Local makes a table at once; DynamoDB itself within half a minute. */
export const TABLE_ACTIVE_SECONDS = 60;

/** How long requests under way may take after Ctrl-C. An append takes milliseconds; only retries take longer. */
export const REQUESTS_END_MS = 3_000;
export const REQUESTS_END_POLL_MS = 25;

/** How soon the end of npm is noticed. */
export const PARENT_POLL_MS = 250;

/** One Ctrl-C may arrive twice, from the terminal and from npm; a person needs longer for a second one. */
export const SAME_KEY_PRESS_MS = 300;

/**
 * From a page of a stream without records to the next request. Lambda asks four times a second; here somebody waits for the
 * screen to change, so it is sooner. Asking two streams so often takes 3 to 4 % of one core here, and 2 to 6 % in Java.
 */
export const STREAM_POLL_MS = 100;

/** Records of one invocation, where nothing else is said: Lambda's own default for streams. */
export const STREAM_BATCH_SIZE = 100;

/** Records of one answer ("GetRecords", Amazon DynamoDB API reference). */
export const STREAM_BATCH_SIZE_MAX = 1_000;

/** Bytes of one answer ("GetRecords", Amazon DynamoDB API reference). DynamoDB Local does not keep to it. */
export const STREAM_BATCH_BYTES_MAX = 1024 * 1024;

/**
 * Waiting before records or requests that failed are tried again: doubles from the first to the second of these. Whoever
 * has mended the cause should not have to wait for long.
 */
export const STREAM_RETRY_MS_MIN = 100;
export const STREAM_RETRY_MS_MAX = 5_000;

/** Of the answer of a handler that names failures, in a report: enough to see a wrong form, and not all of 1000 failures. */
export const STREAM_ANSWER_CHARS_MAX = 200;

/** Requests that may fail in a row without a word: a machine that is busy or has just woken up does so once or twice. */
export const STREAM_FAILURES_UNSAID = 2;

/**
 * Waiting until a stream is asked for its shards again: doubles from the first to the second of these. A child follows a
 * shard that has ended, and that starts anew; anything else is not expected.
 */
export const STREAM_DESCRIBE_MS_MIN = 100;
export const STREAM_DESCRIBE_MS_MAX = 10_000;

/** Answers in a row that the records of a closed shard are trimmed, after which it is taken to have none. */
export const STREAM_TRIMS_MAX = 3;

/** One request for records; DynamoDB Local answers in milliseconds, but the first one after a start in up to 1 s. */
export const STREAM_REQUEST_MS = 5_000;

/**
 * How soon a projection looks whether there is something to do that no record of a stream has told: the command line has reset or
 * redriven it, or another process that was working on it is gone. A look takes three requests.
 */
export const PROJECTION_LOOK_MS = 5_000;

/** Waiting before a run that failed is tried again: doubles from the first to the second of these, as for streams. */
export const PROJECTION_RETRY_MS_MIN = 100;
export const PROJECTION_RETRY_MS_MAX = 5_000;
