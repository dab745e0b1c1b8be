/** Whatever JSON would change without a word is refused before it is written, with the place where it stands. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidEvent, type Issue, NoEvents } from '../../lib/events/errors.ts';
import { emptyStream, type RecordedEvent } from '../../lib/events/event.ts';
import { type NewCommit, newCommit } from '../../lib/events/new-commit.ts';
import { commitAfter, decodeCommit, encodeCommit, recordedEvents } from '../../lib/events/stored-commit.ts';
import { logSeed, seed } from '../seed.ts';
import { nested } from './arbitraries.ts';
import { isSameValue } from './same-value.ts';

logSeed();

/** As a caller without TypeScript may call it. */
function commitOf(events: unknown, commitId = 'c-1'): NewCommit {
  return Reflect.apply(newCommit, undefined, ['Order-1', commitId, events]);
}

function issuesOf(events: unknown, commitId?: string): readonly Issue[] {
  try {
    commitOf(events, commitId);
  } catch (error) {
    expect.assert(error instanceof InvalidEvent);
    return error.issues;
  }
  return [];
}

/** The one event, after it was stored and read again. */
function readAgain(commit: NewCommit): RecordedEvent {
  const stored = encodeCommit(commitAfter(emptyStream('Order-1'), commit, '2026-03-14T15:09:26.535Z'));
  const [event] = recordedEvents(decodeCommit(stored));
  expect.assert(event !== undefined);
  return event;
}

class Money {
  readonly cents = 5;
}
class Basket extends Array<string> {}

/** Whether JSON gives a value back as it is. */
function survivesJson(value: unknown): boolean {
  try {
    const again: unknown = JSON.parse(JSON.stringify(value));
    return isSameValue(again, value);
  } catch {
    return false;
  }
}

describe('any value', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
    key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toJSON', 'constructor')),
  });

  test('as data is read as it was given, or refused with its path: refused exactly where JSON would change it', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(anything, (data) => {
        const issues = issuesOf([{ type: 'T', data }]);
        if (issues.length === 0) {
          expect(isSameValue(readAgain(commitOf([{ type: 'T', data }])).data, data)).toBe(true);
        } else {
          expect(survivesJson(data)).toBe(false);
          expect(
            issues.every(({ path }) => /^events\[0\]\.data(\.|\[|$)/.test(path)),
            JSON.stringify(issues),
          ).toBe(true);
        }
        seen[issues.length === 0 ? 'accepted' : 'refused'] += 1;
      }),
      { seed, numRuns: 1_000 },
    );
    expect(Math.min(seen.accepted, seen.refused), 'both cases come up').toBeGreaterThan(100);
  });

  test('as metadata is read as it was given, or refused with its path', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const events = [{ type: 'T', data: null, metadata: { value } }];
        const issues = issuesOf(events);
        if (issues.length === 0) {
          expect(isSameValue(readAgain(commitOf(events)).metadata['value'], value)).toBe(true);
        } else {
          expect(survivesJson(value)).toBe(false);
          expect(issues.every(({ path }) => path.startsWith('events[0].metadata.value'))).toBe(true);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('as an event is accepted or refused with a path, and never breaks anything', () => {
    const fields = fc.constantFrom('type', 'data', 'id', 'schemaVersion', 'metadata', 'other');
    fc.assert(
      fc.property(fc.oneof(anything, fc.dictionary(fields, anything)), (event) => {
        expect(issuesOf([event]).every(({ path }) => path.startsWith('events[0]'))).toBe(true);
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('values that JSON would change are refused where they stand', () => {
  const withSymbol = { a: 1, [Symbol('s')]: 2 };
  const withMore = Object.assign([1, 2], { more: 3 });
  const withToJson = Object.assign([1], { toJSON: () => 'other' });
  const sparse = [1, 2, 3];
  delete sparse[1];

  test.each<[string, unknown, string, string]>([
    ['-0', { a: -0 }, '.a', 'must not be -0; JSON writes it as 0'],
    ['NaN', { a: [1, Number.NaN] }, '.a[1]', 'must be a finite number; JSON has no NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, '', 'must be a finite number; JSON has no Infinity'],
    ['-Infinity', [Number.NEGATIVE_INFINITY], '[0]', 'must be a finite number; JSON has no -Infinity'],
    ['a bigint', { n: 10n }, '.n', 'must be a number that JavaScript holds exactly, or a string, not the bigint 10'],
    ['nothing at all', undefined, '', 'must be a JSON value, not undefined'],
    ['undefined in an array', { a: [undefined] }, '.a[0]', 'must be a JSON value, not undefined'],
    ['a hole in an array', sparse, '[1]', 'must be a JSON value, not undefined'],
    ['a function', { f: () => 1 }, '.f', 'must be a JSON value, not a function'],
    ['a symbol', { s: Symbol('s') }, '.s', 'must be a JSON value, not a symbol'],
    ['a symbol as a key', { x: withSymbol }, '.x', 'must not have symbols as keys; JSON leaves them out'],
    ['a Date', { at: new Date(0) }, '.at', 'must be a plain object; JSON would change a Date'],
    ['an invalid Date', new Date(Number.NaN), '', 'must be a plain object; JSON would change a Date'],
    ['a Map', [{ m: new Map() }], '[0].m', 'must be a plain object; JSON would change a Map'],
    ['a Set', new Set(), '', 'must be a plain object; JSON would change a Set'],
    ['a RegExp', /a/, '', 'must be a plain object; JSON would change a RegExp'],
    ['an Error', new TypeError('e'), '', 'must be a plain object; JSON would change a TypeError'],
    ['bytes', Buffer.from('a'), '', 'must be a plain object; JSON would change a Buffer'],
    ['a boxed string', Object('a'), '', 'must be a plain object; JSON would change a String'],
    ['an object of a class', { price: new Money() }, '.price', 'must be a plain object; JSON would change a Money'],
    [
      'an object with a prototype of its own',
      Object.create({ a: 1 }),
      '',
      'must be a plain object; JSON would change a Object',
    ],
    ['an array of a class', new Basket('a', 'b'), '', 'must be a plain array; JSON would change a Basket'],
    [
      'an array with a name',
      { list: withMore },
      '.list',
      'must have nothing but its elements; JSON leaves the rest out',
    ],
    [
      'an array that says how it is written',
      withToJson,
      '',
      'must have nothing but its elements; JSON leaves the rest out',
    ],
    ['an object that says how it is written', { toJSON: () => 1 }, '.toJSON', 'must be a JSON value, not a function'],
    ['101 levels', nested(101), '[0]'.repeat(100), 'must not be nested more than 100 deep, nor contain itself'],
  ])('%s', (_, data, path, message) => {
    expect(issuesOf([{ type: 'T', data }])).toEqual([{ path: `events[0].data${path}`, message }]);
    expect(() => commitOf([{ type: 'T', data }])).toThrow(`events[0].data${path} ${message}`);
  });

  test('a path names what is no identifier in quotes', () => {
    const data = { 'a b': { ä1$_: [{ '': { '"': { '1': -0 } } }] } };
    expect(issuesOf([{ type: 'T', data }]).map(({ path }) => path)).toEqual([
      'events[0].data["a b"].ä1$_[0][""]["\\""]["1"]',
    ]);
  });

  test('every issue of every event is told', () => {
    const events = [
      { type: 'T', data: [Number.NaN, 1n] },
      { type: '', data: undefined },
    ];
    expect(issuesOf(events).map(({ path }) => path)).toEqual([
      'events[0].data[0]',
      'events[0].data[1]',
      'events[1].type',
      'events[1].data',
    ]);
  });

  test('a plain object of another realm is refused rather than stored wrongly', () => {
    expect(issuesOf([{ type: 'T', data: runInNewContext('({ a: 1 })') }])).toHaveLength(1);
  });
});

describe('what JSON keeps is accepted', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['false', false],
    ['the empty string', ''],
    ['half a character', '\ud83d'],
    ['the largest number', Number.MAX_VALUE],
    ['the smallest number', Number.MIN_VALUE],
    ['an empty object', {}],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a property named __proto__', JSON.parse('{"__proto__":{"a":1},"constructor":1}')],
    ['100 levels', nested(100)],
    ['the same object twice', [nested(2), nested(2)]],
  ])('%s', (_, data) => {
    expect(isSameValue(readAgain(commitOf([{ type: 'T', data }])).data, data)).toBe(true);
  });

  test('a property that is undefined counts as absent', () => {
    expect(readAgain(commitOf([{ type: 'T', data: { a: 1, b: undefined } }])).data).toStrictEqual({ a: 1 });
  });

  test('a change of the data afterwards does not change the commit', () => {
    const data = { items: ['a'] };
    const commit = commitOf([{ type: 'T', data }]);
    data.items.push('b');
    expect(readAgain(commit).data).toEqual({ items: ['a'] });
  });
});

describe('an object that contains itself', () => {
  test('is refused', () => {
    const parent: { child?: unknown } = {};
    parent.child = { parent };
    expect(issuesOf([{ type: 'T', data: parent }])).toEqual([
      {
        path: `events[0].data${'.child.parent'.repeat(50)}`,
        message: 'must not be nested more than 100 deep, nor contain itself',
      },
    ]);
  });

  test('in many places is refused as fast, with a bounded number of issues', () => {
    const nodes = Array.from({ length: 20 }, (): unknown[] => []);
    for (const node of nodes) {
      node.push(...nodes);
    }
    expect(issuesOf([{ type: 'T', data: nodes }])).toHaveLength(100);
  });

  test('a huge array of nothing, and a huge list of events that are none, end as soon', () => {
    const holes: unknown[] = [];
    holes.length = 2 ** 32 - 1;
    expect(issuesOf([{ type: 'T', data: holes }])).toHaveLength(100);
    expect(issuesOf(Array.from({ length: 1_000_000 }, () => 1))).toHaveLength(100);
  });
});

describe('events', () => {
  test('that are none are refused', () => {
    expect(() => commitOf([])).toThrow(NoEvents);
    expect(() => commitOf([])).toThrow(expect.objectContaining({ code: 'no-events', streamId: 'Order-1' }));
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'events must be an array, not undefined'],
    ['one event alone', { type: 'T', data: 1 }, 'events must be an array, not an object'],
    ['text', 'events', 'events must be an array, not "events"'],
  ])('that are no array are refused: %s', (_, events, message) => {
    expect(() => commitOf(events)).toThrow(InvalidEvent);
    expect(() => commitOf(events)).toThrow(message);
  });

  const plainObject = 'must be a plain object with type and data, not';
  const name = 'must be a string of 1 to 128 characters, not';
  const known = 'is not known; an event has type, data, id, schemaVersion, metadata';

  test.each<[string, unknown, string, string]>([
    ['null', null, '', `${plainObject} null`],
    ['an array', [], '', `${plainObject} an array`],
    ['an object of a class', new Money(), '', `${plainObject} an object`],
    ['no type', { data: 1 }, '.type', `${name} undefined`],
    ['a type that is a number', { type: 5, data: 1 }, '.type', `${name} 5`],
    ['an empty type', { type: '', data: 1 }, '.type', 'must have 1 to 128 characters, not 0'],
    ['a type of 129 characters', { type: 'T'.repeat(129), data: 1 }, '.type', 'must have 1 to 128 characters, not 129'],
    ['a type with a line feed', { type: 'a\nb', data: 1 }, '.type', 'must have no control characters'],
    [
      'a type with half a character',
      { type: 'a\ud83d', data: 1 },
      '.type',
      'must be well-formed Unicode, without lone surrogates',
    ],
    ['an id that is null', { type: 'T', data: 1, id: null }, '.id', `${name} null`],
    ['an empty id', { type: 'T', data: 1, id: '' }, '.id', 'must have 1 to 128 characters, not 0'],
    ['an id that is a symbol', { type: 'T', data: 1, id: Symbol('s') }, '.id', `${name} Symbol(s)`],
    [
      'schema version 0',
      { type: 'T', data: 1, schemaVersion: 0 },
      '.schemaVersion',
      'must be a whole number from 1, not 0',
    ],
    [
      'schema version 1.5',
      { type: 'T', data: 1, schemaVersion: 1.5 },
      '.schemaVersion',
      'must be a whole number from 1, not 1.5',
    ],
    [
      'schema version null',
      { type: 'T', data: 1, schemaVersion: null },
      '.schemaVersion',
      'must be a whole number from 1, not null',
    ],
    [
      'a schema version that is text',
      { type: 'T', data: 1, schemaVersion: '2' },
      '.schemaVersion',
      'must be a whole number from 1, not "2"',
    ],
    [
      'a schema version past what numbers hold',
      { type: 'T', data: 1, schemaVersion: 2 ** 53 },
      '.schemaVersion',
      'must be a whole number from 1, not 9007199254740992',
    ],
    ['metadata that is null', { type: 'T', data: 1, metadata: null }, '.metadata', 'must be a plain object, not null'],
    [
      'metadata that is a list',
      { type: 'T', data: 1, metadata: [] },
      '.metadata',
      'must be a plain object, not an array',
    ],
    [
      'metadata that is a Map',
      { type: 'T', data: 1, metadata: new Map() },
      '.metadata',
      'must be a plain object, not an object',
    ],
    [
      'a correlation id that is a number',
      { type: 'T', data: 1, metadata: { correlationId: 1 } },
      '.metadata.correlationId',
      'must be a string, not 1',
    ],
    [
      'a causation id that is null',
      { type: 'T', data: 1, metadata: { causationId: null } },
      '.metadata.causationId',
      'must be a string, not null',
    ],
    [
      'a user id that is an object',
      { type: 'T', data: 1, metadata: { userId: {} } },
      '.metadata.userId',
      'must be a string, not an object',
    ],
    [
      'a Date in metadata',
      { type: 'T', data: 1, metadata: { at: new Date(0) } },
      '.metadata.at',
      'must be a plain object; JSON would change a Date',
    ],
    [
      'a timestamp',
      { type: 'T', data: 1, metadata: { timestamp: 'now' } },
      '.metadata.timestamp',
      'is set by the store when it appends; put a time of your own into data or under another name',
    ],
    ['an unknown field', { type: 'T', data: 1, meta: {} }, '.meta', known],
    ['an unknown field with a blank', { type: 'T', data: 1, 'event id': 1 }, '["event id"]', known],
    ['a symbol as a field', { type: 'T', data: 1, [Symbol('s')]: 1 }, '["Symbol(s)"]', known],
  ])('are refused with the place: %s', (_, event, path, message) => {
    expect(issuesOf([{ type: 'T', data: 0 }, event])).toEqual([{ path: `events[1]${path}`, message }]);
  });

  test('with the same id are refused', () => {
    const event = { type: 'T', data: 1, id: 'a' };
    expect(issuesOf([event, { ...event, id: 'b' }, event])).toEqual([
      { path: 'events[2].id', message: 'repeats the id "a" of another event' },
    ]);
  });

  test('with the id that another gets from the commit are refused', () => {
    const events = [
      { type: 'T', data: 1, id: 'c-1.2' },
      { type: 'T', data: 2 },
    ];
    expect(issuesOf(events, 'c-1')).toEqual([
      { path: 'events[1].id', message: 'repeats the id "c-1.2" of another event' },
    ]);
    expect(issuesOf(events, 'c-2')).toEqual([]);
  });

  test('in a hole of the list are refused', () => {
    const events: unknown[] = [];
    events[1] = { type: 'T', data: 1 };
    expect(issuesOf(events)).toEqual([{ path: 'events[0]', message: `${plainObject} undefined` }]);
  });

  test('may have everything at its bounds', () => {
    const event = {
      type: '😀'.repeat(64),
      data: null,
      id: 'x'.repeat(128),
      schemaVersion: Number.MAX_SAFE_INTEGER,
      metadata: { correlationId: '', causationId: '', userId: '', timestamp: undefined },
    };
    expect(issuesOf([event])).toEqual([]);
  });
});

test('the ids of a commit: those that were given, and for the others the id of the commit and the place', () => {
  const events = [
    { type: 'T', data: 1 },
    { type: 'T', data: 2, id: 'mine' },
    { type: 'T', data: 3 },
  ];
  expect(commitOf(events, 'c-9').eventIds).toEqual(['c-9.1', 'mine', 'c-9.3']);
});
