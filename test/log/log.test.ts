import { memoryTables } from '../../lib/index.ts';
import { logContract } from '../../lib/testing/index.ts';
import { runContract } from '../contracts/run-contract.ts';

runContract(
  'the log on tables in memory',
  logContract(() => memoryTables()),
);
