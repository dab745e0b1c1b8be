/**
 * `npm run faults -- --minutes N --seed N`: the real thing under faults, on a DynamoDB Local of its own. `--soak` spares the first process
 * of each kind and DynamoDB, and shows their memory; `--rate N` is how much is done in a second. Exit code 1: something does not hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seed as chosenSeed } from '../seed.ts';
import { startCrashableDynamoDb } from './crashable-dynamodb.ts';
import { runUnderFaults } from './run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(chosenSeed) },
    rate: { type: 'string', default: '60' },
    soak: { type: 'boolean', default: false },
  },
});
const seed = positive('seed', values.seed);
const minutes = positive('minutes', values.minutes);
const folder = await mkdtemp(join(tmpdir(), 'tidemark-faults-'));
console.log(`Seed ${seed}, ${minutes} minutes, data in ${folder}`);
const dynamoDb = await startCrashableDynamoDb(folder);
const { violations, summary } = await runUnderFaults({
  seed,
  seconds: minutes * 60,
  dynamoDb,
  rate: positive('rate', values.rate),
  isSoak: values.soak,
  say: (line) => console.log(line),
});
await dynamoDb.stop();
if (violations.length === 0) {
  await rm(folder, { recursive: true });
}
console.log(summary.join('\n'));
// Not by itself: Node 24 does not come to its end where the channel of a process that was killed still has something to write, and
// waits for it with all of a core (`Environment::CleanupHandles`).
process.exit(violations.length === 0 ? 0 : 1);

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(Number.isFinite(number) && number > 0)) {
    throw new RangeError(`--${name} must be a number above 0, not "${value}"`);
  }
  return number;
}
