import { test } from 'vitest';
import { memoryTables } from '../../lib/index.ts';
import { logSeed } from '../seed.ts';
import { runHistories } from './histories.ts';

logSeed();

const EVERYTHING = ['snapshot-written', 'corrupt', 'other-shape', 'newer', 'not-in-stream', 'conflict', 'rejected'];

test('with snapshots or without, remembered or not, a stream is what its events say', async () => {
  const tables = (lag: () => number) => memoryTables({ lag: (writes) => Math.min(writes, lag()) });
  await runHistories({ tables, runs: 200, stepsMax: 40, meets: EVERYTHING });
}, 120_000);
