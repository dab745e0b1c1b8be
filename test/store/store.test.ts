import { memoryTables } from '../../lib/index.ts';
import { storeContract } from '../../lib/testing/index.ts';
import { runContract } from '../contracts/run-contract.ts';

runContract(
  'the store on tables in memory',
  storeContract(() => memoryTables()),
);
