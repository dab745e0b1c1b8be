/** The scan that goes on by itself: where the last part ended, whatever ends it. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createEventStore, createSequencer, memoryTables, type Tables, UnreadableItem } from '../../lib/index.ts';
import { SCANNED_AGE_MS } from '../../lib/log/bounds.ts';
import { type ScannedPart, scanOn } from '../../lib/log/scan-on.ts';
import { readScanPlace, SCAN_PLACE_KEY } from '../../lib/log/scan-place.ts';
import { numbered } from '../support/events.ts';
import { withCalls } from '../support/faulty-tables.ts';
import { expectAllSequenced, soundLog } from '../support/stored-log.ts';

const APPENDED = new Date('2026-11-25T12:00:00Z');
const LATER = new Date(APPENDED.getTime() + SCANNED_AGE_MS + 1);

/** Some five pages of 1 MB. */
const STREAMS = 30;
const LARGE = { type: 'Scanned', data: randomBytes(150_000).toString('base64') };

async function storeOf(streams: number): Promise<Tables> {
  const tables = memoryTables();
  const store = createEventStore({ tables, now: () => APPENDED });
  for (let index = 0; index < streams; index++) {
    await store.append(`Order-${index}`, [LARGE]);
  }
  return tables;
}

interface Time {
  readonly mayGoOn?: () => boolean;
  readonly now?: Date;
}

function part(tables: Tables, { mayGoOn = () => false, now = LATER }: Time = {}): Promise<ScannedPart> {
  const context = { tables, delay: async () => {}, random: () => 0.5 };
  return scanOn(context, createSequencer(context), { mayGoOn, now: () => now });
}

test('a table is gone through in parts, however little time each has, and then anew', async () => {
  const tables = await storeOf(STREAMS);
  const parts: ScannedPart[] = [];
  while (parts.at(-1)?.outcome !== 'done' && parts.length < STREAMS) {
    parts.push(await part(tables));
  }
  expect(parts.length).toBeGreaterThan(4);
  expect(parts.slice(0, -1).map(({ outcome }) => outcome)).toEqual(parts.slice(0, -1).map(() => 'more'));
  expect(parts.reduce((sum, { seen }) => sum + seen, 0)).toBe(STREAMS);
  expect(parts.reduce((sum, { sequenced }) => sum + sequenced, 0)).toBe(STREAMS);
  await expectAllSequenced(tables);
  const again = await part(tables, { mayGoOn: () => true });
  expect(again).toMatchObject({ outcome: 'done', seen: STREAMS, sequenced: 0 });
});

test('what was appended within the last hour is for the sequencer', async () => {
  const tables = await storeOf(1);
  const store = createEventStore({ tables, now: () => LATER });
  await store.append('Order-0', numbered(1));
  await store.append('Order-young', numbered(1));
  const early = await part(tables, { now: new Date(LATER.getTime() - 1) });
  expect(early).toMatchObject({ outcome: 'done', seen: 3, sequenced: 0 });
  expect(await soundLog(tables)).toEqual([]);
  expect((await part(tables, { now: new Date(LATER.getTime() + 1) })).sequenced).toBe(1);
  expect((await part(tables, { now: new Date(LATER.getTime() + SCANNED_AGE_MS + 1) })).sequenced).toBe(2);
  await expectAllSequenced(tables);
});

test('a crash at any write costs a page, and nothing is lost or doubled', async () => {
  const writes = { made: 0, crashAt: Number.POSITIVE_INFINITY };
  for (let crashAt = 1; crashAt <= 6; crashAt++) {
    const tables = await storeOf(8);
    const crashing = withCalls(tables, {
      put: async (put) => {
        writes.made += 1;
        if (writes.made >= writes.crashAt) {
          throw new Error('crashed');
        }
        return tables.put(put);
      },
    });
    Object.assign(writes, { made: 0, crashAt });
    await expect(part(crashing, { mayGoOn: () => true })).rejects.toThrow('crashed');
    expect((await part(tables, { mayGoOn: () => true })).outcome).toBe('done');
    await expectAllSequenced(tables);
    await soundLog(tables);
  }
});

test('of two at once the slower one stops, and the next goes on where the faster one is', async () => {
  const tables = await storeOf(STREAMS);
  let isFirst = true;
  const overtaken = withCalls(tables, {
    scan: async (table, options) => {
      const page = await tables.scan(table, options);
      if (isFirst) {
        isFirst = false;
        expect((await part(tables)).outcome).toBe('more');
        expect((await part(tables)).outcome).toBe('more');
      }
      return page;
    },
  });
  expect((await part(overtaken, { mayGoOn: () => true })).outcome).toBe('overtaken');
  expect((await readScanPlace(tables))?.revision).toBe(2);
  expect((await part(tables, { mayGoOn: () => true })).outcome).toBe('done');
  await expectAllSequenced(tables);
});

test('a place that cannot be read is not taken for none', async () => {
  const tables = await storeOf(1);
  await tables.put({ table: 'state', item: { ...SCAN_PLACE_KEY, format: 2 } });
  await expect(part(tables)).rejects.toThrow(UnreadableItem);
});
