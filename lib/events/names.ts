import { InvalidStreamId, quote } from './errors.ts';

/** Bounds of names, in UTF-16 characters. DynamoDB allows 2,048 bytes for a partition key and 1,024 for a sort key. */
export const STREAM_ID_LENGTH_MAX = 256;
const NAME_LENGTH_MAX = 128;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with a name (an event's type or id, a key), or undefined where it is right. */
export function nameIssue(value: unknown, lengthMax: number = NAME_LENGTH_MAX): string | undefined {
  if (typeof value !== 'string') {
    return `must be a string of 1 to ${lengthMax} characters, not ${quote(value)}`;
  }
  if (value.length === 0 || value.length > lengthMax) {
    return `must have 1 to ${lengthMax} characters, not ${value.length}`;
  }
  if (CONTROL_CHARACTER.test(value)) {
    return 'must have no control characters';
  }
  return value.isWellFormed() ? undefined : 'must be well-formed Unicode, without lone surrogates';
}

/**
 * Checks that a stream id is `{Category}-{id}`, the category being what stands before the first `-`.
 *
 * A `?` is refused because API Gateway's HTTP APIs hand the path on decoded and cut it there: the request would reach
 * another stream.
 *
 * @throws {InvalidStreamId}
 */
export function checkStreamId(streamId: unknown): asserts streamId is string {
  const issue = nameIssue(streamId, STREAM_ID_LENGTH_MAX);
  if (issue !== undefined) {
    throw new InvalidStreamId(streamId, issue);
  }
  const id = String(streamId);
  const dash = id.indexOf('-');
  if (dash < 1 || dash === id.length - 1) {
    throw new InvalidStreamId(id, 'must be {Category}-{id}, such as "Order-1"');
  }
  if (id.includes('?')) {
    throw new InvalidStreamId(id, 'must not contain "?", which API Gateway cuts a path at');
  }
}
