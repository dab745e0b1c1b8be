/** Definitions of events: what is refused when they are made, what they refuse of new events, and how old events are read. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvents } from '../../lib/events/define-events.ts';
import { InvalidArgument, InvalidEvent, type Issue, UnreadableEvent } from '../../lib/events/errors.ts';
import type { NewEvent, RecordedEvent } from '../../lib/events/event.ts';
import { placed, shopEvents } from '../support/shop-events.ts';

const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) },
};

/** Definitions and events that do not compile, for those who write JavaScript. */
function untyped(value: unknown): never {
  return value as never;
}

describe('definitions', () => {
  const issuesOf = (definitions: unknown): readonly Issue[] => {
    try {
      defineEvents(untyped(definitions));
    } catch (error) {
      return error instanceof InvalidArgument ? error.issues : [{ path: 'another error', message: String(error) }];
    }
    return [];
  };

  test('know the current schema version of each type', () => {
    expect(shopEvents.types).toEqual(['OrderPlaced', 'OrderShipped', 'OrderNoted']);
    expect(shopEvents.types.map((type) => shopEvents.schemaVersion(type))).toEqual([3, 1, 1]);
    expect(shopEvents.schemaVersion('OrderPaid')).toBeUndefined();
    expect(shopEvents.schemaVersion('toString')).toBeUndefined();
  });

  test.each<[string, unknown, Issue[]]>([
    ['nothing', {}, [{ path: '', message: 'The definitions must have at least one type of event' }]],
    [
      'names that are no event types',
      { '': { schema: anything }, 'a\nb': { schema: anything } },
      [
        { path: '""', message: 'must have 1 to 128 characters, not 0' },
        { path: '"a\\nb"', message: 'must have no control characters' },
      ],
    ],
    [
      'what is no definition',
      { Placed: undefined, Shipped: 'string', Paid: {} },
      [
        { path: '"Placed"', message: 'must be an object with a schema, not undefined' },
        { path: '"Shipped"', message: 'must be an object with a schema, not "string"' },
        { path: '"Paid".schema', message: 'must be a Standard Schema, not undefined' },
      ],
    ],
    [
      'what is no schema',
      { Placed: { schema: { parse: () => 1 } }, Shipped: { schema: { '~standard': { version: 1 } } } },
      [
        { path: '"Placed".schema', message: 'must be a Standard Schema, not an object' },
        { path: '"Shipped".schema', message: 'must be a Standard Schema, not an object' },
      ],
    ],
    [
      'what are no upcasters',
      {
        Placed: { schema: anything, upcasters: { 1: () => 1 } },
        // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
        Shipped: { schema: anything, upcasters: [() => 1, , 'second'] },
      },
      [
        { path: '"Placed".upcasters', message: 'must be a list of functions, not an object' },
        { path: '"Shipped".upcasters[1]', message: 'must be a function, not undefined' },
        { path: '"Shipped".upcasters[2]', message: 'must be a function, not "second"' },
      ],
    ],
    [
      'a name that is misspelled, which would define another version',
      { Placed: { schema: anything, upcaster: [() => 1] } },
      [{ path: '"Placed".upcaster', message: 'is not known; a definition has schema, upcasters' }],
    ],
  ])('refuse %s', (_, definitions, issues) => {
    expect(issuesOf(definitions)).toEqual(issues);
  });

  test('take schemas that are functions', () => {
    const schema = Object.assign(() => true, anything);
    expect(issuesOf({ Placed: { schema } })).toEqual([]);
  });

  test('do not change with the list of upcasters they were made from', () => {
    const upcasters: [() => unknown] = [() => 'upcast'];
    const definitions = defineEvents({ Placed: { schema: anything, upcasters } });
    upcasters.pop();
    expect(definitions.schemaVersion('Placed')).toBe(2);
    expect(definitions.upcast(recorded({ type: 'Placed', data: 1 }))).toMatchObject({
      data: 'upcast',
      schemaVersion: 2,
    });
  });
});

describe('new events', () => {
  const issuesOf = async (events: unknown, path?: string, definitions = shopEvents): Promise<readonly Issue[]> => {
    const error: unknown = await definitions.validate(untyped(events), path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidEvent);
    return error instanceof InvalidEvent ? error.issues : [];
  };

  test('come out with their version, and with what their schemas make of them', async () => {
    const data = { customer: 'Ada', totalCents: 4200, currency: 'EUR' as const };
    expect(
      await shopEvents.validate([
        { type: 'OrderPlaced', data, id: 'first', metadata: { userId: 'u' } },
        { type: 'OrderShipped', data: {} },
        { type: 'OrderNoted', data: { text: 'fragile' } },
      ]),
    ).toStrictEqual([
      { type: 'OrderPlaced', data, schemaVersion: 3, id: 'first', metadata: { userId: 'u' } },
      { type: 'OrderShipped', data: { carrier: 'post' }, schemaVersion: 1 },
      { type: 'OrderNoted', data: { text: 'fragile' }, schemaVersion: 1 },
    ]);
  });

  test('are refused with the event, the path and what would be right, all of them together', async () => {
    const events = [
      { type: 'OrderPlaced', data: { customer: 1, totalCents: '4200', currency: 'EUR' } },
      { type: 'OrderShipped', data: {} },
      { type: 'OrderNoted', data: {} },
      { type: 'OrderPaid', data: {} },
    ];
    const placedAs = 'of OrderPlaced, schema version 3: Invalid input: expected';
    expect(await issuesOf(events)).toEqual([
      { path: 'events[0].data.customer', message: `${placedAs} string, received number` },
      { path: 'events[0].data.totalCents', message: `${placedAs} number, received string` },
      { path: 'events[2].data.text', message: 'of OrderNoted, schema version 1: must be a string' },
      {
        path: 'events[3].type',
        message: 'must be one of "OrderPlaced", "OrderShipped", "OrderNoted", not "OrderPaid"',
      },
    ]);
    expect((await issuesOf(events, 'appends[2].events'))[0]?.path).toBe('appends[2].events[0].data.customer');
  });

  test('of the current schema version may say so, and of no other', async () => {
    const data = { customer: 'Ada', totalCents: 4200, currency: 'EUR' };
    const current = { type: 'OrderPlaced', data, schemaVersion: 3 };
    expect(await shopEvents.validate(untyped([current]))).toEqual([current]);
    const rule = 'must be 3, the current one of OrderPlaced, or left out, not';
    const path = 'events[0].schemaVersion';
    for (const [schemaVersion, told] of [
      [1, '1'],
      [4, '4'],
      ['3', '"3"'],
    ]) {
      expect(await issuesOf([{ ...current, schemaVersion }])).toEqual([{ path, message: `${rule} ${told}` }]);
    }
  });

  test('that are no events at all are left to whoever stores them', async () => {
    expect(await shopEvents.validate(untyped('events'))).toBe('events');
    expect(await shopEvents.validate(untyped([null, 'event']))).toEqual([null, 'event']);
    expect(await issuesOf([null, { type: 3 }])).toEqual([
      { path: 'events[1].type', message: 'must be one of "OrderPlaced", "OrderShipped", "OrderNoted", not 3' },
    ]);
  });

  test('are told of no more than about a hundred issues, and of no more than twenty types', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`Type${index}`, { schema: anything }]));
    const unknown = Array.from({ length: 1_000 }, () => ({ type: 'Other', data: {} }));
    const issues = await issuesOf(unknown, undefined, untyped(defineEvents(many)));
    expect(issues).toHaveLength(100);
    expect(issues[0]?.message).toMatch(/^must be one of "Type0", .*"Type19" … \(30\), not "Other"$/);
    const list = defineEvents({ Listed: { schema: z.array(z.string()) } });
    const data = Array.from({ length: 1_000 }, (_, index) => index);
    const inLists = await issuesOf(
      [
        { type: 'Listed', data },
        { type: 'Listed', data },
      ],
      undefined,
      untyped(list),
    );
    expect(inLists).toHaveLength(100);
    expect(inLists[1]?.path).toBe('events[0].data[1]');
  });

  test('have paths as JavaScript writes them, whatever a validator calls its parts', async () => {
    const path = ['a b', 0, { key: 'c' }, { key: 1 }, Symbol('d')];
    const schema: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no', path }] }) },
    };
    const definitions = untyped(defineEvents({ Odd: { schema } }));
    expect(await issuesOf([{ type: 'Odd', data: {} }], undefined, definitions)).toEqual([
      { path: 'events[0].data["a b"][0].c[1]["Symbol(d)"]', message: 'of Odd, schema version 1: no' },
    ]);
  });

  test('are refused where a validator gives no reason', async () => {
    const schema: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [] }) },
    };
    const definitions = untyped(defineEvents({ Odd: { schema } }));
    expect(await issuesOf([{ type: 'Odd', data: {} }], undefined, definitions)).toEqual([
      {
        path: 'events[0].data',
        message: 'of Odd, schema version 1: is refused by its schema, which does not say why',
      },
    ]);
  });

  test('may be checked by schemas that take their time', async () => {
    const slow = defineEvents({
      Slow: { schema: z.string().refine(async (text) => text === (await Promise.resolve('right')), 'must be "right"') },
    });
    expect(await slow.validate([{ type: 'Slow', data: 'right' }])).toMatchObject([{ data: 'right' }]);
    expect(await issuesOf([{ type: 'Slow', data: 'wrong' }], undefined, untyped(slow))).toEqual([
      { path: 'events[0].data', message: 'of Slow, schema version 1: must be "right"' },
    ]);
  });

  test('are not refused for a schema that is broken: its error is the error', async () => {
    const broken = new TypeError('not a function');
    const schema: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw broken;
        },
      },
    };
    await expect(defineEvents({ Odd: { schema } }).validate([{ type: 'Odd', data: 1 }])).rejects.toBe(broken);
  });
});

describe('events that are read', () => {
  const current = { customer: 'Ada', totalCents: 4200, currency: 'EUR' };

  test.each([1, 2] as const)('of schema version %i come out in the current one, else unchanged', (schemaVersion) => {
    const event = recorded(placed(schemaVersion, 'Ada', 42));
    const before = structuredClone(event);
    expect(shopEvents.upcast(event)).toStrictEqual({ ...event, data: current, schemaVersion: 3 });
    expect(event).toStrictEqual(before);
  });

  test('of the current version are the same object', () => {
    const event = recorded(placed(3, 'Ada', 42));
    expect(shopEvents.upcast(event)).toBe(event);
  });

  test('keep what else they have, such as their position', () => {
    const event = { ...recorded(placed(1, 'Ada', 42)), position: 7 };
    expect(shopEvents.upcast(event)).toStrictEqual({ ...event, data: current, schemaVersion: 3 });
  });

  test('go through the upcasters from their version on, in their order', () => {
    const through = (name: string) => (data: string) => `${data}${name}`;
    const definitions = defineEvents({
      Told: { schema: z.string(), upcasters: [through('b'), through('c'), through('d')] },
    });
    const upcast = [1, 2, 3, 4].map(
      (schemaVersion) => definitions.upcast(recorded({ type: 'Told', data: 'a', schemaVersion })).data,
    );
    expect(upcast).toEqual(['abcd', 'acd', 'ad', 'a']);
  });

  test('show an upcaster everything that is stored of them but their data', () => {
    const told: unknown[] = [];
    const definitions = defineEvents({
      Told: {
        schema: anything,
        upcasters: [
          (_: unknown, event) => told.push(structuredClone(event)),
          (_: unknown, { metadata: { timestamp } }) => timestamp,
        ],
      },
    });
    const event = recorded({ type: 'Told', data: { a: 1 }, metadata: { userId: 'u' } });
    const { data: _, ...stored } = event;
    expect(definitions.upcast(event)).toMatchObject({ data: event.metadata.timestamp, schemaVersion: 3 });
    expect(told).toStrictEqual([stored]);
  });

  test('are not changed by an upcaster that changes what it is given', () => {
    const definitions = defineEvents({
      Told: {
        schema: z.object({ list: z.array(z.string()) }),
        upcasters: [
          (data: { list: string[] }) => {
            data.list.push('more');
            return data;
          },
        ],
      },
    });
    const event = recorded({ type: 'Told', data: { list: ['a'] }, metadata: { userId: 'u' } });
    const before = structuredClone(event);
    const upcast = { ...before, data: { list: ['a', 'more'] }, schemaVersion: 2 };
    expect(definitions.upcast(event)).toStrictEqual(upcast);
    expect(definitions.upcast(event)).toStrictEqual(upcast);
    expect(event).toStrictEqual(before);
  });

  test('may have been written with a value that is false, empty or null, and may become one', () => {
    const definitions = defineEvents({ Told: { schema: anything, upcasters: [(data: unknown) => data] } });
    for (const data of [null, false, 0, '']) {
      expect(definitions.upcast(recorded({ type: 'Told', data })).data).toBe(data);
    }
  });

  const failing = defineEvents({
    Fails: {
      schema: anything,
      upcasters: [
        (data: string) => data,
        (data: string) => {
          throw new RangeError(`"${data}" is not mine`);
        },
      ],
    },
    ThrowsText: {
      schema: anything,
      upcasters: [
        () => {
          throw 'no error';
        },
      ],
    },
    Forgets: { schema: anything, upcasters: [() => undefined] },
    Waits: { schema: anything, upcasters: [async () => 1] },
  });

  test.each<[NewEvent, string]>([
    [{ type: 'Fails', data: 'a' }, 'its upcaster from schema version 2 fails: "a" is not mine'],
    [{ type: 'Fails', data: 'a', schemaVersion: 2 }, 'its upcaster from schema version 2 fails: "a" is not mine'],
    [{ type: 'ThrowsText', data: 'a' }, 'its upcaster from schema version 1 fails: no error'],
    [{ type: 'Forgets', data: 'a' }, 'its upcaster from schema version 1 returns undefined; it must return data'],
    [{ type: 'Waits', data: 'a' }, 'its upcaster from schema version 1 returns a promise; it must return data'],
    [{ type: 'Fails', data: 'a', schemaVersion: 4 }, 'the newest schema version that this code knows is 3'],
    [
      { type: 'Removed', data: 'a' },
      'its type is not among those that are defined: "Fails", "ThrowsText", "Forgets", "Waits"',
    ],
  ])('cannot be read: %o', (event, reason) => {
    const read = () => failing.upcast(recorded(event));
    const { type, schemaVersion = 1 } = event;
    const place = { streamId: 'Order-1', version: 3, eventId: 'event-3', type, schemaVersion };
    const what = `"${type}" of schema version ${schemaVersion}`;
    expect(read).toThrow(expect.objectContaining({ code: 'unreadable-event', ...place }));
    expect(read).toThrow(new UnreadableEvent(recorded(event), reason));
    expect(read).toThrow(`Event "event-3" (${what}) at version 3 of stream "Order-1": ${reason}`);
  });

  test('that cannot be read say what has failed', () => {
    const read = () => failing.upcast(recorded({ type: 'Fails', data: 'a' }));
    expect(read).toThrow(expect.objectContaining({ cause: new RangeError('"a" is not mine') }));
  });

  test('are known, or not', () => {
    const knows = (type: string, schemaVersion: number) => shopEvents.knows({ type, schemaVersion });
    expect([knows('OrderPlaced', 1), knows('OrderPlaced', 3), knows('OrderPlaced', 4)]).toEqual([true, true, false]);
    expect([knows('OrderPaid', 1), knows('constructor', 1)]).toEqual([false, false]);
  });
});

function recorded({ type, data, schemaVersion = 1, metadata = {} }: NewEvent): RecordedEvent {
  return {
    id: 'event-3',
    streamId: 'Order-1',
    type,
    version: 3,
    schemaVersion,
    data,
    metadata: { ...metadata, timestamp: '2026-11-25T10:00:00.000Z' },
  };
}
