/** The prices of docs/costs.md are those of the cost model, and those of the README are those of docs/costs.md. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DAYS_PER_MONTH } from '../../lib/cost/assumptions.ts';
import { type CostEstimate, estimateCost } from '../../lib/cost/estimate.ts';
import { WORKLOAD, type Workload } from '../../lib/cost/workload.ts';

const README = readFileSync('README.md', 'utf8');
const COSTS = readFileSync('docs/costs.md', 'utf8');
const MILLION_A_MONTH = 1e6 / DAYS_PER_MONTH;

/** The last cell of the row of a table in a section that begins with a sentence. */
function said(from: string, row: string): string {
  const section = COSTS.slice(COSTS.indexOf(from));
  const line = section.split('\n').find((text) => text.startsWith(`| ${row} |`));
  return lastCell(line) ?? `no row ${row}`;
}

function lastCell(line: string | undefined): string | undefined {
  return line?.split('|').at(-2)?.replaceAll('*', '').trim();
}

function month(changed: Partial<Workload>): CostEstimate {
  return estimateCost({ ...WORKLOAD, isMonitored: false, ...changed });
}

function dollars({ lines }: CostEstimate, what: string): string {
  return (lines.find((line) => line.what === what)?.dollars ?? Number.NaN).toFixed(2);
}

const BUSY = 'A million events of 300 bytes';
const IDLE = 'A month in which nothing happens';
const busy = month({ eventsPerDay: MILLION_A_MONTH, projections: 0 });

test.each([
  'API Gateway',
  'append function',
  'commits',
  'access log, traces',
  'the log',
  'sequencer function',
  'verification',
])('a million events: %s', (what) => {
  expect(said(BUSY, what)).toBe(dollars(busy, what));
});

test('a million events together, by the library, and ten in an append', () => {
  expect(said(BUSY, '**together**')).toBe(busy.dollarsPerMonth.toFixed(2));
  const byLibrary = month({ eventsPerDay: MILLION_A_MONTH, projections: 0, through: 'library' });
  expect(said(BUSY, 'by the library, without API')).toBe(byLibrary.dollarsPerMonth.toFixed(2));
  const tens = month({ eventsPerDay: MILLION_A_MONTH, projections: 0, eventsPerAppend: 10 });
  expect(COSTS).toContain(`units and marks: $${tens.dollarsPerMonth.toFixed(2)} a million events`);
});

test('a projection of a million events', () => {
  const projected = month({ eventsPerDay: MILLION_A_MONTH, projections: 1 });
  const idle = month({ projections: 1 });
  const own =
    projected.dollarsPerMonth -
    busy.dollarsPerMonth -
    (idle.dollarsPerMonth - month({ projections: 0 }).dollarsPerMonth);
  expect(said(BUSY, 'a projection, ten documents a batch')).toBe(own.toFixed(2));
});

test('a month in which nothing happens', () => {
  const idle = month({ isMonitored: true });
  for (const what of ['waking projections', 'verification', 'monitoring']) {
    expect(said(IDLE, what)).toBe(dollars(idle, what));
  }
  expect(idle.lines.map(({ what }) => what)).toEqual(['waking projections', 'verification', 'monitoring']);
  expect(said(IDLE, 'what is stored')).toBe(busy.stored.dollars.toFixed(2));
});

test('queues of projections while nothing happens', () => {
  const [three = Number.NaN, four = Number.NaN] = [3, 4].map((projections) =>
    Number(month({ projections }).lines.find(({ what }) => what === 'queues of projections')?.dollars),
  );
  const queue = four - three;
  expect(COSTS).toContain(`$${(three - 2 * queue).toFixed(2)} a month, and $${queue.toFixed(2)} for each idle queue`);
});

test('the README has the same numbers', () => {
  const [, section = ''] = README.split('\n## Costs\n');
  const [table = ''] = section.split('\n## ');
  const numbers = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| | '));
  const [, tens] = /units and marks: \$([\d.]+) a million events/.exec(COSTS) ?? [];
  expect(numbers.slice(1).map(lastCell)).toEqual([
    said(BUSY, '**together**'),
    said(BUSY, 'by the library, without API'),
    tens,
    said(BUSY, 'a projection, ten documents a batch'),
    said(IDLE, 'what is stored'),
    said(IDLE, 'waking projections'),
    said(IDLE, 'monitoring'),
  ]);
});
