import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEventStore,
  type EventStore,
  InvalidArgument,
  InvalidEvent,
  type RecordedEvent,
  UnreadableEvent,
} from '../../../lib/index.ts';
import type { Tables } from '../../../lib/tables/tables.ts';
import { sequenceAll } from '../../support/logged.ts';
import { placed, type ShopEvents, shopEvents } from '../../support/shop-events.ts';
import { allCommits } from '../../support/stored-log.ts';

/** Events that do not compile, for those who write JavaScript. */
function untyped(value: unknown): never {
  return value as never;
}

/** What a store with definitions promises on any tables. Each stream is used by one test. */
export function definitionsContract(name: string, makeTables: () => Tables | Promise<Tables>): void {
  describe(`a store with definitions on ${name}`, () => {
    let tables: Tables;
    let plain: EventStore;
    beforeAll(async () => {
      tables = await makeTables();
      plain = createEventStore({ tables });
    });
    const typed = () => createEventStore({ tables, events: shopEvents });
    const passing = () => createEventStore({ tables, events: shopEvents, unknownEvents: 'pass-through' });
    const data = (customer: string): ShopEvents['OrderPlaced'] => ({ customer, totalCents: 4200, currency: 'EUR' });

    describe('append', () => {
      test('stores what the schema makes of the data, with the current version', async () => {
        const { state } = await typed().append('Append-1', [
          { type: 'OrderPlaced', data: { ...data('Ada'), ...{ unknown: true } } },
          { type: 'OrderShipped', data: {} },
        ]);
        const { events } = await plain.read('Append-1');
        expect(events).toMatchObject([
          { type: 'OrderPlaced', data: data('Ada'), schemaVersion: 3, version: 1 },
          { type: 'OrderShipped', data: { carrier: 'post' }, schemaVersion: 1, version: 2 },
        ]);
        expect(events[0]?.data).toEqual(data('Ada'));
        const next = await typed().append('Append-1', [{ type: 'OrderNoted', data: { text: 'a' } }], { expect: state });
        expect(next.version).toBe(3);
      });

      test('refuses what does not fit, and writes nothing', async () => {
        const wrong = { type: 'OrderPlaced', data: { ...data('Ada'), totalCents: '4200' } };
        const refused = typed().append('Append-2', untyped([{ type: 'OrderShipped', data: {} }, wrong]));
        await expect(refused).rejects.toThrow(InvalidEvent);
        await expect(refused).rejects.toThrow(
          'events[1].data.totalCents of OrderPlaced, schema version 3: Invalid input: expected number, received string',
        );
        expect(await plain.head('Append-2')).toMatchObject({ version: 0 });
      });

      test('refuses what JSON would change of what a schema has made', async () => {
        // JSON has no -0, and the schema lets it through.
        const wrong = { type: 'OrderPlaced', data: { ...data('Ada'), totalCents: -0 } } as const;
        await expect(typed().append('Append-3', [wrong])).rejects.toThrow(
          'events[0].data.totalCents must not be -0; JSON writes it as 0',
        );
      });

      test('refuses what is no list of events as every store does', async () => {
        await expect(typed().append('Append-4', untyped('events'))).rejects.toThrow('events must be an array');
        await expect(typed().append('Append-4', [])).rejects.toMatchObject({ code: 'no-events' });
        await expect(typed().append('Append-4', untyped([null]))).rejects.toThrow('events[0] must be a plain object');
      });

      test('knows a repeat of what its schema has changed', async () => {
        const once = () => typed().append('Append-5', [{ type: 'OrderShipped', data: {} }], { idempotencyKey: 'k' });
        expect([(await once()).duplicate, (await once()).duplicate]).toEqual([false, true]);
      });
    });

    describe('appendMany', () => {
      test('stores what the schemas make of the data', async () => {
        await typed().appendMany([
          { streamId: 'Many-1', events: [{ type: 'OrderShipped', data: {} }], expect: 'no-stream' },
          { streamId: 'Many-2', events: [{ type: 'OrderPlaced', data: data('Ada') }] },
        ]);
        expect((await plain.read('Many-1')).events).toMatchObject([{ data: { carrier: 'post' } }]);
        expect((await plain.read('Many-2')).events).toMatchObject([{ schemaVersion: 3 }]);
      });

      test('refuses what does not fit, says in which append, and writes nothing', async () => {
        const refused = typed().appendMany([
          { streamId: 'Many-3', events: [{ type: 'OrderShipped', data: {} }] },
          { streamId: 'Many-4', events: untyped([{ type: 'OrderPaid', data: {} }]) },
        ]);
        await expect(refused).rejects.toThrow(InvalidEvent);
        await expect(refused).rejects.toThrow(/^appends\[1\]\.events\[0\]\.type must be one of .* not "OrderPaid"$/);
        const heads = await Promise.all(['Many-3', 'Many-4'].map((streamId) => plain.head(streamId)));
        expect(heads.map(({ version }) => version)).toEqual([0, 0]);
      });

      test('refuses what is no list as every store does', async () => {
        await expect(typed().appendMany(untyped(undefined))).rejects.toThrow(InvalidArgument);
        await expect(typed().appendMany([])).rejects.toThrow(InvalidArgument);
      });
    });

    /** A stream of all versions, in two commits, as stores without definitions and older ones have written it. */
    const history = async (streamId: string) => {
      await plain.append(streamId, [placed(1, 'Ada', 42), placed(2, 'Bob', 42)]);
      await plain.append(streamId, [placed(3, 'Cleo', 42), { type: 'OrderShipped', data: { carrier: 'bike' } }]);
    };
    const inCurrentShape = [
      { version: 1, type: 'OrderPlaced', schemaVersion: 3, data: data('Ada') },
      { version: 2, type: 'OrderPlaced', schemaVersion: 3, data: data('Bob') },
      { version: 3, type: 'OrderPlaced', schemaVersion: 3, data: data('Cleo') },
      { version: 4, type: 'OrderShipped', schemaVersion: 1, data: { carrier: 'bike' } },
    ];

    describe('read', () => {
      test('gives every event in its current shape, in both directions', async () => {
        await history('Read-1');
        const forward = await typed().read('Read-1');
        expect(forward).toMatchObject({ streamId: 'Read-1', events: inCurrentShape, state: { version: 4 } });
        const backward = await typed().read('Read-1', { direction: 'backward' });
        expect(backward.events).toEqual(forward.events.toReversed());
        const inside = await typed().read('Read-1', { from: 2, limit: 2 });
        expect(inside).toMatchObject({ events: inCurrentShape.slice(1, 3), next: 4 });
        expect((await plain.read('Read-1')).events[0]).toMatchObject({ schemaVersion: 1, data: { total: 42 } });
      });

      test('names an event that is not known or newer than the code, or passes it through', async () => {
        await plain.append('Read-2', [placed(1, 'Ada', 42), { type: 'OrderPaid', data: 1 }]);
        await plain.append('Read-2', [{ type: 'OrderPlaced', data: { shape: 'of tomorrow' }, schemaVersion: 4 }]);
        const reading = typed().read('Read-2');
        await expect(reading).rejects.toThrow(UnreadableEvent);
        await expect(reading).rejects.toMatchObject({ streamId: 'Read-2', version: 2, type: 'OrderPaid' });
        await expect(typed().read('Read-2', { from: 3 })).rejects.toThrow(
          'the newest schema version that this code knows is 3',
        );
        expect((await typed().read('Read-2', { limit: 1 })).events).toMatchObject([inCurrentShape[0]]);
        expect((await passing().read('Read-2')).events).toMatchObject([
          inCurrentShape[0],
          { type: 'OrderPaid', data: 1, schemaVersion: 1 },
          { type: 'OrderPlaced', data: { shape: 'of tomorrow' }, schemaVersion: 4 },
        ]);
      });

      test('does not pass through what an upcaster fails at', async () => {
        await plain.append('Read-3', [{ type: 'OrderPlaced', data: null }]);
        await expect(passing().read('Read-3')).rejects.toThrow('its upcaster from schema version 1 fails');
      });
    });

    describe('the log', () => {
      test('is read in its current shape: page by page, by a reader, and followed', async () => {
        await history('Log-1');
        await sequenceAll(tables);
        const options = { category: 'Log' };
        const { events, position } = await typed().log(options);
        expect(events).toMatchObject(inCurrentShape);
        expect(events.at(-1)?.position).toBeLessThanOrEqual(position);
        const reader = typed().logReader(options);
        expect([...(await reader.next(3)).events, ...(await reader.next(3)).events]).toEqual(events);
        const followed = [];
        for await (const event of typed().subscribe(options)) {
          followed.push(event);
          if (followed.length === events.length) {
            break;
          }
        }
        expect(followed).toEqual(events);
      });

      const withUnreadable = async (category: string) => {
        await history(`${category}-1`);
        await plain.append(`${category}-2`, [
          placed(2, 'Dora', 42),
          { type: 'OrderPaid', data: 1 },
          placed(1, 'Eve', 42),
        ]);
        await sequenceAll(tables);
        return (await passing().log({ category })).events;
      };

      test('names an event that cannot be read, or passes it through', async () => {
        const events = await withUnreadable('Unknown');
        expect(events.map(({ type }) => type)).toEqual([
          ...Array(3).fill('OrderPlaced'),
          'OrderShipped',
          'OrderPlaced',
          'OrderPaid',
          'OrderPlaced',
        ]);
        await expect(typed().log({ category: 'Unknown' })).rejects.toMatchObject({ streamId: 'Unknown-2', version: 2 });
        const types = ['OrderPlaced'];
        expect((await typed().log({ category: 'Unknown', types })).events).toHaveLength(5);
      });

      test('gives a page that cannot be read again, up to the event and behind it', async () => {
        const events = await withUnreadable('Again');
        const reader = typed().logReader({ category: 'Again' });
        expect((await reader.next(4)).events).toEqual(events.slice(0, 4));
        // Also where several are asked for at once.
        const failing = [reader.next(3), reader.next(2), reader.next(100)];
        for (const page of await Promise.allSettled(failing)) {
          expect(page).toMatchObject({ status: 'rejected', reason: { code: 'unreadable-event', type: 'OrderPaid' } });
        }
        const upTo = await reader.next(1);
        expect(upTo.events).toEqual(events.slice(4, 5));
        await expect(reader.next(1)).rejects.toThrow(UnreadableEvent);
        const behind = typed().logReader({ category: 'Again', after: events[5]?.position ?? 0 });
        expect((await behind.next(10)).events).toEqual(events.slice(6));
      });

      test('is followed up to an event that cannot be read, and again from where that was', async () => {
        const events = await withUnreadable('Followed');
        const follow = async (after: number, store: EventStore<never, RecordedEvent> = typed()) => {
          const seen: unknown[] = [];
          let last = after;
          const following = async () => {
            for await (const event of store.subscribe({ category: 'Followed', after })) {
              seen.push(event);
              last = event.position;
              if (seen.length === events.length) {
                break;
              }
            }
          };
          const reason: unknown = await following().catch((error: unknown) => error);
          return { seen, last, reason };
        };
        const first = await follow(0);
        expect(first.seen).toEqual(events.slice(0, 5));
        expect(first.reason).toMatchObject({ code: 'unreadable-event', streamId: 'Followed-2', version: 2 });
        const again = await follow(first.last);
        expect(again).toMatchObject({ seen: [], reason: { code: 'unreadable-event' } });
        expect((await follow(0, passing())).seen).toEqual(events);
      });

      test('refuses wrong options at once', async () => {
        expect(() => typed().subscribe({ after: -1 })).toThrow(InvalidArgument);
        expect(() => typed().logReader({ after: -1 })).toThrow(InvalidArgument);
        await expect(typed().log({ after: -1 })).rejects.toThrow(InvalidArgument);
        expect(() => createEventStore({ tables, events: shopEvents, unknownEvents: untyped('ignore') })).toThrow(
          'unknownEvents must be "error" or "pass-through", not "ignore"',
        );
      });
    });

    test('what was stored has not been changed by any of it', async () => {
      const before = await allCommits(tables);
      await history('Same-1');
      await typed().read('Same-1');
      expect((await allCommits(tables)).length).toBe(before.length + 2);
      expect((await plain.read('Same-1')).events).toMatchObject([
        { schemaVersion: 1, data: { customer: 'Ada', total: 42 } },
        { schemaVersion: 2, data: { customer: 'Bob', totalCents: 4200 } },
        { schemaVersion: 3, data: data('Cleo') },
        { schemaVersion: 1, data: { carrier: 'bike' } },
      ]);
    });
  });
}
