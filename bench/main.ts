/**
 * `npm run bench`: ratios to the raw SDK, on a DynamoDB Local in memory. Prints tables, writes bench/results/bench.json.
 *
 *     npm run bench -- --only append --rounds 31    one part, more often; see arguments.ts
 *     npm run bench -- --check                      fails where a ratio falls short; for a machine that does nothing else
 *     npm run bench -- --document                   writes the tables and charts of docs/performance.md anew
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type TableNames, tableNames } from '../lib/index.ts';
import { createTables } from '../lib/local/create-tables.ts';
import { startDynamoDb } from '../lib/local/find-dynamodb.ts';
import { localDynamoDbClient } from '../lib/local/local-client.ts';
import { type Part, readArguments } from './arguments.ts';
import { svgOf } from './chart.ts';
import { describeShortfall, shortfalls } from './check.ts';
import { measureColdStarts } from './cold-start.ts';
import { circumstances, markdownTable, type Row, writeBlock } from './document.ts';
import { growingLog, logPair, measureGrowth, slope } from './log.ts';
import { measurePair, type Pair, type PairResult } from './pairs.ts';
import { projectionPair, rebuildUs } from './projections.ts';
import { coldStartRow, growthRow, pairRow, pointRow } from './rows.ts';
import { type Clients, eventSizes, storeSizes, streamLengths, writers } from './scaling.ts';
import type { Series } from './series.ts';
import { appendPairs, commandPair, readPairs } from './store.ts';

const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const RESULTS = new URL('results/', import.meta.url);
const CHARTS = new URL('../docs/performance/', import.meta.url);

/** What grows, with what it is called below its chart. */
const SCALES = [
  { part: 'stream-length', measure: streamLengths, title: 'As a stream grows', xLabel: 'events in the stream' },
  { part: 'store-size', measure: storeSizes, title: 'As the store grows', xLabel: 'events in the store' },
  { part: 'event-size', measure: eventSizes, title: 'As events grow', xLabel: 'bytes of an event' },
  { part: 'writers', measure: writers, title: 'As writers come', xLabel: 'writers at once' },
] as const;

const { rounds, parts, isCheck, isDocument } = readArguments(process.argv.slice(2));
const dynamoDb = await startDynamoDb({ inMemory: true, endpoint: process.env['DYNAMODB_ENDPOINT'], say: console.log });
const client = localDynamoDbClient(dynamoDb.endpoint);
// With everything as the SDK has it by default.
const raw = new DynamoDBClient({ endpoint: dynamoDb.endpoint, region: 'local', credentials: LOCAL_CREDENTIALS });
const report: Record<string, unknown> = {
  date: new Date().toISOString(),
  node: process.version,
  source: dynamoDb.source,
};
const results: PairResult[] = [];
try {
  await measurePairs();
  await measureScales();
  if (parts.has('growth')) {
    await measureLogGrowth();
  }
  if (parts.has('cold-starts')) {
    console.log('Measuring: cold starts, to the handler, as ratios to an empty handler with the SDK …');
    const coldStarts = await measureColdStarts(rounds);
    await show('cold-starts', coldStarts.map(coldStartRow));
    report['coldStarts'] = coldStarts;
  }
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL('bench.json', RESULTS), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  raw.destroy();
  client.destroy();
  await dynamoDb.stop();
}
if (isCheck) {
  const short = shortfalls(results);
  for (const one of short) {
    console.error(describeShortfall(one));
  }
  process.exitCode = short.length === 0 ? 0 : 1;
}

/** Tables of their own, so that nothing is measured on what another part has left. */
async function newTables(part: Part | 'pairs'): Promise<TableNames> {
  const names = tableNames(`bench-${part}-${process.pid}`);
  await createTables(client, names);
  return names;
}

async function measurePairs(): Promise<void> {
  const names = await newTables('pairs');
  const logNames = await newTables('log');
  const log = growingLog(client, logNames);
  const isAnyOf = (...some: Part[]) => some.some((part) => parts.has(part));
  console.log('Preparing …');
  const pairs: Pair[] = [
    ...(parts.has('append') ? appendPairs(raw, client, names) : []),
    ...(parts.has('command') ? [commandPair(raw, client, names)] : []),
    ...(parts.has('read') ? await readPairs(raw, client, names) : []),
  ];
  // The projection is built from the log that the other one fills.
  const ofLog = isAnyOf('log', 'projection') ? await logPair(raw, log, logNames) : undefined;
  pairs.push(...(ofLog !== undefined && parts.has('log') ? [ofLog] : []));
  pairs.push(...(parts.has('projection') ? [await projectionPair(raw, log, logNames)] : []));
  for (const pair of pairs) {
    console.log(`Measuring: ${pair.name} …`);
    results.push(await measurePair(pair, rounds, 3));
  }
  report['results'] = results;
  if (results.length > 0) {
    await show('pairs', results.map(pairRow));
  }
}

async function measureScales(): Promise<void> {
  for (const { part, measure, title, xLabel } of SCALES) {
    if (parts.has(part)) {
      console.log(`Measuring: ${title.toLowerCase()} …`);
      const clients: Clients = { raw, client, names: await newTables(part) };
      const series: Series[] = await measure(clients, rounds);
      report[part] = series;
      await show(
        part,
        series.flatMap((one) => one.points.map((point) => pointRow(one.name, xLabel, point))),
      );
      await draw(part, { title, xLabel, series });
    }
  }
}

async function draw(
  part: Part,
  { title, xLabel, series }: { readonly title: string; readonly xLabel: string; readonly series: readonly Series[] },
): Promise<void> {
  if (isDocument) {
    const chart = {
      title: `${title}: throughput as a ratio to the raw SDK`,
      xLabel,
      yLabel: 'ratio',
      mark: 1,
      series: series.map(({ name, points }) => ({
        name,
        points: points.map(({ x, ratio, ratioLow, ratioHigh }) => ({ x, y: ratio, low: ratioLow, high: ratioHigh })),
      })),
    };
    await writeChart(part, svgOf(chart));
  }
}

async function measureLogGrowth(): Promise<void> {
  console.log('Measuring: the log as it grows …');
  const growth = await measureGrowth(growingLog(client, await newTables('growth')), rebuildUs);
  const slopes = {
    sequencing: slope(growth, ({ sequencingUs }) => sequencingUs),
    reading: slope(growth, ({ readingUs }) => readingUs),
    rebuilding: slope(growth, ({ rebuildingUs }) => rebuildingUs),
  };
  const slopesLine =
    `Time per event grows with the size of the log to the power of ${slopes.sequencing.toFixed(2)} for sequencing, ` +
    `${slopes.reading.toFixed(2)} for reading, ${slopes.rebuilding.toFixed(2)} for rebuilding a projection (0: not at all, 1: in proportion)`;
  await show('growth', growth.map(growthRow), slopesLine);
  report['growth'] = growth;
  report['slopes'] = slopes;
  if (isDocument) {
    const lineOf = (name: string, us: (one: (typeof growth)[number]) => number) => ({
      name,
      points: growth.map((one) => ({ x: one.events, y: us(one), low: us(one), high: us(one) })),
    });
    const series = [
      lineOf('sequencing', ({ sequencingUs }) => sequencingUs),
      lineOf('reading', ({ readingUs }) => readingUs),
      lineOf('rebuilding a projection', ({ rebuildingUs }) => rebuildingUs),
    ];
    const labels = { xLabel: 'events in the log', yLabel: 'µs for each event' };
    await writeChart('growth', svgOf({ title: 'As the log grows: time for each event', ...labels, series }));
  }
}

/** Prints rows, and where it is wanted puts them into the page. */
async function show(name: Part | 'pairs', rows: readonly Row[], below = ''): Promise<void> {
  console.table(rows);
  console.log(below);
  if (isDocument) {
    await writeBlock(
      name,
      `${circumstances(name === 'growth' ? undefined : rounds)}\n\n${markdownTable(rows)}${below === '' ? '' : `\n\n${below}`}`,
    );
  }
}

async function writeChart(part: Part, svg: string): Promise<void> {
  await mkdir(CHARTS, { recursive: true });
  await writeFile(new URL(`${part}.svg`, CHARTS), svg);
}
