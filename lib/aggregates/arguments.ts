/** What is wrong with what a caller hands in, each with its place. */
import { InvalidArgument, type Issue, quote } from '../events/errors.ts';
import { isPlainObject, jsonIssues } from '../events/json-issues.ts';
import { checkStreamId, nameIssue, STREAM_ID_LENGTH_MAX } from '../events/names.ts';
import { metadataIssues } from '../events/new-commit.ts';

/** @throws {InvalidStreamId | InvalidArgument} it is none, or one of another category */
export function checkStream({ category }: { readonly category: string }, streamId: string): void {
  checkStreamId(streamId);
  if (!streamId.startsWith(`${category}-`)) {
    const message = `must be of category ${category}, such as ${quote(`${category}-1`)}, not ${quote(streamId)}`;
    throw new InvalidArgument([{ path: 'streamId', message }]);
  }
}

export function commandIssues(
  { commandTypes }: { readonly commandTypes: readonly string[] },
  command: unknown,
): readonly Issue[] {
  if (!isPlainObject(command)) {
    return [{ path: 'command', message: `must be an object with type and data, not ${quote(command)}` }];
  }
  const { type, data, metadata } = command;
  const isKnown = typeof type === 'string' && commandTypes.includes(type);
  const known = () => commandTypes.map(quote).join(', ');
  return [
    ...(isKnown ? [] : [{ path: 'command.type', message: `must be one of ${known()}, not ${quote(type)}` }]),
    ...jsonIssues(data, 'command.data'),
    ...(metadata === undefined ? [] : metadataIssues(metadata, 'command.metadata')),
  ];
}

/** Leaves room beside it in an idempotency key. */
const REACTION_NAME_LENGTH_MAX = 63;

export function commandOptionIssues(options: unknown): readonly Issue[] {
  if (!isPlainObject(options)) {
    return [{ path: 'options', message: `must be an object, not ${quote(options)}` }];
  }
  const { idempotencyKey, reactionTo } = options;
  if (idempotencyKey !== undefined && reactionTo !== undefined) {
    return [{ path: 'reactionTo', message: 'must not stand beside idempotencyKey: it is one by itself' }];
  }
  return [
    ...(idempotencyKey === undefined ? [] : nameIssues('idempotencyKey', idempotencyKey)),
    ...(reactionTo === undefined ? [] : reactionIssues(reactionTo)),
  ];
}

function reactionIssues(reaction: unknown): readonly Issue[] {
  if (!isPlainObject(reaction)) {
    return [{ path: 'reactionTo', message: `must be an object with name and event, not ${quote(reaction)}` }];
  }
  const { name, event, index } = reaction;
  return [
    ...nameIssues('reactionTo.name', name, REACTION_NAME_LENGTH_MAX),
    ...(index === undefined ? [] : wholeNumberIssues('reactionTo.index', index, 0)),
    ...eventIssues(event),
  ];
}

/** Of the event only its place and its correlation matter. */
function eventIssues(event: unknown): readonly Issue[] {
  const path = 'reactionTo.event';
  if (!isPlainObject(event)) {
    return [{ path, message: `must be an event that was read from a stream or the log, not ${quote(event)}` }];
  }
  const { id, streamId, version, metadata } = event;
  return [
    ...nameIssues(`${path}.id`, id, ID_LENGTH_MAX),
    ...nameIssues(`${path}.streamId`, streamId, STREAM_ID_LENGTH_MAX),
    ...wholeNumberIssues(`${path}.version`, version, 1),
    ...issueUnless(isPlainObject(metadata), `${path}.metadata`, `must be an object, not ${quote(metadata)}`),
  ];
}

/** What is made from the id of a commit is longer than that, by the event's place. */
const ID_LENGTH_MAX = 256;

/** The options of a command handler, but those that its store checks. */
export interface HandlerOptions {
  readonly decider: unknown;
  readonly events: unknown;
  readonly unknownEvents: unknown;
  readonly snapshotEvery: unknown;
  readonly cachedStatesMax: unknown;
  readonly observe: unknown;
}

export function handlerIssues(options: HandlerOptions): readonly Issue[] {
  const { decider, events, unknownEvents, snapshotEvery, cachedStatesMax, observe } = options;
  const isKnown = unknownEvents === 'error' || unknownEvents === 'pass-through';
  return [
    ...wholeNumberIssues('snapshotEvery', snapshotEvery, 0),
    ...wholeNumberIssues('cachedStatesMax', cachedStatesMax, 0),
    ...issueUnless(isKnown, 'unknownEvents', `must be "error" or "pass-through", not ${quote(unknownEvents)}`),
    ...issueUnless(typeof observe === 'function', 'observe', `must be a function, not ${quote(observe)}`),
    ...definitionIssues(decider, events),
  ];
}

/** What a decider makes must be known to those who check it. */
function definitionIssues(decider: unknown, events: unknown): readonly Issue[] {
  if (!isPlainObject(decider) || !isNames(decider['eventTypes'])) {
    return [{ path: 'decider', message: `must be one that defineDecider has made, not ${quote(decider)}` }];
  }
  if (events === undefined) {
    return [];
  }
  const types: unknown = isPlainObject(events) ? events['types'] : undefined;
  if (!isNames(types)) {
    return [{ path: 'events', message: `must be what defineEvents has made, not ${quote(events)}` }];
  }
  const missing = decider['eventTypes'].filter((type) => !types.includes(type));
  return missing.map((type) => ({ path: 'events', message: `must define ${type}, which the decider has in evolve` }));
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function nameIssues(path: string, name: unknown, lengthMax?: number): readonly Issue[] {
  const message = nameIssue(name, lengthMax);
  return message === undefined ? [] : [{ path, message }];
}

function wholeNumberIssues(path: string, value: unknown, min: number): readonly Issue[] {
  const isWhole = Number.isSafeInteger(value) && Number(value) >= min;
  return issueUnless(isWhole, path, `must be a whole number from ${min}, not ${quote(value)}`);
}

function issueUnless(isRight: boolean, path: string, message: string): readonly Issue[] {
  return isRight ? [] : [{ path, message }];
}

/** @throws {InvalidArgument} */
export function requireValid(issues: readonly Issue[]): void {
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
}
