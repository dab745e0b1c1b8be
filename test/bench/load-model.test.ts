/** What the load model may be trusted for: it runs the real protocol, keeps the limits that it is given, and says the same each time. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ceilings } from '../../bench/load-model/ceilings.ts';
import { limitedTables } from '../../bench/load-model/limited-tables.ts';
import { LIMITS, type Limits, type Load } from '../../bench/load-model/limits.ts';
import { ceilingRow, HEADERS, markdown, scenarioRow } from '../../bench/load-model/report.ts';
import { type LoadResult, runLoad } from '../../bench/load-model/run.ts';
import { SCENARIOS } from '../../bench/load-model/scenarios.ts';
import { VirtualClock } from '../../bench/load-model/virtual-clock.ts';
import { verify } from '../../lib/verify/verify.ts';

const LOAD: Load = { commitsPerSecond: 200, eventsPerCommit: 2, streams: 60, projections: 1, seconds: 2 };

function numbersOf({ stored: _, ...numbers }: LoadResult): Omit<LoadResult, 'stored'> {
  return numbers;
}

test('the same load has the same result, and another seed another one', async () => {
  const first = numbersOf(await runLoad(LOAD));
  expect(numbersOf(await runLoad(LOAD))).toEqual(first);
  expect(numbersOf(await runLoad(LOAD, {}, 2))).not.toEqual(first);
});

test('what it has put into the log is sound: four sequencers have raced for it', async () => {
  const { stored, lost } = await runLoad(LOAD);
  expect(lost).toBeGreaterThan(0);
  const damages: unknown[] = [];
  let commits = 0;
  for await (const progress of verify({ tables: stored, delay: async () => {}, random: () => 0 })) {
    damages.push(...progress.found.filter(({ kind }) => kind !== 'not-in-log'));
    commits = Math.max(commits, progress.commits);
  }
  expect(damages).toEqual([]);
  expect(commits).toBeGreaterThan(300);
});

test.each<[string, Partial<Limits>]>([
  ['as it is', {}],
  ['with one sequencer', { sequencersMax: 1 }],
  ['with little to write', { partitionWriteUnits: 20 }],
  ['with slow writes', { writeMs: 60 }],
])('nothing comes out that has not gone in, and no partition gives more than it has: %s', async (_, limits) => {
  const result = await runLoad(LOAD, limits);
  const { appendedPerSecond, sequencedPerSecond, projectedPerSecond } = result;
  // What waited at the middle of the run may come out in its second half.
  expect(sequencedPerSecond).toBeLessThanOrEqual(2 * appendedPerSecond);
  expect(projectedPerSecond).toBeLessThanOrEqual(2 * 2 * LOAD.commitsPerSecond);
  // A second's units may be used in advance, and that is as long as the second half.
  for (const share of [result.logWrites, result.eventsWrites, result.stateWrites, result.readModelsWrites]) {
    expect(share).toBeLessThanOrEqual(2.1);
  }
});

test('less of anything that binds is less in the log', async () => {
  const { sequencedPerSecond } = await runLoad(LOAD, { sequencersMax: 1 });
  for (const limits of [{ partitionWriteUnits: 10 }, { writeMs: 300 }]) {
    expect((await runLoad(LOAD, { sequencersMax: 1, ...limits })).sequencedPerSecond).toBeLessThan(
      sequencedPerSecond / 2,
    );
  }
});

test('one sequencer puts no more into the log than its ceiling says', async () => {
  // Small batches: an entry is counted in the moment in which it is put.
  const limits = { ...LIMITS, sequencersMax: 1, writeMs: 100, batchSize: 100 };
  const ceiling = ceilings(limits).find(({ what }) => what === 'the sequencer')?.perSecond ?? Number.NaN;
  const load = { ...LOAD, commitsPerSecond: 1_000, streams: 1_000, eventsPerCommit: 1, seconds: 4 };
  const { sequencedPerSecond } = await runLoad(load, limits);
  expect(sequencedPerSecond).toBeGreaterThan(ceiling / 3);
  expect(sequencedPerSecond).toBeLessThan(ceiling * 1.1);
});

test('a partition without units left lets requests wait until it has some', async () => {
  const clock = new VirtualClock();
  const { tables } = limitedTables(
    clock,
    () => 0.5,
    { ...LIMITS, partitionWriteUnits: 10 },
    () => {},
  );
  let done = 0;
  for (let index = 0; index < 40; index++) {
    const item = { PK: 'LOG#main', SK: `POSITION#${index}` };
    void tables.put({ table: 'log', item }).then(() => (done += 1));
  }
  await clock.runUntil(100);
  // Those of a second in advance, and the one that finds the debt just paid.
  expect(done).toBeGreaterThanOrEqual(10);
  expect(done).toBeLessThanOrEqual(12);
  await clock.runUntil(2_100);
  expect(done).toBeGreaterThanOrEqual(29);
  expect(done).toBeLessThanOrEqual(32);
});

test('docs/performance.md says what it says', async () => {
  const page = readFileSync('docs/performance.md', 'utf8');
  expect(page).toContain(markdown(HEADERS.ceilings, ceilings(LIMITS).map(ceilingRow)));
  const [smallest] = SCENARIOS;
  if (smallest === undefined) {
    throw new Error('There is no scenario');
  }
  const row = scenarioRow(smallest, await runLoad(smallest.load, smallest.limits));
  expect(page).toContain(`| ${row.join(' | ')} |`);
});
