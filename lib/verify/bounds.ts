/** Every bound of verifying, each with its reason. */

/** Streams whose place in the log a verification holds at once: some 100 MB. More of them take another pass over the log. */
export const VERIFIED_STREAMS_MAX = 200_000;

/** Damages that a verification remembers, so that it names none twice: some 10 MB. Past that it may. */
export const REPORTED_DAMAGES_MAX = 10_000;

/** Ranges of the log that cannot be read, as a verification remembers them; past that, consequences are named as well. */
export const UNREADABLE_RANGES_MAX = 1_000;

/** Gaps of one stream in the log that a verification remembers, to see whether they are filled later. */
export const STREAM_GAPS_MAX = 1_000;

/** Streams whose damaged marks a verification remembers, so as not to be misled by them: some 10 MB. */
export const DAMAGED_MARKS_MAX = 50_000;

/** Commits behind the marks that a verification looks at together before it says that they are not in the log: some 10 MB. */
export const UNSEQUENCED_COMMITS_MAX = 10_000;

/**
 * How often, and after how long, a verification looks again before it says that a commit is not in the log: a sequencer takes
 * a second, and ten where it is started cold or has lost against others.
 */
export const UNSEQUENCED_ATTEMPTS_MAX = 10;
export const UNSEQUENCED_WAIT_MS = 1_000;

/** Marks that a verification reads again together: ten requests. */
export const VERIFIED_MARKS_AT_ONCE = 1_000;

/**
 * Commits that are verified before the place moves on: seconds, which are what a crash costs; and no more streams
 * than that are in memory.
 */
export const PART_COMMITS_MAX = 5_000;

/**
 * Time that must be left for another part: its commits in waves of 400, and up to 5,000 marks, each with a read of the entry that it
 * has moved on to, one after the other.
 */
export const PART_TIME_MS = 60_000;
