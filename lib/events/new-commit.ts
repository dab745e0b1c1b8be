import { InvalidEvent, type Issue, NoEvents, quote } from './errors.ts';
import { derivedEventId, type NewEvent } from './event.ts';
import { ISSUES_MAX, isPlainObject, jsonIssues, pathOf } from './json-issues.ts';
import { checkStreamId, nameIssue } from './names.ts';
import { storedEvent } from './stored-event.ts';

/** The events of one append, checked and in the form that is stored; what they follow is not known yet. */
export interface NewCommit {
  readonly streamId: string;
  readonly commitId: string;
  readonly count: number;
  /** Each type once, in the order of its first event. */
  readonly types: readonly string[];
  /** The stored events, as JSON. */
  readonly eventsJson: string;
  readonly eventIds: readonly string[];
}

const EVENT_FIELDS = new Set(['type', 'data', 'id', 'schemaVersion', 'metadata']);

/**
 * Checks what a caller hands in, all of it before anything is written.
 *
 * @throws {InvalidStreamId} the stream id is not `{Category}-{id}`
 * @throws {NoEvents} there are none
 * @throws {InvalidEvent} with the issues and their paths; past about a hundred it stops looking
 */
export function newCommit(streamId: string, commitId: string, events: readonly NewEvent[]): NewCommit {
  checkStreamId(streamId);
  if (!Array.isArray(events)) {
    throw new InvalidEvent([{ path: 'events', message: `must be an array, not ${quote(events)}` }]);
  }
  if (events.length === 0) {
    throw new NoEvents(streamId);
  }
  checkEvents(commitId, events);
  return {
    streamId,
    commitId,
    count: events.length,
    types: [...new Set(events.map(({ type }) => type))],
    eventsJson: JSON.stringify(events.map(storedEvent)),
    eventIds: events.map(({ id }, index) => id ?? derivedEventId(commitId, index)),
  };
}

function checkEvents(commitId: string, events: readonly NewEvent[]): void {
  const issues: Issue[] = [];
  const ids = new Set<string>();
  for (const [index, event] of events.entries()) {
    if (issues.length >= ISSUES_MAX) {
      break;
    }
    const path = `events[${index}]`;
    collectEventIssues(event, path, issues);
    const id = event?.id ?? derivedEventId(commitId, index);
    if (ids.size === ids.add(id).size) {
      issues.push({
        path: `${path}.id`,
        message: `repeats the id ${quote(id)} of another event`,
      });
    }
  }
  if (issues.length > 0) {
    throw new InvalidEvent(issues);
  }
}

function collectEventIssues(event: NewEvent, path: string, issues: Issue[]): void {
  if (!isPlainObject(event)) {
    issues.push({
      path,
      message: `must be a plain object with type and data, not ${quote(event)}`,
    });
    return;
  }
  for (const field of Reflect.ownKeys(event).map(String)) {
    if (!EVENT_FIELDS.has(field)) {
      issues.push({
        path: pathOf(path, field),
        message: `is not known; an event has ${[...EVENT_FIELDS].join(', ')}`,
      });
    }
  }
  collectNameIssue(event.type, `${path}.type`, issues);
  if (event.id !== undefined) {
    collectNameIssue(event.id, `${path}.id`, issues);
  }
  if (event.schemaVersion !== undefined && !isWholeFrom1(event.schemaVersion)) {
    const message = `must be a whole number from 1, not ${quote(event.schemaVersion)}`;
    issues.push({ path: `${path}.schemaVersion`, message });
  }
  issues.push(...jsonIssues(event.data, `${path}.data`));
  if (event.metadata !== undefined) {
    issues.push(...metadataIssues(event.metadata, `${path}.metadata`));
  }
}

/** What is wrong with the metadata of a new event, below `path`. */
export function metadataIssues(metadata: unknown, path: string): readonly Issue[] {
  if (!isPlainObject(metadata)) {
    return [{ path, message: `must be a plain object, not ${quote(metadata)}` }];
  }
  const issues: Issue[] = [];
  for (const field of ['correlationId', 'causationId', 'userId']) {
    const value = metadata[field];
    if (value !== undefined && typeof value !== 'string') {
      issues.push({
        path: `${path}.${field}`,
        message: `must be a string, not ${quote(value)}`,
      });
    }
  }
  if (metadata['timestamp'] !== undefined) {
    const message = 'is set by the store when it appends; put a time of your own into data or under another name';
    issues.push({ path: `${path}.timestamp`, message });
  }
  return [...issues, ...jsonIssues(metadata, path)];
}

function collectNameIssue(value: unknown, path: string, issues: Issue[]): void {
  const message = nameIssue(value);
  if (message !== undefined) {
    issues.push({ path, message });
  }
}

function isWholeFrom1(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}
