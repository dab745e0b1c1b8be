/** Items as somebody may have stored them who knows what Tidemark stores, and means harm. */
import { deflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import type { Item } from '../../lib/events/item.ts';
import { toItem } from '../../lib/tables/attributes.ts';

/** Numbers as DynamoDB has them: 38 digits, and exponents up to 125. */
const anyNumber = fc.oneof(
  fc.constantFrom('0', '1', '2', '1.5', '-1', '1e100', '1E+125', '1e-130', '9007199254740991', '9007199254740993'),
  fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }).map(String),
);

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom(
    '',
    '2.1',
    '1.1',
    '1e3.1',
    'Order-1',
    '\u001b[31mred\u001b[0m\n',
    '2026-11-25T12:00:00.000Z',
    'BUILD#1.1',
  ),
);

const anyMember = fc.constantFrom(
  'type',
  'data',
  'id',
  'schemaVersion',
  'metadata',
  '__proto__',
  'constructor',
  'toJSON',
);

/** Texts that are JSON, most of them, with names that mean something to JavaScript. */
const anyJson = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('null', '1', '1e999', '-0', '"Placed"', '[]', '{}', '', '{', '\u0000', '['.repeat(20_000)),
    fc.constantFrom(
      '[["Order-1",1,1,[0]]]',
      '[["Order-1",1,1,[9]]]',
      '[["Order-1",1e3,1,[-1]]]',
      '[["__proto__",1,1,[0]]]',
    ),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join()}]`),
    fc
      .array(fc.tuple(anyMember, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join()}}`),
  ),
})).value;

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  anyJson.map((json) => deflateRawSync(json)),
  // A hundred megabytes in a hundred kilobytes.
  fc.constant(deflateRawSync(Buffer.alloc(100 * 1024 * 1024, '['))),
);

const anyValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(anyText, anyJson).map((S) => ({ S })),
    anyNumber.map((N) => ({ N })),
    anyBytes.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    fc.array(anyText, { minLength: 1, maxLength: 2 }).map((SS) => ({ SS })),
    fc.array(anyNumber, { minLength: 1, maxLength: 2 }).map((NS) => ({ NS })),
    fc.array(anyBytes, { minLength: 1, maxLength: 2 }).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc
      .array(
        fc.tuple(fc.oneof(anyMember, fc.constantFrom('PK', 'SK', 'position', 'version', 'streamId')), tie('value')),
        {
          maxLength: 4,
        },
      )
      .map((members) => ({ M: Object.fromEntries(members) })),
  ),
})).value;

/** Sort keys that are nearly right: numbers in other notations, other digits, without the zeros in front. */
const anySortKey = (sortKey: string): fc.Arbitrary<string> => {
  if (/^(?:MARK|PLACE|STATE|DOCUMENT|KEY#.*)$/.test(sortKey)) {
    return fc.constant(sortKey);
  }
  const [kind = ''] = sortKey.split('#', 1);
  const anyNotation = fc.constantFrom(
    '1e3',
    '0x10',
    '+1',
    ' 1',
    '1',
    '١',
    '00000000000000000001.0',
    '1'.repeat(20),
    '',
    '2.1',
  );
  return fc.oneof(
    fc.constant(sortKey),
    anyNotation.map((text) => `${kind}#${text}`),
    fc.constantFrom('__proto__', '\n', 'x'),
  );
};

/**
 * An item of Tidemark's with some of its attributes exchanged, left out or added. Its partition stays, and its sort key where readers
 * ask for one only, or it would not be found.
 */
export function damaged(item: Item): fc.Arbitrary<Item> {
  const { PK, SK, ...attributes } = marshall(item);
  const names = [
    ...Object.keys(attributes),
    '__proto__',
    'constructor',
    'group',
    'parked',
    'failure',
    'after',
    'building',
  ];
  const anyChange = fc.tuple(fc.constantFrom(...names), fc.option(anyValue, { freq: 4, nil: undefined }));
  return fc
    .tuple(anySortKey(item.SK), fc.array(anyChange, { minLength: 1, maxLength: 3 }))
    .map(([sortKey, changes]) => {
      const kept = new Map(Object.entries(attributes));
      for (const [name, value] of changes) {
        if (value === undefined) {
          kept.delete(name);
        } else {
          kept.set(name, value);
        }
      }
      return toItem({ ...Object.fromEntries(kept), PK: { S: item.PK }, SK: { S: sortKey } });
    });
}

/** Of names that every object has, those that it has not always had. */
export function polluted(): string[] {
  const inherited: string[] = [];
  for (const name in {}) {
    inherited.push(name);
  }
  return inherited;
}
