/** For tests: `import { tablesContract } from 'tidemark/testing'`. */
export type { ContractCase, MakeTables } from './contract.ts';
export { logContract } from './log-contract/log-contract.ts';
export { storeContract } from './store-contract/store-contract.ts';
export { tablesContract } from './tables-contract/tables-contract.ts';
