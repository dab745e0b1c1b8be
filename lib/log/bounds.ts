/** Every bound of the log, each with its reason. */

/**
 * Commits of one entry, and bytes of their references before compression: an entry is one item, which holds 400 KB, and
 * whoever wants one event of it reads all of it.
 */
export const ENTRY_COMMITS_MAX = 1_000;
export const ENTRY_REFERENCES_BYTES_MAX = 200 * 1024;

/**
 * Losses in a row after which a sequencer gives up. Each means that another one has moved the log on, so the store as a whole
 * does; whoever called tries again.
 */
export const SEQUENCER_ATTEMPTS_MAX = 50;

/** Waiting between two tries: a random part of a time that doubles from the first to the second of these. */
export const BACKOFF_MS_MIN = 10;
export const BACKOFF_MS_MAX = 500;

/** Streams whose marks a sequencer remembers: some 2 MB. */
export const REMEMBERED_MARKS_MAX = 10_000;

/**
 * Commits that one plan holds, each counted once and once more for each commit of its group, where some can be taken already: some
 * 10 MB. Streams that are read together share them; the rest is for the next plan.
 */
export const PLANNED_COMMITS_MAX = 10_000;

/** Commits of one stream that one plan reads: those of a long outage are taken in parts. */
export const PENDING_COMMITS_MAX = 1_000;

/** Looks for a commit of a transaction of which another one is visible: DynamoDB takes milliseconds to show the rest. */
export const UNSEEN_ATTEMPTS_MAX = 6;

/**
 * Entries that one invocation of the sequencer puts into the log: 100,000 commits. A batch of records is seldom more than one; it is
 * more where they tell of streams that an outage has left far behind.
 */
export const ENTRIES_PER_INVOCATION_MAX = 100;

/**
 * Time that must be left for another entry: its put and its marks, tried again by the SDK where DynamoDB throttles. What is not done
 * by then is done by the next invocation; being cut off in the middle does no harm, but costs the whole batch a second time.
 */
export const ENTRY_TIME_MS = 10_000;

/**
 * How old a commit must be for the scan that goes on by itself to put it into the log: the sequencer takes seconds, and one that is an
 * hour behind needs help. Younger ones would only be fought over, and count as found although nobody has lost them.
 */
export const SCANNED_AGE_MS = 60 * 60 * 1_000;

/**
 * Time that must be left for another page of a scan: its commits, thousands where they are small, are put into the log, each stream
 * with a mark. What was cut off is done again.
 */
export const SCAN_PAGE_TIME_MS = 60_000;

/** Requests that are under way at the same time; the SDK has 50 connections. */
export const REQUESTS_AT_ONCE = 25;

/** Events in one page of the log, unless the caller wants another number. */
export const LOG_PAGE_EVENTS_DEFAULT = 1_000;

/** Bytes of events (as JSON) after which a page of the log ends, so that large events do not fill the memory. */
export const LOG_PAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Queries of 1 MB of references for one page: a filter that nothing matches would otherwise read the whole log for one page. Smaller
 * ones come before them and do not count: they are few, for each looks at least four times as far as all before it.
 */
export const LOG_PAGE_QUERIES_MAX = 10;

/**
 * How many times as far as all before it a Query of references looks. At least four times: a reader that goes on soon reads 1 MB at
 * once, and one that stops has read a few times what it has used, of what is small beside the commits. At most 64 times: what has not
 * occurred yet may be rare, and may come next.
 */
export const LOOK_AHEAD_GROWTH_MIN = 4;
export const LOOK_AHEAD_GROWTH_MAX = 64;

/** Commits that a page reads at the same time: four requests of at most 100. */
export const COMMITS_AT_ONCE = 400;

/** How often a subscription that has seen everything looks again: half a read unit each time. */
export const POLL_MS = 250;

/** Faults in a row after which a subscription gives up: with the waits between them, about half a minute. */
export const SUBSCRIPTION_FAULTS_MAX = 10;
export const FAULT_BACKOFF_MS_MIN = 200;
export const FAULT_BACKOFF_MS_MAX = 5_000;
