import { memoryTables } from '../../lib/index.ts';
import { commandContract } from './command-contract.ts';

const tables = memoryTables();
let streams = 0;
commandContract(
  () => tables,
  () => `Account-${++streams}`,
);
