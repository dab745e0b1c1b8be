/** Every bound of a run under faults, each with its reason. */

/** Writers at the same time: more than the processes that write have connections in use, and enough for a crowd on one stream. */
export const WRITERS = 16;

/** Streams that all writers append to: few, so that they get into each other's way. */
export const SHARED_STREAMS = 8;

/** How long one thing is tried again while everything fails: longer than the longest storm with a restart of everything. */
export const REPEATS_MS_MAX = 300_000;
export const REPEAT_MS_MIN = 20;
export const REPEAT_MS_MAX = 400;

/** One request over HTTP: three tries of the SDK, each silent for 5 s, and those of a second request of an append. */
export const HTTP_TIMEOUT_MS = 40_000;

/** A request that comes late does so after its sender has given up (`REQUEST_TIMEOUT_MS`, 5 s) and has most likely tried again. */
export const LATE_MS_MIN = 5_050;
export const LATE_MS_MAX = 7_000;

/** Delays before a request and before its answer: a busy DynamoDB, and enough to turn the order of requests round. */
export const DELAY_MS_MAX = 300;

/** Storms, in which most requests fail in one way: long enough that the SDK's tries are used up, and rare enough to recover. */
export const STORM_EVERY_MS_MIN = 5_000;
export const STORM_EVERY_MS_MAX = 25_000;
export const STORM_MS_MIN = 300;
export const STORM_MS_MAX = 3_000;

/** A storm of transactions only: about as long as the five tries of an event that fails take, before its projection halts. */
export const NARROW_STORM_MS = 10_000;

/** From one `kill -9` to the next: a process that was killed is ready again in about 2 s on two cores. */
export const KILL_EVERY_MS_MIN = 2_000;
export const KILL_EVERY_MS_MAX = 8_000;

/** In a soak so many times longer: starting processes is most of the work of a run, and would be most of what is measured. */
export const SOAK_KILLS_RARER = 5;

/** In one of so many rounds of kills everything is killed: DynamoDB and all systems. A round is of all processes, so that is one in 21. */
export const KILL_ROUNDS_PER_CRASH = 5;

/**
 * Of the requests that a fault may befall that has not happened yet, so many suffer it: each must have happened in the short run of the
 * tests, where there are some 50 transactions.
 */
export const OWED_CHANCE = 0.3;

/**
 * Runs from which on every fault and every kill must have happened: two rounds of kills, the second with everything, take 72 s at the most
 * (in a soak 80 s), and DynamoDB needs half a minute to come back on a busy machine.
 */
export const COVERED_SECONDS_MIN = 120;

/** Starts of DynamoDB Local after a kill; each waits for 30 s, which is too short where all others start at the same time. */
export const DYNAMODB_STARTS_MAX = 5;

/** Starts of one process that may fail in a row: while DynamoDB is down, it says so and ends after 3 s. */
export const FAILED_STARTS_MAX = 40;

/** Until a process is ready, or a process is there to ask: much longer than it takes on a machine that is busy with other things. */
export const READY_MS_MAX = 300_000;

/** After the last fault, everything must have come into the log and through the projections. Takes seconds on two free cores. */
export const SETTLE_MS_MAX = 300_000;
/** Where something does not hold already, as with a planted bug. */
export const SETTLE_BROKEN_MS_MAX = 20_000;
export const POLL_MS = 50;

/** Events of one page of the log, and of one answer of a follower over HTTP. */
export const PAGE_EVENTS = 500;

/** Seconds that a follower over HTTP lets an empty answer wait. */
export const FOLLOWER_WAIT_SECONDS = 2;

/** What a follower in a process tells at once: enough to be no load, and little to lose by a kill. */
export const TOLD_EVENTS_MAX = 100;

/** Streams that are read whole at the end, besides the shared ones: `verify` has compared all of them with the log. */
export const STREAMS_READ_MAX = 300;

/** Violations that are named; thousands would say the same. */
export const VIOLATIONS_MAX = 50;

/** Of what a process printed as an error, for a report. */
export const LINES_KEPT_MAX = 200;

/** Of an error that was printed, in a summary: which one it is. */
export const ERROR_CHARS_MAX = 100;

/** Things that are done again at the end: enough of each kind, in about as many seconds as the rest of the end takes. */
export const REPEATS_KEPT_MAX = 500;

/** Lines of progress. */
export const PROGRESS_MS = 10_000;

/** From one look at the memory of processes to the next. */
export const WEIGH_MS = 5_000;

/** From one write to DynamoDB alone to the next: next to nothing beside the load. */
export const ALONE_MS = 500;

/**
 * How much a median may grow from the second quarter of a soak to the last, and the geometric mean of all of them. What takes time by how much
 * is stored grows by 7/3 between the middles of the two; half of a median that does so makes it 1.67 times as long. On a crowded machine
 * single medians of some fifty samples differed by up to 1.83, storms being where they are, and the mean of all by 1.15; what DynamoDB alone
 * takes for a write is divided out before.
 */
export const LATENCY_GROWTH_MAX = 2;
export const MEAN_LATENCY_GROWTH_MAX = 1.5;

/**
 * And a process's resident memory. Of about 150 MB that is less than 40 MB: in 30 minutes and 60 things done a second, what is kept of each
 * shows from 700 bytes on. What Node keeps by itself varies by less than 15 %; the caches are full, or have a few MB.
 */
export const MEMORY_GROWTH_MAX = 1.25;

/** Quarters from which on memory is judged: in its first minutes Node's heap grows to what suits the load, by up to a half. */
export const WARM_MS = 300_000;

/** Of fewer a median says nothing. Memory has 12 in a minute. */
export const QUARTER_SAMPLES_MIN = 10;
