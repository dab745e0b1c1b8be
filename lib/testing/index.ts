/** For tests: `import { tablesContract } from 'tidemark/testing'`. */
export type { ContractCase, MakeTables } from './contract.ts';
export { tablesContract } from './tables-contract/tables-contract.ts';
