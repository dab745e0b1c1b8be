/**
 * Every error that Tidemark raises by itself: a closed list. Each has a kebab-case `code`, the data that a
 * caller needs to act, and a message with the value that was wrong. Errors of the AWS SDK are translated in
 * one place (`lib/tables/translate-sdk-error.ts`); those that are not listed here pass through as they are.
 */

import type { RecordedEvent } from './event.ts';

/** What a stream was expected to be like when an append named no version. */
export type ExpectedExistence = 'exists' | 'no-stream';

/** One thing that is wrong in what a caller handed in: where it is, and what would be right. */
export interface Issue {
  /** Where: `events[0].data.items[2].price`, `limit`, `If-Match`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** The base of all errors of this list: `error instanceof TidemarkError`, then `error.code`. */
export abstract class TidemarkError extends Error {
  abstract readonly code: ErrorCode;
  /** The class's name. Made from the code: bundlers that minify give classes other names. */
  override get name(): string {
    return this.code.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
}

/** An append without events. */
export class NoEvents extends TidemarkError {
  readonly code = 'no-events';
  readonly streamId: string;
  constructor(streamId: string) {
    super(`An append to "${streamId}" has no events; it needs at least one`);
    this.streamId = streamId;
  }
}

/** A stream id that is not `{Category}-{id}`. */
export class InvalidStreamId extends TidemarkError {
  readonly code = 'invalid-stream-id';
  readonly streamId: unknown;
  /** What would be right. */
  readonly rule: string;
  constructor(streamId: unknown, rule: string) {
    super(`Stream id ${quote(streamId)} ${rule}`);
    this.streamId = streamId;
    this.rule = rule;
  }
}

/** Events whose type, id, metadata or data cannot be stored as they are. */
export class InvalidEvent extends TidemarkError {
  readonly code = 'invalid-event';
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(describe(issues));
    this.issues = issues;
  }
}

/** An option or argument out of its range. */
export class InvalidArgument extends TidemarkError {
  readonly code = 'invalid-argument';
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(describe(issues));
    this.issues = issues;
  }
}

/** A commit that is larger than an item of DynamoDB may be, or commits that are larger than a transaction. */
export class CommitTooLarge extends TidemarkError {
  readonly code = 'commit-too-large';
  readonly streamIds: readonly string[];
  readonly sizeBytes: number;
  readonly limitBytes: number;
  constructor(streamIds: readonly string[], sizeBytes: number, limitBytes: number) {
    super(`An append to ${streamIds.map(quote).join(', ')} has ${sizeBytes} bytes; the limit is ${limitBytes}`);
    this.streamIds = streamIds;
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/**
 * Somebody else appended first, or the expectation was never true. Nothing was written.
 *
 * `actualVersion` is what the refusal itself showed, at no extra read: where the stream's head was read, the head;
 * where a racing commit stood in the way, the end of that commit. The stream may be longer by now. 0 is "no stream".
 */
export class WrongExpectedVersion extends TidemarkError {
  readonly code = 'wrong-expected-version';
  readonly streamId: string;
  readonly expectedVersion: number | ExpectedExistence;
  readonly actualVersion: number;
  constructor(streamId: string, expectedVersion: number | ExpectedExistence, actualVersion: number) {
    super(
      `Stream "${streamId}" was expected ${describeExpected(expectedVersion)}, but ${describeActual(actualVersion)}`,
    );
    this.streamId = streamId;
    this.expectedVersion = expectedVersion;
    this.actualVersion = actualVersion;
  }
}

/** An idempotency key, commit id or event id that was already used on the stream with other events, or for another command. */
export class IdempotencyConflict extends TidemarkError {
  readonly code = 'idempotency-conflict';
  readonly streamId: string;
  readonly key: string;
  constructor(streamId: string, key: string) {
    super(
      `"${key}" was already used on stream "${streamId}" for something else; a repeat must have the same events, or the same command`,
    );
    this.streamId = streamId;
    this.key = key;
  }
}

/** An append that lost against other writers as often as the bound allows. Nothing was written; trying again is safe. */
export class AppendContention extends TidemarkError {
  readonly code = 'append-contention';
  readonly streamId: string;
  readonly attempts: number;
  constructor(streamId: string, attempts: number) {
    super(`An append to "${streamId}" lost against other writers ${attempts} times and gave up; try again`);
    this.streamId = streamId;
    this.attempts = attempts;
  }
}

/** DynamoDB still throttled after the SDK's retries. A write may be repeated: appends with a key or a version are idempotent. */
export class Throttled extends TidemarkError {
  readonly code = 'throttled';
  constructor(cause: unknown) {
    super('DynamoDB throttles requests; try again later', { cause });
  }
}

/** DynamoDB could not be reached or failed, also after the SDK's retries. Whether a write took effect is not known. */
export class Unavailable extends TidemarkError {
  readonly code = 'unavailable';
  constructor(cause: unknown) {
    super(`DynamoDB is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A stored item that does not have the form that its format promises: damaged, or not written by Tidemark. */
export class UnreadableItem extends TidemarkError {
  readonly code = 'unreadable-item';
  readonly partitionKey: string;
  readonly sortKey: string;
  constructor(partitionKey: string, sortKey: string, reason: string, options?: ErrorOptions) {
    super(`Item ${partitionKey} / ${sortKey} cannot be read: ${reason}`, options);
    this.partitionKey = partitionKey;
    this.sortKey = sortKey;
  }
}

/** An event that the code cannot bring to the current shape: its type is not defined, it is newer, or an upcaster fails. */
export class UnreadableEvent extends TidemarkError {
  readonly code = 'unreadable-event';
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  constructor(
    event: Pick<RecordedEvent, 'streamId' | 'version' | 'id' | 'type' | 'schemaVersion'>,
    reason: string,
    options?: ErrorOptions,
  ) {
    const { streamId, version, id, type, schemaVersion } = event;
    const what = `${quote(type)} of schema version ${schemaVersion}`;
    super(`Event ${quote(id)} (${what}) at version ${version} of stream ${quote(streamId)}: ${reason}`, options);
    this.streamId = streamId;
    this.version = version;
    this.eventId = id;
    this.type = type;
    this.schemaVersion = schemaVersion;
  }
}

/**
 * A command that the rules of its domain do not allow: what `decide` throws. Nothing was written.
 *
 * @example throw new CommandRejected('order-exists', `Order ${orderId} has been placed already`);
 */
export class CommandRejected extends TidemarkError {
  readonly code = 'command-rejected';
  /** Which rule, for programs: kebab-case, the domain's own. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A command that lost against other writers as often as the bound allows. Nothing was written; trying again is safe. */
export class CommandContention extends TidemarkError {
  readonly code = 'command-contention';
  readonly streamId: string;
  readonly attempts: number;
  constructor(streamId: string, attempts: number) {
    super(`A command to "${streamId}" lost against other writers ${attempts} times and gave up; try again`);
    this.streamId = streamId;
    this.attempts = attempts;
  }
}

/** A stream in which a commit is missing between two others. Appends cannot make this; something was deleted. */
export class MissingCommit extends TidemarkError {
  readonly code = 'missing-commit';
  readonly streamId: string;
  readonly version: number;
  constructor(streamId: string, version: number) {
    super(`Stream "${streamId}" has no commit that holds version ${version}, although later ones are there`);
    this.streamId = streamId;
    this.version = version;
  }
}

/** A log that is not what the sequencer writes: a hole in its positions, or an entry that contradicts its commits. */
export class DamagedLog extends TidemarkError {
  readonly code = 'damaged-log';
  /** Where in the log: the position of the first event that is concerned. */
  readonly position: number;
  constructor(position: number, reason: string) {
    super(`The log is damaged at position ${position}: ${reason}`);
    this.position = position;
  }
}

/** Commits that cannot be put into the log, because what the tables say of their streams is contradictory. */
export class NotSequenceable extends TidemarkError {
  readonly code = 'not-sequenceable';
  readonly streamId: string;
  readonly version: number;
  constructor(streamId: string, version: number, reason: string) {
    super(`Stream "${streamId}" cannot be put into the log from version ${version} on: ${reason}`);
    this.streamId = streamId;
    this.version = version;
  }
}

/** A document of a projection that is larger than an item of DynamoDB may be. */
export class DocumentTooLarge extends TidemarkError {
  readonly code = 'document-too-large';
  readonly projection: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly limitBytes: number;
  constructor(projection: string, key: string, sizeBytes: number, limitBytes: number) {
    super(`Document ${quote(key)} of projection "${projection}" has ${sizeBytes} bytes; the limit is ${limitBytes}`);
    this.projection = projection;
    this.key = key;
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** A projection that nobody has run yet, or that is named wrongly. */
export class UnknownProjection extends TidemarkError {
  readonly code = 'unknown-projection';
  readonly projection: string;
  constructor(projection: string) {
    super(`There is no projection ${quote(projection)}`);
    this.projection = projection;
  }
}

/** A projection that has not come to a position in time. */
export class ProjectionBehind extends TidemarkError {
  readonly code = 'projection-behind';
  readonly projection: string;
  /** Where it stands, and where it was waited for. */
  readonly position: number;
  readonly minPosition: number;
  constructor(projection: string, position: number, minPosition: number) {
    super(`Projection "${projection}" is at position ${position}, and has not come to ${minPosition} in time`);
    this.projection = projection;
    this.position = position;
    this.minPosition = minPosition;
  }
}

/** A write of a projection that lost against others as often as the bound allows; trying again is safe. */
export class ProjectionContention extends TidemarkError {
  readonly code = 'projection-contention';
  readonly projection: string;
  readonly attempts: number;
  constructor(projection: string, attempts: number) {
    super(`Projection "${projection}" lost against other writers ${attempts} times and gave up; try again`);
    this.projection = projection;
    this.attempts = attempts;
  }
}

/** A sequencer that lost against others as often as the bound allows. They have moved the log on; trying again is safe. */
export class SequencerContention extends TidemarkError {
  readonly code = 'sequencer-contention';
  readonly attempts: number;
  constructor(attempts: number) {
    super(`The sequencer lost against others ${attempts} times in a row and gave up; try again`);
    this.attempts = attempts;
  }
}

/** The closed list of codes. */
export type ErrorCode =
  | 'no-events'
  | 'invalid-stream-id'
  | 'invalid-event'
  | 'invalid-argument'
  | 'commit-too-large'
  | 'wrong-expected-version'
  | 'idempotency-conflict'
  | 'append-contention'
  | 'throttled'
  | 'unavailable'
  | 'unreadable-item'
  | 'unreadable-event'
  | 'command-rejected'
  | 'command-contention'
  | 'missing-commit'
  | 'damaged-log'
  | 'not-sequenceable'
  | 'sequencer-contention'
  | 'document-too-large'
  | 'unknown-projection'
  | 'projection-behind'
  | 'projection-contention';

/** A value for an error message: short, on one line, and never the reason for another error. */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}

function describe(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
}

function describeExpected(expected: number | ExpectedExistence): string {
  if (expected === 'exists') {
    return 'to exist';
  }
  return expected === 'no-stream' ? 'not to exist' : `at version ${expected}`;
}

function describeActual(version: number): string {
  return version === 0 ? 'it does not exist' : `it has reached version ${version}`;
}
