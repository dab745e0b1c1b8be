/** What the bench does with what it has measured. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PARTS, readArguments } from '../../bench/arguments.ts';
import { svgOf } from '../../bench/chart.ts';
import { describeShortfall, shortfalls } from '../../bench/check.ts';
import { markdownTable, replaceBlock } from '../../bench/document.ts';
import { measurePair, type PairResult, quantile } from '../../bench/pairs.ts';
import { commitsAfter, EMPTY_STREAM } from '../../bench/prefill.ts';
import { encodeCommit } from '../../lib/events/stored-commit.ts';
import { createEventStore, memoryTables } from '../../lib/index.ts';
import { orderEvents } from '../support/events.ts';

const RESULT: PairResult = {
  name: 'append',
  target: 0.95,
  unit: 'appends/s',
  ratio: 1,
  ratioLow: 0.9,
  ratioHigh: 1.1,
  rawPerSecond: 100,
  tidemarkPerSecond: 100,
  rounds: 15,
};

test('a ratio falls short where the whole of its middle half does', () => {
  const noisy = { ...RESULT, ratio: 0.9, ratioLow: 0.8, ratioHigh: 0.96 };
  const short = { ...RESULT, ratio: 0.9, ratioLow: 0.88, ratioHigh: 0.94 };
  const broken = { ...RESULT, ratio: Number.NaN, ratioLow: Number.NaN, ratioHigh: Number.NaN };
  expect(shortfalls([RESULT, noisy, short, broken])).toEqual([short, broken]);
  expect(describeShortfall(short)).toBe(
    'append: 0.90 of the raw SDK (middle half 0.88 to 0.94), and must be at least 0.95',
  );
});

test('each pair runs in turns, and the rounds that warm up do not count', async () => {
  const order: string[] = [];
  const run = (name: string) => async () => {
    order.push(name);
  };
  const pair = { ...RESULT, work: 1, raw: run('raw'), tidemark: run('tidemark') };
  const { rounds, ratioLow, ratio, ratioHigh } = await measurePair(pair, 4, 1);
  expect(order).toHaveLength(2 * 5);
  expect(order.filter((_, index) => index % 2 === 0)).toEqual(['tidemark', 'raw', 'tidemark', 'raw', 'tidemark']);
  expect(rounds).toBe(4);
  expect(ratioLow).toBeLessThanOrEqual(ratio);
  expect(ratio).toBeLessThanOrEqual(ratioHigh);
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
});

test('arguments choose parts and rounds, and wrong ones are named', () => {
  expect(readArguments([])).toEqual({ rounds: 15, parts: new Set(PARTS), isCheck: false, isDocument: false });
  expect(readArguments(['--only', 'append', '--only', 'growth', '--rounds', '3', '--check', '--document'])).toEqual({
    rounds: 3,
    parts: new Set(['append', 'growth']),
    isCheck: true,
    isDocument: true,
  });
  expect(() => readArguments(['--rounds', '2'])).toThrow('--rounds must be a whole number from 3 to 1000, not 2');
  expect(() => readArguments(['--only', 'apend'])).toThrow(
    'There is no apend to measure; --only takes append, command',
  );
});

test('a chart has each point in its place, and text of any kind', () => {
  const points = [1, 10, 100].map((x, index) => ({ x, y: index + 1, low: index + 0.5, high: index + 1.5 }));
  const chart = { title: 'a < b & c', xLabel: 'x', yLabel: 'y', mark: 1, series: [{ name: 'one', points }] };
  const svg = svgOf(chart);
  expect(svg).toContain('a &lt; b &amp; c');
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  expect(circles).toHaveLength(3);
  const [first, second, third] = circles;
  // The axis is logarithmic: the middle one is in the middle. And up is less.
  expect((second?.[0] ?? 0) * 2).toBeCloseTo((first?.[0] ?? 0) + (third?.[0] ?? 0), 0);
  expect(first?.[1]).toBeGreaterThan(third?.[1] ?? 0);
  for (const [tag] of svg.matchAll(/<(\w+)/g)) {
    expect(['<svg', '<title', '<rect', '<text', '<path', '<circle']).toContain(tag);
  }
  expect(svgOf(chart)).toBe(svg);
  expect(() => svgOf({ ...chart, series: [] })).toThrow(RangeError);
  expect(() => svgOf({ ...chart, series: [{ name: 'one', points: [{ x: 0, y: 1, low: 1, high: 1 }] }] })).toThrow(
    RangeError,
  );
});

test('a table takes the place of the one that was measured before, and of nothing else', () => {
  const page = 'a\n<!-- measured: one -->\nold\n<!-- end -->\nb\n<!-- measured: two -->\nold\n<!-- end -->\n';
  const table = markdownTable([
    { x: 1, what: 'append' },
    { x: 2, what: 'read' },
  ]);
  expect(replaceBlock(page, 'two', table)).toBe(
    'a\n<!-- measured: one -->\nold\n<!-- end -->\nb\n<!-- measured: two -->\n\n| x | what |\n| --- | --- |\n| 1 | append |\n| 2 | read |\n\n<!-- end -->\n',
  );
  expect(() => replaceBlock(page, 'three', table)).toThrow('docs/performance.md has no place for three');
});

test('docs/performance.md has a place for all that is measured', () => {
  const page = readFileSync('docs/performance.md', 'utf8');
  for (const name of ['pairs', 'stream-length', 'store-size', 'event-size', 'writers', 'growth', 'cold-starts']) {
    expect(replaceBlock(page, name, 'anything')).toContain('anything');
  }
  const charts = [...page.matchAll(/\]\((performance\/[\w-]+\.svg)\)/g)].map(([, file = '']) => file);
  expect(charts).toHaveLength(5);
  expect(charts.filter((file) => !existsSync(`docs/${file}`))).toEqual([]);
});

test('what fills a store is what appends would have left', async () => {
  const commits = commitsAfter({ ...EMPTY_STREAM, streamId: 'Order-1' }, 3, orderEvents(10));
  const tables = memoryTables();
  for (const commit of commits) {
    await tables.put({ table: 'events', item: encodeCommit(commit) });
  }
  const store = createEventStore({ tables });
  const { events, state } = await store.read('Order-1');
  expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
    ...orderEvents(10),
    ...orderEvents(10),
    ...orderEvents(10),
  ]);
  expect(state).toMatchObject({ version: 30, lastCommit: 21 });
  await store.append('Order-1', orderEvents(1), { expect: state });
});
