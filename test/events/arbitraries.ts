import fc from 'fast-check';
import type { NewEvent, StreamState } from '../../lib/events/event.ts';

/** UTF-16 without any rule: halves of surrogate pairs, control characters, and what JSON has to escape. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '"', '\\', '\n', '\u0000', '\u2028', 'é', '漢', '😀'),
    fc.nat(0xff_ff).map((unit) => String.fromCharCode(unit)),
  ),
  maxLength: 12,
});

/** Among them what JavaScript's objects have names for themselves. */
const propertyName = fc.oneof(
  anyText,
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0', '', 'a b'),
);

const jsonNumber = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);

/** Any value that JSON has: also wide, and with any text. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    jsonNumber,
    anyText,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(propertyName, tie('value'), { maxKeys: 6 }),
  ),
})).value;

/** Values at the edges of size: deep as is allowed, wide, long, and alike or not alike in their parts. */
export const largeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 1, max: 99 }).map((depth) => nested(depth)),
  fc.tuple(jsonNumber, fc.nat(1_000)).map(([number, length]) => Array.from({ length }, (_, index) => number + index)),
  fc.tuple(anyText, fc.nat(500)).map(([text, times]) => text.repeat(times)),
  fc.array(fc.string({ minLength: 100, maxLength: 100 }), { maxLength: 40 }),
);

/** So many arrays inside one another. */
export function nested(depth: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < depth; level++) {
    value = [value];
  }
  return value;
}

/** A name as it is allowed: 1 to 128 characters of well-formed Unicode, without control characters. */
export const validName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  .filter((name) => !/[\u0000-\u001f\u007f-\u009f]/.test(name) && name.isWellFormed());

export const validStreamId = fc
  .tuple(validName, validName)
  .map(([category, id]) => `${category.replaceAll(/[-?]/g, '_')}-${id.replaceAll('?', '_')}`);

const metadata = fc.record(
  {
    correlationId: anyText,
    causationId: anyText,
    userId: anyText,
    tenant: jsonValue,
    ['__proto__']: jsonValue,
  },
  { requiredKeys: [] },
);

/** Events that are accepted. Ids, where there are any, differ. */
export const validEvents: fc.Arbitrary<NewEvent[]> = fc
  .array(
    fc.record(
      {
        type: validName,
        data: fc.oneof({ arbitrary: jsonValue, weight: 4 }, { arbitrary: largeValue, weight: 1 }),
        id: validName,
        schemaVersion: fc.integer({ min: 1 }),
        metadata,
      },
      { requiredKeys: ['type', 'data'] },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((events) =>
    events.map((event, index) => (event.id === undefined ? event : { ...event, id: `${index}${event.id}` })),
  );

/** A stream as it may be when a commit is appended. */
export const streamState: fc.Arbitrary<StreamState> = fc.oneof(
  validStreamId.map((streamId) => ({ streamId, version: 0, lastCommit: 0, hash: '' })),
  fc
    .tuple(validStreamId, fc.integer({ min: 1 }), fc.nat(50), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    .map(([streamId, lastCommit, more, hash]) => ({
      streamId,
      version: lastCommit + more,
      lastCommit,
      hash: Buffer.from(hash).toString('base64url'),
    })),
);

export const timestamp = fc
  .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2999-12-31') })
  .map((date) => date.toISOString());

const groupMember = fc.record({ streamId: validStreamId, version: fc.integer({ min: 1 }) }, { noNullPrototype: true });

export const group = fc.option(fc.array(groupMember, { minLength: 1, maxLength: 5 }), { nil: undefined });
