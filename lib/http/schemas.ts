/** Shapes that several requests and answers share. */
import * as z from 'zod';
import type { NewEventMetadata } from '../events/event.ts';

/** A whole number in a query, as text. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(`${message}, once`)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .pipe(z.int(message).min(min, message).max(max, message));
}

/** One of some words in a query. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `must be one of ${words.map((word) => `"${word}"`).join(', ')}`);
}

const name = z.string('must be a string of 1 to 128 characters').min(1).max(128);

export const StreamPath = z.strictObject({
  streamId: z.string().meta({
    description: 'The stream, {Category}-{id}, URL-encoded. 1 to 256 characters, no control characters, no "?"',
    example: 'Order-1',
  }),
});

export const NewEventBody = z.strictObject({
  type: name.meta({
    description: 'What happened, in the past tense',
    example: 'OrderPlaced',
  }),
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
