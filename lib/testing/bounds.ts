/** Every bound of what tests are made with, each with its reason. */

/** Characters of a text that a message shows whole. Items of the suites have up to 400 KB of them. */
export const TEXT_SHOWN_CHARACTERS_MAX = 200;

/** Pages after which a case stops asking: none has as many, so tables that never end are found out instead of followed. */
export const PAGES_MAX = 100;

/** Rounds in which a batch gets what one answer did not hold. The largest case needs two, and throttling may take a few. */
export const BATCH_ROUNDS_MAX = 5;

/** Tries of a write that is contended. Ten race in a case, and DynamoDB cancels losers only while another is under way. */
export const CONTENDED_ATTEMPTS_MAX = 50;

/** Rounds in which a whole store in memory comes to rest: each is one more event that an event has caused through a process manager. */
export const SETTLE_ROUNDS_MAX = 100;

/** Appends that a case makes at the same time where it makes many: what a small table takes without throttling. */
export const APPENDS_AT_ONCE = 20;
