import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidStreamId } from '../../lib/events/errors.ts';
import { checkStreamId, nameIssue } from '../../lib/events/names.ts';
import { newCommit } from '../../lib/events/new-commit.ts';
import { logSeed, seed } from '../seed.ts';
import { validName, validStreamId } from './arbitraries.ts';

logSeed();

describe('a stream id', () => {
  test('is checked before the events are', () => {
    expect(() => newCommit('Order', 'c-1', [])).toThrow('Stream id "Order" must be {Category}-{id}, such as "Order-1"');
  });

  const form = 'must be {Category}-{id}, such as "Order-1"';
  test.each<[string, unknown, string]>([
    ['no dash', 'Order', form],
    ['no category', '-1', form],
    ['no id', 'Order-', form],
    ['nothing but a dash', '-', form],
    ['only dashes', '--', form],
    ['nothing', '', 'must have 1 to 256 characters, not 0'],
    ['257 characters', `Order-${'1'.repeat(251)}`, 'must have 1 to 256 characters, not 257'],
    ['a line feed', 'Order-1\n', 'must have no control characters'],
    ['a zero byte', 'Order-\u0000', 'must have no control characters'],
    ['a delete character', 'Order-\u007f', 'must have no control characters'],
    ['a control character of Latin 1', 'Order-\u0085', 'must have no control characters'],
    ['the first half of a character', 'Order-\ud83d', 'must be well-formed Unicode, without lone surrogates'],
    ['the second half of a character', 'Order-\ude00x', 'must be well-formed Unicode, without lone surrogates'],
    ['a question mark', 'Order-1?x', 'must not contain "?", which API Gateway cuts a path at'],
    ['a number', 5, 'must be a string of 1 to 256 characters, not 5'],
    ['undefined', undefined, 'must be a string of 1 to 256 characters, not undefined'],
    ['null', null, 'must be a string of 1 to 256 characters, not null'],
    ['an object', { toString: () => 'Order-1' }, 'must be a string of 1 to 256 characters, not an object'],
    ['a boxed string', Object('Order-1'), 'must be a string of 1 to 256 characters, not an object'],
    ['a symbol', Symbol('Order-1'), 'must be a string of 1 to 256 characters, not Symbol(Order-1)'],
  ])('is refused with the rule: %s', (_, streamId, rule) => {
    expect(() => checkStreamId(streamId)).toThrow(InvalidStreamId);
    expect(() => checkStreamId(streamId)).toThrow(expect.objectContaining({ streamId, rule }));
  });

  test.each(['Order-1', 'a-b-c', 'a--', 'Order- ', 'Ä/ö#%&-漢字 😀', `O-${'1'.repeat(254)}`, '$all-1', 'Order-\u00a0'])(
    'is accepted: %s',
    (streamId) => {
      expect(() => checkStreamId(streamId)).not.toThrow();
    },
  );

  test('of any category and id is accepted, and nothing but a refusal comes of any text', () => {
    fc.assert(
      fc.property(validStreamId, (streamId) => checkStreamId(streamId)),
      { seed },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (streamId) => {
        try {
          checkStreamId(streamId);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidStreamId);
        }
      }),
      { seed },
    );
  });

  test('fits a key of DynamoDB at its longest: 2,048 bytes', () => {
    const longest = `漢-${'漢'.repeat(254)}`;
    checkStreamId(longest);
    expect(Buffer.byteLength(`IDEMPOTENCY#${longest}`)).toBeLessThanOrEqual(2_048);
  });
});

describe('a name', () => {
  test('has at most the characters asked for', () => {
    expect(nameIssue('abcd', 3)).toBe('must have 1 to 3 characters, not 4');
    expect(nameIssue(undefined, 3)).toBe('must be a string of 1 to 3 characters, not undefined');
    expect(nameIssue('abc', 3)).toBeUndefined();
  });

  test('of any well-formed characters is accepted', () => {
    fc.assert(
      fc.property(validName, (name) => {
        expect(nameIssue(name)).toBeUndefined();
      }),
      { seed },
    );
  });
});
