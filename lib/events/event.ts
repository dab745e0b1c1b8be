/** What a user knows about an event besides its data. All values are JSON. */
export interface NewEventMetadata {
  /** The conversation that the event belongs to. */
  readonly correlationId?: string | undefined;
  /** The id of the message that caused the event. */
  readonly causationId?: string | undefined;
  /** Who has asked for it. */
  readonly userId?: string | undefined;
  readonly [name: string]: unknown;
}

/** An event as a caller hands it in. */
export interface NewEvent {
  /** Its name in the domain, in the past tense: `OrderPlaced`. 1 to 128 characters. */
  readonly type: string;
  /** Any JSON value. What JSON would change silently (a Date, NaN, undefined in an array …) is refused. */
  readonly data: unknown;
  /** 1 to 128 characters, unique in the store. Default: made from the commit's id and the event's place in it. */
  readonly id?: string | undefined;
  /** The version of the type's schema: 1, 2, 3 …. Default: 1. */
  readonly schemaVersion?: number | undefined;
  readonly metadata?: NewEventMetadata | undefined;
}

/** Metadata of a recorded event: what the caller gave, and when it was appended. */
export interface EventMetadata extends NewEventMetadata {
  /** When it was appended: ISO 8601, UTC, milliseconds. Set by the store; not an order. */
  readonly timestamp: string;
}

/** An immutable fact, as it is read. */
export interface RecordedEvent {
  readonly id: string;
  readonly streamId: string;
  readonly type: string;
  /** Its place in its stream: 1, 2, 3 …. */
  readonly version: number;
  readonly schemaVersion: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/**
 * What a stream looked like: enough to append the next commit with one request, because it proves that a commit
 * ends at `version`. Commits are never deleted, so the proof lasts; it may be kept, as JSON too.
 */
export interface StreamState {
  readonly streamId: string;
  /** The version of the last event; 0 is "no stream yet". */
  readonly version: number;
  /** The first version of the last commit; 0 for none. */
  readonly lastCommit: number;
  /** The hash of the last commit, base64url; empty for none. */
  readonly hash: string;
}

/** The state of a stream that has no events yet. It needs no proof. */
export function emptyStream(streamId: string): StreamState {
  return { streamId, version: 0, lastCommit: 0, hash: '' };
}

/** The id of an event whose caller gave none: the same commit id makes the same ids, so a repeat makes the same events. */
export function derivedEventId(commitId: string, index: number): string {
  return `${commitId}.${index + 1}`;
}
