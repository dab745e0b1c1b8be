/** Shapes that several requests and answers share. */
import * as z from 'zod';
import type { NewEventMetadata } from '../events/event.ts';
import { STREAM_ID_LENGTH_MAX } from '../events/names.ts';
import { ERRORS_MAX } from './bounds.ts';

/** A whole number in a query, as text. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(`${message}, once`)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .pipe(z.int({ error: message, abort: true }).min(min, message).max(max, message));
}

/** One of some words in a query. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `must be one of ${words.map((word) => `"${word}"`).join(', ')}`);
}

/** Names as the OpenAPI document says them, for those who make requests of it; what is refused says the rule of the store itself. */
export const NAME_PATTERN = String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`;
export const CATEGORY_PATTERN = String.raw`^[^\u0000-\u001f\u007f-\u009f-]*$`;
const STREAM_ID_PATTERN = String.raw`^[^\u0000-\u001f\u007f-\u009f?-]+-[^\u0000-\u001f\u007f-\u009f?]+$`;

/**
 * A text in a query that the store would refuse by the same rule, but with the name that it has there.
 *
 * @param issueOf what is wrong with it, or undefined where it is right
 * @param rule is said of what is no text: a parameter that is there twice
 */
export function checkedName(issueOf: (value: unknown) => string | undefined, rule: string) {
  return z
    .string(rule)
    .refine((value) => issueOf(value) === undefined, { error: ({ input }) => issueOf(input) })
    .meta({ minLength: 1, maxLength: 128, pattern: NAME_PATTERN });
}

/** A parameter of a query that may be repeated: one comes as text, several as a list. */
export function severalOf<Value extends z.ZodType>(value: Value, max: number) {
  return z.preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(value).min(1).max(max, `must be there ${max} times at most`),
  );
}

/** A header has no other control characters. */
const NO_CONTROL_CHARACTER = /^[^\t\x7f-\x9f]*$/;

/** The store refuses the same, but knows nothing of a header. */
export const IdempotencyKey = z
  .string()
  .min(1, 'must have 1 to 128 characters')
  .max(128, 'must have 1 to 128 characters')
  .regex(NO_CONTROL_CHARACTER, 'must have no control characters');

const name = z.string('must be a string of 1 to 128 characters').min(1).max(128).meta({ pattern: NAME_PATTERN });

export const StreamPath = z.strictObject({
  streamId: z.string().meta({
    description: 'The stream, {Category}-{id}, URL-encoded. 1 to 256 characters, no control characters, no "?"',
    minLength: 3,
    maxLength: STREAM_ID_LENGTH_MAX,
    pattern: STREAM_ID_PATTERN,
    example: 'Order-1',
  }),
});

const NewEventBody = z.strictObject({
  type: name.meta({ description: 'What happened, in the past tense', example: 'OrderPlaced' }),
  data: z
    .custom<unknown>((value) => value !== undefined, 'must be a JSON value')
    .meta({ description: 'Any JSON value' }),
  id: name.optional().meta({ description: 'Unique in the store. Default: made by the store' }),
  schemaVersion: z.int('must be a whole number from 1').min(1, 'must be a whole number from 1').optional(),
  // Its members are checked by the store, whatever they are called: a parser that copies objects drops some names.
  metadata: z
    .custom<NewEventMetadata>()
    .optional()
    .meta({
      type: 'object',
      description: 'Any JSON object. `timestamp` is set by the store',
      properties: Object.fromEntries(
        ['correlationId', 'causationId', 'userId'].map((field) => [field, { type: 'string' }]),
      ),
    }),
});

/** The events of an append. */
export const NewEventBodies = z.preprocess(
  throughLastWrongNamed,
  z.array(NewEventBody, 'must be an array of events').min(1, 'must have at least one event'),
);

/** Leaves out events that no answer would name: to say what is wrong with millions takes zod a minute and gigabytes. */
function throughLastWrongNamed(events: unknown): unknown {
  if (!Array.isArray(events) || events.length <= ERRORS_MAX) {
    return events;
  }
  let wrong = 0;
  const last = events.findIndex((event) => {
    wrong += NewEventBody.safeParse(event).success ? 0 : 1;
    return wrong > ERRORS_MAX;
  });
  return last === -1 ? events : events.slice(0, last + 1);
}

export const RecordedEventBody = z.strictObject({
  id: z.string(),
  streamId: z.string(),
  type: z.string(),
  version: z.int().min(1).meta({ description: 'Its place in its stream' }),
  schemaVersion: z.int().min(1),
  data: z.unknown(),
  metadata: z.looseObject({
    correlationId: z.string().optional(),
    causationId: z.string().optional(),
    userId: z.string().optional(),
    timestamp: z.iso.datetime().meta({ description: 'When it was appended, UTC' }),
  }),
});

export const LoggedEventBody = RecordedEventBody.extend({
  position: z.int().min(1).meta({ description: 'Its place in the log' }),
});
