/** Requests of every kind that a client of HTTP can send, most of them near to what the API takes. */
import fc from 'fast-check';

export const anyMethod = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PURGE');

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());

/** Percent-encoded, not at all, or wrongly. Without `?` and `#`, which end a path. */
const anyPathPart = fc.oneof(
  anyText.filter((text) => text.isWellFormed()).map(encodeURIComponent),
  fc.string().map((text) => text.replace(/[?#]/g, '')),
  fc.stringMatching(/^(%[0-9a-fA-F]{2}|%|[a-z-])*$/),
  fc.constantFrom('streams', 'Order-1', '.', '..', '%2e%2e', '', '%2F', '%25', '%00', '__proto__'),
);

export const anyPath = fc.oneof(
  anyPathPart.map((part) => `/streams/${part}`),
  anyPathPart.map((part) => `/streams/Order-${part}`),
  anyPathPart.map((part) => `/read-models/orders/${part}`),
  anyPathPart.map((part) => `/read-models/${part}/Order-1`),
  fc.array(anyPathPart).map((parts) => `/${parts.join('/')}`),
  fc.constantFrom('/health', '/openapi.json', '/events', '/projections', '/streams/Order-1'),
);

const anyNumberText = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.bigInt().map(String));

const anyParameter = fc.tuple(
  fc.oneof(
    fc.constantFrom('from', 'limit', 'direction', 'sequenced', '__proto__'),
    fc.constantFrom('after', 'limit', 'category', 'type', 'wait', 'minPosition'),
    fc.string(),
  ),
  fc.oneof(
    anyNumberText,
    fc.nat({ max: 1100 }).map(String),
    fc.nat({ max: 25 }).map(String),
    fc.constantFrom('forward', 'backward', 'true', 'Order', 'A', ''),
    fc.string(),
  ),
);

export const anyQuery = fc.oneof(
  fc.array(anyParameter, { maxLength: 4 }).map((pairs) => `?${new URLSearchParams(pairs)}`),
  fc.string().map((text) => `?${text}`),
  fc.constant(''),
);

const anyTag = fc.oneof(
  fc.nat({ max: 20 }).map((version) => `"${version}"`),
  fc.constantFrom('*', '', 'W/"1"', '"1", "2"', '"', '""'),
  anyNumberText.map((text) => `"${text}"`),
);

/** Node hands header values on as Latin-1, without NUL, CR and LF. */
const anyHeaderValue = fc
  .string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 200 })
  .map((text) => text.replace(/[\r\n]/g, ''));

export const anyHeaders: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    'If-Match': fc.oneof(anyTag, anyHeaderValue),
    'If-None-Match': fc.oneof(anyTag, anyHeaderValue),
    'Idempotency-Key': fc.oneof(fc.constantFrom('a', 'b'), anyHeaderValue),
    'Content-Type': fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: anyHeaderValue },
    ),
    'Content-Length': fc.oneof(anyNumberText, anyHeaderValue),
    Accept: anyHeaderValue,
    'X-Forwarded-Host': anyHeaderValue,
  },
  { requiredKeys: [] },
);

/** Numbers as JSON may write them, which need not be as JavaScript holds them. */
const anyNumberJson = fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?$/);

const anyMember = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', 'a', 'b'), fc.string());

/** JSON as text, because that is where names are doubled and numbers too large. */
export const anyJsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    anyNumberJson,
    fc.oneof(anyText, fc.constantFrom('true', 'null', '-0', '1234567890123456')).map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '[]', '{}'),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join()}]`),
    fc
      .array(fc.tuple(anyMember, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`),
  ),
})).value;

const anyField = fc
  .tuple(fc.constantFrom('type', 'data', 'id', 'schemaVersion', 'metadata', 'version', '__proto__'), anyJsonText)
  .map(([name, value]) => `,"${name}":${value}`);

const anyRightField = fc.oneof(
  fc.uuid().map((id) => `,"id":"${id}"`),
  fc.constantFrom(',"id":"x"', ',"schemaVersion":2', ',"metadata":{"userId":"u"}', ''),
);

/** An event that is right up to its last fields. */
const anyEventText = fc
  .tuple(anyJsonText, fc.array(anyRightField, { maxLength: 3 }), fc.option(anyField, { freq: 1, nil: '' }))
  .map(([data, right, any]) => `{"type":"A","data":${data}${right.join('')}${any}}`);

const anyAppendText = fc
  .array(fc.oneof({ weight: 9, arbitrary: anyEventText }, { weight: 1, arbitrary: anyJsonText }), { maxLength: 4 })
  .map((events) => `{"events":[${events.join()}]}`);

/** Bytes with one of them changed. */
const anyDamaged = fc
  .tuple(anyAppendText, fc.nat(), fc.nat({ max: 255 }))
  .map(([text, place, byte]) => Buffer.from(text).fill(byte, place % text.length, (place % text.length) + 1));

export const anyBody: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  { weight: 4, arbitrary: anyAppendText },
  { weight: 2, arbitrary: anyDamaged },
  { weight: 1, arbitrary: anyJsonText },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
);
