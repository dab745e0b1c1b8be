/** `npm run bench`: ratios to the raw SDK, on a DynamoDB Local in memory. Prints tables, writes bench/results/bench.json. */

import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableNames } from '../lib/index.ts';
import { createTables } from '../lib/local/create-tables.ts';
import { startDynamoDb } from '../lib/local/find-dynamodb.ts';
import { localDynamoDbClient } from '../lib/local/local-client.ts';
import { type ColdStart, measureColdStarts } from './cold-start.ts';
import { type Growth, growingLog, logPair, measureGrowth, slope } from './log.ts';
import { measurePair, type PairResult } from './pairs.ts';
import { projectionPair, rebuildUs } from './projections.ts';
import { storePairs } from './store.ts';

const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const RESULTS = new URL('results/', import.meta.url);

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);

const dynamoDb = await startDynamoDb({ inMemory: true, endpoint: process.env['DYNAMODB_ENDPOINT'], say: console.log });
try {
  const client = localDynamoDbClient(dynamoDb.endpoint);
  // With everything as the SDK has it by default.
  const raw = new DynamoDBClient({ endpoint: dynamoDb.endpoint, region: 'local', credentials: LOCAL_CREDENTIALS });
  const names = tableNames(`bench-${process.pid}`);
  await createTables(client, names);
  const results: PairResult[] = [];
  const logNames = tableNames(`bench-log-${process.pid}`);
  await createTables(client, logNames);
  const log = growingLog(client, logNames);
  console.log('Preparing …');
  for (const pair of [
    ...(await storePairs(raw, client, names)),
    await logPair(raw, log, logNames),
    await projectionPair(raw, log, logNames),
  ]) {
    console.log(`Measuring: ${pair.name} …`);
    results.push(await measurePair(pair, rounds, 3));
  }
  console.table(results.map(row));
  console.log('Measuring: the log as it grows …');
  const growthNames = tableNames(`bench-growth-${process.pid}`);
  await createTables(client, growthNames);
  const growth = await measureGrowth(growingLog(client, growthNames), rebuildUs);
  console.table(growth.map(growthRow));
  const slopes = {
    sequencing: slope(growth, ({ sequencingUs }) => sequencingUs),
    reading: slope(growth, ({ readingUs }) => readingUs),
    rebuilding: slope(growth, ({ rebuildingUs }) => rebuildingUs),
  };
  console.log(
    `Time per event grows with the size of the log to the power of ${slopes.sequencing.toFixed(2)} for sequencing, ` +
      `${slopes.reading.toFixed(2)} for reading, ${slopes.rebuilding.toFixed(2)} for rebuilding a projection (0: not at all, 1: in proportion)`,
  );
  console.log('Measuring: cold starts, to the handler, as ratios to an empty handler with the SDK …');
  const coldStarts = await measureColdStarts(rounds);
  console.table(coldStarts.map(coldStartRow));
  await mkdir(RESULTS, { recursive: true });
  const report = {
    date: new Date().toISOString(),
    node: process.version,
    source: dynamoDb.source,
    results,
    growth,
    slopes,
    coldStarts,
  };
  await writeFile(new URL('bench.json', RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  raw.destroy();
  client.destroy();
} finally {
  await dynamoDb.stop();
}

function coldStartRow({ name, bundleKb, ratio, ratioLow, ratioHigh }: ColdStart) {
  return {
    function: name,
    'bundle, KB': Math.round(bundleKb),
    'ratio (fastest starts)': ratio.toFixed(2),
    'middle half': `${ratioLow.toFixed(2)} – ${ratioHigh.toFixed(2)}`,
  };
}

function growthRow({ events, sequencingUs, readingUs, rebuildingUs }: Growth) {
  return {
    events,
    'sequencing, µs per event': sequencingUs.toFixed(1),
    'reading, µs per event': readingUs.toFixed(1),
    'rebuilding, µs per event': rebuildingUs.toFixed(1),
  };
}

function row({ name, ratio, ratioLow, ratioHigh, target, rawPerSecond, tidemarkPerSecond, unit }: PairResult) {
  return {
    what: name,
    'ratio (median)': ratio.toFixed(2),
    'middle half': `${ratioLow.toFixed(2)} – ${ratioHigh.toFixed(2)}`,
    target: `at least ${target}`,
    raw: `${Math.round(rawPerSecond)} ${unit}`,
    Tidemark: `${Math.round(tidemarkPerSecond)} ${unit}`,
  };
}
