/** Errors are for programs (code, data) and for people (a message with the value that was wrong). */
import { describe, expect, test } from 'vitest';
import * as errors from '../../lib/events/errors.ts';
import {
  AppendContention,
  CommandContention,
  CommandRejected,
  CommitTooLarge,
  DamagedLog,
  DocumentTooLarge,
  IdempotencyConflict,
  InvalidArgument,
  InvalidEvent,
  InvalidStreamId,
  MissingCommit,
  NoEvents,
  NotSequenceable,
  ProjectionBehind,
  ProjectionContention,
  quote,
  SequencerContention,
  Throttled,
  TidemarkError,
  Unavailable,
  UnknownProjection,
  UnreadableEvent,
  UnreadableItem,
  WrongExpectedVersion,
} from '../../lib/events/errors.ts';

const cause = new Error('socket hang up');

const cases: [TidemarkError, string, object, string][] = [
  [
    new NoEvents('Order-1'),
    'no-events',
    { streamId: 'Order-1' },
    'An append to "Order-1" has no events; it needs at least one',
  ],
  [
    new InvalidStreamId('Order', 'must be {Category}-{id}'),
    'invalid-stream-id',
    { streamId: 'Order', rule: 'must be {Category}-{id}' },
    'Stream id "Order" must be {Category}-{id}',
  ],
  [
    new InvalidEvent([
      { path: 'events[0].type', message: 'is missing' },
      { path: '', message: 'the whole is wrong' },
    ]),
    'invalid-event',
    {
      issues: [
        { path: 'events[0].type', message: 'is missing' },
        { path: '', message: 'the whole is wrong' },
      ],
    },
    'events[0].type is missing; the whole is wrong',
  ],
  [
    new InvalidArgument([{ path: 'limit', message: 'must be a whole number from 1, not 0' }]),
    'invalid-argument',
    { issues: [{ path: 'limit', message: 'must be a whole number from 1, not 0' }] },
    'limit must be a whole number from 1, not 0',
  ],
  [
    new CommitTooLarge(['Order-1', 'Order-2'], 409_601, 409_600),
    'commit-too-large',
    { streamIds: ['Order-1', 'Order-2'], sizeBytes: 409_601, limitBytes: 409_600 },
    'An append to "Order-1", "Order-2" has 409601 bytes; the limit is 409600',
  ],
  [
    new WrongExpectedVersion('Order-1', 4, 5),
    'wrong-expected-version',
    { streamId: 'Order-1', expectedVersion: 4, actualVersion: 5 },
    'Stream "Order-1" was expected at version 4, but it has reached version 5',
  ],
  [
    new WrongExpectedVersion('Order-1', 'exists', 0),
    'wrong-expected-version',
    { streamId: 'Order-1', expectedVersion: 'exists', actualVersion: 0 },
    'Stream "Order-1" was expected to exist, but it does not exist',
  ],
  [
    new WrongExpectedVersion('Order-1', 'no-stream', 3),
    'wrong-expected-version',
    { streamId: 'Order-1', expectedVersion: 'no-stream', actualVersion: 3 },
    'Stream "Order-1" was expected not to exist, but it has reached version 3',
  ],
  [
    new IdempotencyConflict('Order-1', 'request-1'),
    'idempotency-conflict',
    { streamId: 'Order-1', key: 'request-1' },
    '"request-1" was already used on stream "Order-1" for something else; a repeat must have the same events, or the same command',
  ],
  [
    new AppendContention('Order-1', 40),
    'append-contention',
    { streamId: 'Order-1', attempts: 40 },
    'An append to "Order-1" lost against other writers 40 times and gave up; try again',
  ],
  [new Throttled(cause), 'throttled', { cause }, 'DynamoDB throttles requests; try again later'],
  [new Unavailable(cause), 'unavailable', { cause }, 'DynamoDB is unavailable: socket hang up'],
  [new Unavailable('no route'), 'unavailable', { cause: 'no route' }, 'DynamoDB is unavailable: no route'],
  [
    new UnreadableItem('STREAM#Order-1', 'VERSION#1', 'its events are not JSON', { cause }),
    'unreadable-item',
    { partitionKey: 'STREAM#Order-1', sortKey: 'VERSION#1', cause },
    'Item STREAM#Order-1 / VERSION#1 cannot be read: its events are not JSON',
  ],
  [
    new MissingCommit('Order-1', 7),
    'missing-commit',
    { streamId: 'Order-1', version: 7 },
    'Stream "Order-1" has no commit that holds version 7, although later ones are there',
  ],
  [
    new DamagedLog(7, 'no entry holds it'),
    'damaged-log',
    { position: 7 },
    'The log is damaged at position 7: no entry holds it',
  ],
  [
    new NotSequenceable('Order-1', 7, 'it waits for itself'),
    'not-sequenceable',
    { streamId: 'Order-1', version: 7 },
    'Stream "Order-1" cannot be put into the log from version 7 on: it waits for itself',
  ],
  [
    new DocumentTooLarge('order-summary', 'Order-1', 409_601, 409_600),
    'document-too-large',
    { projection: 'order-summary', key: 'Order-1', sizeBytes: 409_601, limitBytes: 409_600 },
    'Document "Order-1" of projection "order-summary" has 409601 bytes; the limit is 409600',
  ],
  [
    new UnknownProjection('order-summary'),
    'unknown-projection',
    { projection: 'order-summary' },
    'There is no projection "order-summary"',
  ],
  [
    new ProjectionBehind('order-summary', 7, 9),
    'projection-behind',
    { projection: 'order-summary', position: 7, minPosition: 9 },
    'Projection "order-summary" is at position 7, and has not come to 9 in time',
  ],
  [
    new ProjectionContention('order-summary', 10),
    'projection-contention',
    { projection: 'order-summary', attempts: 10 },
    'Projection "order-summary" lost against other writers 10 times and gave up; try again',
  ],
  [
    new SequencerContention(50),
    'sequencer-contention',
    { attempts: 50 },
    'The sequencer lost against others 50 times in a row and gave up; try again',
  ],
  [
    new UnreadableEvent(
      { streamId: 'Order-1', version: 3, id: 'e3', type: 'OrderPlaced', schemaVersion: 2 },
      'the newest schema version that this code knows is 1',
    ),
    'unreadable-event',
    { streamId: 'Order-1', version: 3, eventId: 'e3', type: 'OrderPlaced', schemaVersion: 2 },
    'Event "e3" ("OrderPlaced" of schema version 2) at version 3 of stream "Order-1": the newest schema version that this code knows is 1',
  ],
  [
    new CommandRejected('order-exists', 'Order 1 has been placed already'),
    'command-rejected',
    { reason: 'order-exists' },
    'Order 1 has been placed already',
  ],
  [
    new CommandContention('Order-1', 40),
    'command-contention',
    { streamId: 'Order-1', attempts: 40 },
    'A command to "Order-1" lost against other writers 40 times and gave up; try again',
  ],
];

test.each(cases)(
  '$name has its code, what a program needs to act, and what a person needs to know',
  (...[error, code, data, message]) => {
    expect(error).toMatchObject({ code, ...data });
    expect(error.message).toBe(message);
  },
);

test.each(cases)('$name is an Error and a TidemarkError, and says its name', (error) => {
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(TidemarkError);
  expect(error.name).toBe(error.constructor.name);
  expect(String(error)).toBe(`${error.name}: ${error.message}`);
  expect(error.stack).toContain(import.meta.filename);
});

test('every error of the list is tried here, and no two have the same code', () => {
  const classes = Object.values(errors).filter(
    (exported) => typeof exported === 'function' && exported.prototype instanceof TidemarkError,
  );
  const tried = new Map(cases.map(([error]) => [error.constructor, error.code]));
  expect([...tried.keys()]).toEqual(expect.arrayContaining(classes));
  expect(new Set(tried.values()).size).toBe(classes.length);
});

describe('a value in a message is short, on one line, and never the reason for another error', () => {
  test.each<[unknown, string]>([
    ['text', '"text"'],
    ['two\nlines "and" quotes', '"two\\nlines \\"and\\" quotes"'],
    ['x'.repeat(1_000), `"${'x'.repeat(80)}…"`],
    [1.5, '1.5'],
    [-0, '0'],
    [10n, '10'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [[1], 'an array'],
    [{ a: 1 }, 'an object'],
    [Object.create(null), 'an object'],
    [new Proxy({}, { get: () => expect.fail('a value is not looked into') }), 'an object'],
  ])('%#', (value, quoted) => {
    expect(quote(value)).toBe(quoted);
  });
});
